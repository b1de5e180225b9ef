/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_TEXT ((size_t)8 << 20)
#define READING  16384
#define LOOK_AGAIN SH_MIN
#define MAX_KEPT 96
#define LINKS "sys/class/net/"

struct kept {
	bool one_record;    /* the kernel shows it at once */
	int fd;
	uint32_t moment;    /* when it was read last */
	bool shared;        /* it was wanted twice at one moment: what is read is kept for that */
	struct sh_buf text; /* owned */
};

/* What the map of presence holds for a path that is known. */
enum { ABSENT = 1, PRESENT };

static void free_kept(void *value)
{
	struct kept *k = value;

	close(k->fd);
	sh_buf_release(&k->text);
	free(k);
}

void sh_sysfile_init(struct sh_collect *c)
{
	sh_map_init(&c->kept, free_kept);
	sh_map_init(&c->presence, NULL);
}

void sh_sysfile_release(struct sh_collect *c)
{
	sh_map_release(&c->kept);
	sh_map_release(&c->presence);
}

static bool is_link(const char *path)
{
	return !strncmp(path, LINKS, strlen(LINKS));
}

static bool is_kept(const struct sh_collect *c, const char *path)
{
	const char *file;

	if (!c->live)
		return false;
	/* What names a process is another's tomorrow (pidfiles.h), and few are not too many. */
	if (!strncmp(path, "proc/", 5))
		return path[5] < '0' || path[5] > '9';
	if (!is_link(path))
		return !strcmp(path, "sys/devices/system/cpu/online");
	file = strrchr(path, '/') + 1;
	return c->moment && (!strcmp(file, "operstate") || !strcmp(file, "carrier"));
}

/*
 * Files that the kernel shows as one record: a reading that leaves room is the
 * whole. Others may end short wherever a record does not fit any more.
 */
static bool is_one_record(const char *path)
{
	static const char *const one[] = { "sys/", "pressure/", "loadavg", "meminfo", "stat", "uptime",
					   "net/snmp", "net/snmp6", "net/netstat", "net/sockstat",
					   "net/sockstat6", NULL };

	if (strncmp(path, "proc/", 5) != 0)
		return !strncmp(path, "sys/", 4);
	for (const char *const *o = one; *o; o++) {
		size_t n = strlen(*o);

		if (!strncmp(path + 5, *o, n) && ((*o)[n - 1] == '/' || !path[5 + n]))
			return true;
	}
	return false;
}

static uintptr_t known(const struct sh_collect *c, const char *path)
{
	return c->moment && c->live ? (uintptr_t)sh_map_gets(&c->presence, path) : 0;
}

static void note(struct sh_collect *c, const char *path, uintptr_t what)
{
	if (c->moment && c->live)
		sh_map_puts(&c->presence, path, (void *)what);
}

bool sh_collect_is_absent(const struct sh_collect *c, const char *path)
{
	return known(c, path) == ABSENT;
}

void sh_collect_note_absent(struct sh_collect *c, const char *path)
{
	note(c, path, ABSENT);
}

bool sh_collect_exists(struct sh_collect *c, const char *path)
{
	uintptr_t was = known(c, path);
	bool exists;

	if (was)
		return was == PRESENT;
	exists = faccessat(c->root, path, F_OK, 0) == 0;
	note(c, path, exists ? PRESENT : ABSENT);
	return exists;
}

bool sh_collect_names(struct sh_collect *c, struct sh_kv_names *names, const char *path,
		      const char *prefix)
{
	bool there = sh_kv_names_read(names, c->root, path, prefix);

	if (names->cut)
		sh_collect_say_cut(c, path);
	return there;
}

bool sh_collect_class(struct sh_collect *c, struct sh_kv_names *names, const char *path,
		      const char *prefix)
{
	if (sh_collect_is_absent(c, path))
		return false;
	if (sh_collect_names(c, names, path, prefix) && names->n)
		return true;
	sh_collect_note_absent(c, path);
	return false;
}

