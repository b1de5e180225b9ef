/* SPDX-License-Identifier: MIT */
/*
 * The kernel's settings under /proc/sys that can be set and do not change by
 * themselves. A baseline takes all of them; later those of the baseline are read.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "collect/drift/drift.h"
#include "collect/text.h"

#define MAX_VALUE ((size_t)16 << 10)
#define MAX_DEPTH 8

/* Counts, seeds and levers. A '/' at the end: all below. */
static const char *const moving[] = {
	"fs/binfmt_misc/", "fs/dentry-state", "fs/inode-nr", "fs/inode-state",
	"kernel/ns_last_pid", "kernel/random/", "kernel/tainted", "net/netfilter/nf_conntrack_count",
	"vm/compact_memory", "vm/drop_caches", "vm/stat_refresh", NULL,
};

static bool is_moving(const char *path)
{
	for (size_t i = 0; moving[i]; i++) {
		size_t len = strlen(moving[i]);

		if (!strncmp(path, moving[i], len) && (moving[i][len - 1] == '/' || !path[len]))
			return true;
	}
	return false;
}

/* Settings of an interface: those of "all" and "default" are the machine's, others come and go. */
static bool is_of_interface(const char *path)
{
	static const char *const trees[] = { "net/ipv4/conf/", "net/ipv4/neigh/", "net/ipv6/conf/",
					     "net/ipv6/neigh/", "net/mpls/conf/", NULL };

	for (size_t i = 0; trees[i]; i++) {
		size_t len = strlen(trees[i]);

		if (!strncmp(path, trees[i], len))
			return strncmp(path + len, "all/", 4) != 0 &&
			       strncmp(path + len, "default/", 8) != 0;
	}
	return false;
}

/* One line, blanks for tabs and newlines; a secret as the beginning of its digest. */
static void add_value(struct sh_listing *now, const char *path, const struct sh_buf *text)
{
	SH_CLEANUP_BUF struct sh_buf value = SH_BUF_INIT;
	struct sh_span rest = sh_text_of(text), line, field;
	char digest[SH_SHA256_TEXT];
	struct sh_sha256 s;

	while (sh_text_line(&rest, &line))
		while (sh_text_field(&line, &field)) {
			sh_buf_addstr(&value, value.len ? " " : "");
			sh_buf_add(&value, field.p, field.len);
		}
	if (sh_drift_is_secret(path)) {
		sh_sha256_init(&s);
		sh_sha256_update(&s, sh_buf_str(&value), value.len);
		sh_sha256_final(&s, digest);
		sh_buf_clear(&value);
		sh_buf_addf(&value, "sha256:%.16s", digest);
	}
	sh_listing_add(now, path, sh_buf_str(&value));
}

/* Settings that refuse to be read are left out. */
static void read_one(struct sh_collect *c, const char *path, struct sh_listing *now)
{
	SH_CLEANUP_FREE char *full = sh_asprintf("proc/sys/%s", path);
	struct sh_error none = SH_ERROR_INIT;

	if (sh_file_read(c->root, full, MAX_VALUE, &c->text, &none) == 0)
		add_value(now, path, &c->text);
}

static void walk(struct sh_collect *c, int dir, const char *above, int depth, struct sh_listing *now);

static void look_at(struct sh_collect *c, int dir, const char *path, const char *name, int depth,
		    struct sh_listing *now)
{
	struct stat st;
	int sub;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISREG(st.st_mode) && st.st_mode & 0222 && st.st_mode & 0444) {
		if (!is_moving(path) && !is_of_interface(path))
			read_one(c, path, now);
	} else if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH) {
		sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			walk(c, sub, path, depth + 1, now);
	}
}

/* Takes the descriptor over. */
static void walk(struct sh_collect *c, int dir, const char *above, int depth, struct sh_listing *now)
{
	DIR *d = fdopendir(dir);
	const struct dirent *e;

	if (!d) {
		close(dir);
		return;
	}
	while ((e = readdir(d))) {
		SH_CLEANUP_FREE char *path =
			sh_asprintf("%s%s%s", above, *above ? "/" : "", e->d_name);

		if (e->d_name[0] != '.')
			look_at(c, dir, path, e->d_name, depth, now);
	}
	closedir(d);
}

int sh_drift_look_sysctl(struct sh_collect *c, const struct sh_listing *before,
			 struct sh_listing *now, struct sh_error *err)
{
	int dir;

	for (size_t i = 0; before && i < before->n; i++)
		read_one(c, before->item[i].name, now);
	if (before)
		return 0;
	dir = openat(c->root, "proc/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return sh_error_sys(err, "cannot read '/proc/sys'");
	walk(c, dir, "", 0, now);
	return 0;
}
