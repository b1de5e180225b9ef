/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "record/json.h"

static int64_t instant(struct statx_timestamp t)
{
	return sh_clock_of((struct timespec){ (time_t)t.tv_sec, (long)t.tv_nsec });
}

static void fill(const struct statx *st, struct sh_cursor_file *out)
{
	out->device = (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
	out->inode = st->stx_ino;
	out->size = st->stx_size;
	out->links = st->stx_nlink;
	out->born = st->stx_mask & STATX_BTIME ? instant(st->stx_btime) : 0;
	out->changed = instant(st->stx_mtime);
	out->regular = S_ISREG(st->stx_mode);
}

int sh_cursor_stat(int fd, struct sh_cursor_file *out, struct sh_error *err)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return sh_error_sys(err, "cannot look at an open log");
	fill(&st, out);
	return 0;
}

int sh_cursor_stat_path(const char *path, struct sh_cursor_file *out, struct sh_error *err)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, &st) == 0) {
		fill(&st, out);
		return 0;
	}
	if (errno == ENOENT || errno == ENOTDIR)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "there is no '%s'", path);
	return sh_error_sys(err, "cannot look at '%s'", path);
}

/* Of LEN bytes at AT; false when they cannot be read. */
static bool digest(int fd, uint64_t at, uint64_t len, uint64_t *out)
{
	char data[SH_CURSOR_DIGEST];
	ssize_t n = 0;

	if (len)
		n = pread(fd, data, (size_t)len, (off_t)at);
	*out = n > 0 ? sh_hash64(data, (size_t)n) : sh_hash64("", 0);
	return n >= 0 && (uint64_t)n == len;
}

static uint64_t digested(uint64_t offset)
{
	return offset < SH_CURSOR_DIGEST ? offset : SH_CURSOR_DIGEST;
}

static bool digest_both(const struct sh_cursor *c, int fd, uint64_t *head, uint64_t *tail)
{
	uint64_t len = digested(c->offset);

	return digest(fd, 0, len, head) && digest(fd, c->offset - len, len, tail);
}

int sh_cursor_set(struct sh_cursor *c, int fd, uint64_t offset, struct sh_error *err)
{
	c->offset = offset;
	/* What is not there any more was truncated in this moment; the next look will see. */
	errno = 0;
	if (!digest_both(c, fd, &c->head, &c->tail) && errno)
		return sh_error_sys(err, "cannot read a log");
	return 0;
}

bool sh_cursor_same_inode(const struct sh_cursor *c, const struct sh_cursor_file *file)
{
	return c->inode == file->inode && (!c->born || !file->born || c->born == file->born);
}

bool sh_cursor_matches(const struct sh_cursor *c, int fd, const struct sh_cursor_file *file)
{
	uint64_t head, tail;

	if (!c->offset)
		return true;
	return file->size >= c->offset && digest_both(c, fd, &head, &tail) && head == c->head &&
	       tail == c->tail;
}

bool sh_cursor_same_content(int a, uint64_t size_a, int b, uint64_t size_b)
{
	uint64_t both = size_a < size_b ? size_a : size_b, len = digested(both);
	uint64_t head_a, head_b, tail_a, tail_b;

	return both && digest(a, 0, len, &head_a) && digest(b, 0, len, &head_b) && head_a == head_b &&
	       digest(a, both - len, len, &tail_a) && digest(b, both - len, len, &tail_b) &&
	       tail_a == tail_b;
}

/* JSON's numbers are doubles to many: what has 64 bits is text. */
static json_t *text_of(uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIx64, v);
	return json_string(text);
}

json_t *sh_cursor_store(const struct sh_cursor *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "inode", text_of(c->inode));
	json_object_set_new(o, "born", text_of((uint64_t)c->born));
	json_object_set_new(o, "offset", text_of(c->offset));
	json_object_set_new(o, "head", text_of(c->head));
	json_object_set_new(o, "tail", text_of(c->tail));
	json_object_set_new(o, "in_long", json_boolean(c->in_long));
	return o;
}

static bool take(const json_t *from, const char *name, uint64_t *v)
{
	const char *text = sh_json_str(from, name, NULL);
	char *end;

	if (!text || !*text)
		return false;
	errno = 0;
	*v = strtoull(text, &end, 16);
	return !errno && !*end;
}

int sh_cursor_load(struct sh_cursor *c, const json_t *from, struct sh_error *err)
{
	uint64_t born;

	if (!take(from, "inode", &c->inode) || !take(from, "born", &born) ||
	    !take(from, "offset", &c->offset) || !take(from, "head", &c->head) ||
	    !take(from, "tail", &c->tail) || c->offset > INT64_MAX)
		return sh_error_set(err, SH_ERRC_STATE, "a cursor that is none");
	c->born = (int64_t)born;
	c->in_long = json_is_true(json_object_get(from, "in_long"));
	return 0;
}