bool sh_sysfile_refresh(struct sh_collect *c)
{
	int64_t now = sh_clock_mono();
	const struct sh_map_entry *e;
	size_t i = 0;

	if (now < c->presence_until)
		return false;
	c->presence_until = now + LOOK_AGAIN;
	sh_map_release(&c->presence);
	while ((e = sh_map_next(&c->kept, &i)))
		if (is_link(e->key))
			sh_map_remove(&c->kept, e->key, e->len);
	return true;
}

bool sh_sysfile_moved(const struct sh_collect *c, const char *path)
{
	const struct kept *k = sh_map_gets(&c->kept, path);
	struct pollfd p = { .events = POLLPRI };

	if (!k)
		return true;
	p.fd = k->fd;
	return poll(&p, 1, 0) != 0;
}

/* Kept from now on, if there is still room; NULL when it is not, with errno of opening it. */
static struct kept *kept_file(struct sh_collect *c, const char *path)
{
	struct kept *k;
	int fd;

	errno = 0;
	if (!is_kept(c, path))
		return NULL;
	k = sh_map_gets(&c->kept, path);
	if (k)
		return k;
	if (c->kept.live >= MAX_KEPT)
		return NULL;
	if (sh_collect_is_absent(c, path)) {
		errno = ENOENT;
		return NULL;
	}
	fd = openat(c->root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		if (errno == ENOENT)
			sh_collect_note_absent(c, path);
		return NULL;
	}
	k = sh_malloc(sizeof(*k));
	*k = (struct kept){ .fd = fd, .one_record = is_one_record(path) };
	sh_map_puts(&c->kept, path, k);
	return k;
}

/* The whole of a kept file, by as few calls as will do. */
static int reread(const struct kept *k, const char *path, struct sh_buf *text, struct sh_error *err)
{
	ssize_t n;

	sh_buf_clear(text);
	do {
		char *at = sh_buf_reserve(text, READING);

		n = pread(k->fd, at, READING, (off_t)text->len);
		if (n < 0 && errno != EINTR)
			return sh_error_sys(err, "cannot read '%s'", path);
		text->len += n > 0 ? (size_t)n : 0;
		text->data[text->len] = '\0';
		if (text->len > MAX_TEXT)
			return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is too large", path);
	} while (n != 0 && !(k->one_record && n > 0 && n < READING));
	return 0;
}

static int read_kept(const struct sh_collect *c, struct kept *k, const char *path,
		     struct sh_buf *text, struct sh_error *err)
{
	bool again = c->moment && k->moment == c->moment;

	if (again && k->shared) {
		sh_buf_clear(text);
		sh_buf_add(text, k->text.data, k->text.len);
		return 0;
	}
	k->shared = k->shared || again;
	k->moment = 0;
	if (reread(k, path, text, err) < 0)
		return -1;
	k->moment = c->moment;
	if (!k->shared)
		return 0;
	sh_buf_clear(&k->text);
	sh_buf_add(&k->text, text->data, text->len);
	return 0;
}

int sh_collect_read_to(struct sh_collect *c, const char *path, struct sh_buf *text,
		       struct sh_error *err)
{
	struct kept *k = kept_file(c, path);
	struct sh_error gone = SH_ERROR_INIT;

	if (k && read_kept(c, k, path, text, &gone) == 0)
		return 0;
	if (k && gone.sys == EINVAL) {
		/* So the kernel answers for a link that is down: what was opened is good. */
		*err = gone;
		return -1;
	}
	/* A module that was unloaded takes its files with it, also where it was loaded again. */
	if (k)
		sh_map_remove(&c->kept, path, strlen(path));
	else if (errno == ENOENT) /* no need to look twice for what is not there */
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	return sh_file_read(c->root, path, MAX_TEXT, text, err);
}

int sh_collect_read(struct sh_collect *c, const char *path, struct sh_error *err)
{
	return sh_collect_read_to(c, path, &c->text, err);
}
