/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/text.h"

static const char *const pseudo[] = {
	"autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs",
	"devpts", "devtmpfs", "efivarfs", "fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.portal",
	"fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs", "proc", "pstore", "ramfs", "resctrl",
	"rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs", NULL,
};

static const char *const network[] = {
	"9p", "afs", "beegfs", "ceph", "cifs", "coda", "glusterfs", "gpfs", "lustre", "ncpfs",
	"nfs", "nfs4", "ocfs2", "orangefs", "smb3", "smbfs", NULL,
};

static const char *const image[] = {
	"cramfs", "erofs", "fuse.snapfuse", "fuse.squashfuse", "iso9660", "romfs", "squashfs", NULL,
};

static bool is_in(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

enum sh_mount_class sh_mount_classify(const char *type)
{
	if (is_in(pseudo, type))
		return SH_MOUNT_PSEUDO;
	if (is_in(image, type))
		return SH_MOUNT_IMAGE;
	/* A FUSE daemon may be dead or stopped: its mount then hangs like a network's. */
	if (is_in(network, type) || !strncmp(type, "fuse", 4))
		return SH_MOUNT_NETWORK;
	return strcmp(type, "overlay") ? SH_MOUNT_LOCAL : SH_MOUNT_OVERLAY;
}

static char *decoded(struct sh_span s, struct sh_buf *scratch)
{
	sh_text_unescape(s, scratch);
	return sh_strdup(sh_buf_str(scratch));
}

/* Of "ro,noatime": the first word. */
static bool is_read_only(struct sh_span options)
{
	return options.len >= 2 && !memcmp(options.p, "ro", 2) &&
	       (options.len == 2 || options.p[2] == ',');
}

static bool has_option(struct sh_span options, const char *name)
{
	while (options.len) {
		const char *comma = memchr(options.p, ',', options.len);
		size_t n = comma ? (size_t)(comma - options.p) : options.len;

		if (sh_span_is((struct sh_span){ options.p, n }, name))
			return true;
		sh_span_cut(&options, comma ? n + 1 : n);
	}
	return false;
}

/* The value of an option of "rw,NAME=VALUE,…", decoded; NULL where there is none. */
static char *option(struct sh_span options, const char *name, struct sh_buf *scratch)
{
	size_t len = strlen(name);

	while (options.len) {
		const char *comma = memchr(options.p, ',', options.len);
		size_t n = comma ? (size_t)(comma - options.p) : options.len;

		if (n > len && options.p[len] == '=' && !memcmp(options.p, name, len))
			return decoded((struct sh_span){ options.p + len + 1, n - len - 1 }, scratch);
		sh_span_cut(&options, comma ? n + 1 : n);
	}
	return NULL;
}

/* "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw": optional fields end at "-". */
static bool parse_line(struct sh_mounts *m, struct sh_span line, struct sh_buf *scratch)
{
	struct sh_span number, root, point, word, type, device, options, super = { "", 0 };
	struct sh_mount *k;
	uint64_t id;

	if (sh_text_u64s(&line, &id, 1) != 1 || !sh_text_skip(&line, 1) ||
	    !sh_text_field(&line, &number) ||
	    !sh_text_field(&line, &root) || !sh_text_field(&line, &point) ||
	    !sh_text_field(&line, &options))
		return false;
	do {
		if (!sh_text_field(&line, &word))
			return false;
	} while (!sh_span_is(word, "-"));
	if (!sh_text_field(&line, &type))
		return false;
	if (!sh_text_field(&line, &device))
		device = sh_span_of("");
	sh_text_field(&line, &super);
	sh_grow(m->item, m->n, m->cap);
	k = &m->item[m->n++];
	k->number = sh_strndup(number.p, number.len);
	k->point = decoded(point, scratch);
	k->type = decoded(type, scratch);
	k->device = decoded(device, scratch);
	k->whole = sh_span_is(root, "/");
	k->read_only = is_read_only(options) || is_read_only(super);
	k->stopped = has_option(super, "emergency_ro") || has_option(super, "shutdown");
	k->class = sh_mount_classify(k->type);
	k->upper = k->class == SH_MOUNT_OVERLAY ? option(super, "upperdir", scratch) : NULL;
	k->id = id;
	return true;
}

void sh_mounts_parse(struct sh_mounts *m, struct sh_span text)
{
	SH_CLEANUP_BUF struct sh_buf scratch = SH_BUF_INIT;
	struct sh_span line;

	while (sh_text_line(&text, &line))
		parse_line(m, line, &scratch);
}

void sh_mounts_release(struct sh_mounts *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->item[i].point);
		free(m->item[i].type);
		free(m->item[i].device);
		free(m->item[i].number);
		free(m->item[i].upper);
	}
	free(m->item);
	*m = (struct sh_mounts){ 0 };
}

const struct sh_mount *sh_mounts_at(const struct sh_mounts *m, const char *point)
{
	for (size_t i = m->n; i > 0; i--)
		if (!strcmp(m->item[i - 1].point, point))
			return &m->item[i - 1];
	return NULL;
}

static void describe(const struct sh_mount *m, struct sh_buf *out)
{
	const char *scheme = strstr(m->device, "://"), *at = strrchr(m->device, '@');

	sh_buf_addf(out, "%s ", m->type);
	if (scheme && at && at > scheme)
		sh_buf_addf(out, "%.*s%s", (int)(scheme + 3 - m->device), m->device, at + 1);
	else
		sh_buf_addstr(out, m->device);
	sh_buf_addstr(out, m->read_only ? " ro" : " rw");
}

static bool lasts(const struct sh_mounts *all, const struct sh_mount *m)
{
	if (m->class == SH_MOUNT_PSEUDO || sh_mounts_at(all, m->point) != m)
		return false;
	if (m->class == SH_MOUNT_OVERLAY && strcmp(m->point, "/") != 0)
		return false;
	return strncmp(m->point, "/run/", 5) != 0 && strncmp(m->point, "/sys/", 5) != 0 &&
	       strncmp(m->point, "/proc/", 6) != 0 && strncmp(m->point, "/dev/", 5) != 0;
}

void sh_mounts_list(const struct sh_mounts *all, struct sh_listing *out)
{
	SH_CLEANUP_BUF struct sh_buf value = SH_BUF_INIT;

	for (size_t i = 0; i < all->n; i++) {
		if (!lasts(all, &all->item[i]))
			continue;
		sh_buf_clear(&value);
		describe(&all->item[i], &value);
		sh_listing_add(out, all->item[i].point, sh_buf_str(&value));
	}
}

static bool is_below(const char *point, const char *above)
{
	size_t len = strlen(above);

	return !strncmp(point, above, len) && point[len] == '/';
}

bool sh_mount_may_hang(const struct sh_mounts *all, const struct sh_mount *m)
{
	if (m->class == SH_MOUNT_NETWORK || !strcmp(m->type, "autofs"))
		return true;
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].class == SH_MOUNT_NETWORK && is_below(m->point, all->item[i].point))
			return true;
	return false;
}

/* Whether A stands for the device rather than B. */
static bool is_better(const struct sh_mount *a, const struct sh_mount *b)
{
	size_t x = strlen(a->point), y = strlen(b->point);

	if (a->whole != b->whole)
		return a->whole;
	return x != y ? x < y : a < b;
}

bool sh_mount_is_shown(const struct sh_mounts *all, const struct sh_mount *m)
{
	if (m->class == SH_MOUNT_PSEUDO || sh_mounts_at(all, m->point) != m)
		return false;
	/* The kernel's own trees: a tmpfs there only holds mount points. */
	if (!strncmp(m->point, "/sys/", 5) || !strncmp(m->point, "/proc/", 6))
		return false;
	if (m->class == SH_MOUNT_OVERLAY)
		return !strcmp(m->point, "/");
	for (size_t i = 0; i < all->n; i++) {
		const struct sh_mount *other = &all->item[i];

		if (other != m && !strcmp(other->number, m->number) &&
		    sh_mounts_at(all, other->point) == other && is_better(other, m))
			return false;
	}
	return true;
}
