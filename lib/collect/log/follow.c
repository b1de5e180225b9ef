/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/follow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "collect/log/find.h"
#include "collect/log/rotation.h"
#include "record/json.h"

#define KEEP_GONE (10 * SH_MIN) /* a writer that goes on in a file that was rotated away is heard so long */
#define KEEP_DELETED (30 * SH_SEC) /* the same when it was deleted, and its space is waited for */
#define MAX_OPEN 128

struct sh_follow *sh_follow_new(const char *pattern)
{
	struct sh_follow *f = sh_calloc(1, sizeof(*f));

	f->pattern = sh_strdup(pattern);
	return f;
}

static void clear(struct sh_follow *f)
{
	for (size_t i = 0; i < f->n; i++)
		sh_segment_free(f->segment[i]);
	f->n = 0;
	f->begun = false;
}

void sh_follow_free(void *follow)
{
	struct sh_follow *f = follow;

	clear(f);
	free(f->segment);
	free(f->pattern);
	sh_buf_release(&f->chunk);
	free(f);
}

void sh_follow_tell(const struct sh_follow_round *r, const char *fmt, ...)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	sh_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	r->ops->tell(r->ops->arg, sh_buf_str(&text));
}

void sh_follow_insert(struct sh_follow *f, size_t at, struct sh_segment *s)
{
	sh_grow(f->segment, f->n, f->cap);
	memmove(f->segment + at + 1, f->segment + at, (f->n - at) * sizeof(*f->segment));
	f->segment[at] = s;
	f->n++;
	f->moved = true;
}

void sh_follow_drop(struct sh_follow *f, size_t at)
{
	sh_segment_free(f->segment[at]);
	memmove(f->segment + at, f->segment + at + 1, (f->n - at - 1) * sizeof(*f->segment));
	f->n--;
	f->moved = true;
}

bool sh_follow_open(struct sh_segment *s, struct sh_cursor_file *file, struct sh_error *err)
{
	if (s->fd >= 0)
		return sh_cursor_stat(s->fd, file, err) == 0;
	s->fd = sh_find_open(s->path, file, err);
	if (s->fd < 0)
		return false;
	s->device = file->device;
	if (sh_cursor_same_inode(&s->cursor, file))
		return true;
	close(s->fd); /* renamed in this moment: the next look will see */
	s->fd = -1;
	return false;
}

void sh_follow_say(const struct sh_follow_round *r, struct sh_error *err)
{
	if (err->code != SH_ERRC_NONE && err->code != SH_ERRC_UNAVAILABLE)
		r->ops->fail(r->ops->arg, err);
	sh_error_clear(err);
}

static void take_line(void *arg, struct sh_span line, bool cut)
{
	struct sh_follow_round *r = arg;

	r->f->lines++;
	r->ops->line(r->ops->arg, r->path, line, cut);
}

/* Too far behind to be of use: go on at the next line. */
static void skip_ahead(struct sh_follow_round *r, struct sh_segment *s, uint64_t size, struct sh_error *err)
{
	uint64_t from = s->cursor.offset, to;

	if (!r->f->max_behind || size - from <= r->f->max_behind)
		return;
	to = sh_segment_line_end(s->fd, size - r->f->max_behind);
	if (to <= from || sh_cursor_set(&s->cursor, s->fd, to, err) < 0)
		return;
	s->cursor.in_long = false;
	r->f->skipped += to - from;
	r->f->moved = true;
	sh_follow_tell(r, "left out %llu bytes of '%s', which is more than %llu behind",
	     (unsigned long long)(to - from), s->path, (unsigned long long)r->f->max_behind);
}

/* Nobody will write into it any more, as far as can be told. */
static bool is_over(const struct sh_segment *s, const struct sh_cursor_file *file)
{
	return !s->seen && sh_clock_wall() - s->gone > (file->links ? KEEP_GONE : KEEP_DELETED);
}

/* Its share of the budget. Returns whether the file is done with. */
static bool read_segment(struct sh_follow_round *r, struct sh_segment *s, size_t sharers, struct sh_error *err)
{
	struct sh_segment_sink sink = { .line = take_line, .arg = r, .chunk = &r->f->chunk };
	struct sh_cursor_file file;
	int64_t n = 0;

	if (!sh_follow_open(s, &file, err))
		return false;
	r->path = s->path;
	s->changed = file.changed;
	s->size = file.size;
	if (file.size > s->cursor.offset)
		skip_ahead(r, s, file.size, err);
	if (file.size > s->cursor.offset && r->budget)
		n = sh_segment_read(s, &sink, r->budget / sharers + 1, err);
	if (n > 0) {
		r->f->bytes += (uint64_t)n;
		r->f->moved = true;
		r->budget -= (uint64_t)n < r->budget ? (uint64_t)n : r->budget;
		if (s->gone)
			s->gone = sh_clock_wall();
	}
	if (n == 0 && r->budget && is_over(s, &file)) {
		n = sh_segment_finish(s, &sink, err);
		r->f->bytes += n > 0 ? (uint64_t)n : 0;
		return true;
	}
	r->f->behind += s->size > s->cursor.offset ? s->size - s->cursor.offset : 0;
	return false;
}

static void read_all(struct sh_follow_round *r)
{
	for (size_t i = 0; i < r->f->n; i++) {
		struct sh_error e = SH_ERROR_INIT;
		struct sh_segment *s = r->f->segment[i];
		bool done = read_segment(r, s, s->seen ? r->f->n - i : 1, &e);

		r->ops->pause(r->ops->arg);
		sh_follow_say(r, &e);
		if (done) {
			sh_follow_drop(r->f, i--);
		} else if (r->f->n > MAX_OPEN && s->fd >= 0) {
			close(s->fd);
			s->fd = -1;
		}
	}
}

static void say_crowded(const struct sh_follow_round *r)
{
	if (!r->f->crowded || r->f->told)
		return;
	r->f->told = true;
	sh_follow_tell(r, "beside '%s' are more than %d files: one that was rotated may not be found", r->f->pattern,
	     SH_FIND_ENTRIES);
}

void sh_follow_round(struct sh_follow *f, const struct sh_follow_ops *ops)
{
	struct sh_follow_round r = { .f = f, .ops = ops, .budget = SH_FOLLOW_BUDGET };
	int64_t looked = sh_clock_wall();

	f->files = 0;
	f->behind = 0;
	for (size_t i = 0; i < f->n; i++)
		f->segment[i]->seen = false;
	sh_rotation_find(&r);
	sh_rotation_settle(&r);
	read_all(&r);
	say_crowded(&r);
	f->moved = f->moved || !f->begun;
	f->begun = true;
	f->looked = looked;
}

json_t *sh_follow_store(const struct sh_follow *f)
{
	json_t *o = json_object(), *list = json_array();

	json_object_set_new(o, "version", json_integer(1));
	json_object_set_new(o, "looked", json_integer(f->looked));
	json_object_set_new(o, "lines", json_integer((json_int_t)f->lines));
	json_object_set_new(o, "bytes", json_integer((json_int_t)f->bytes));
	json_object_set_new(o, "skipped", json_integer((json_int_t)f->skipped));
	for (size_t i = 0; i < f->n; i++) {
		const struct sh_segment *s = f->segment[i];
		json_t *item = sh_cursor_store(&s->cursor);

		/* Bytes of a name that are no UTF-8 would not come back: the name is a hint, the inode decides. */
		json_object_set_new(item, "path", json_string_nocheck(s->path));
		json_object_set_new(item, "size", json_integer((json_int_t)s->size));
		json_object_set_new(item, "gone", json_integer(s->gone));
		json_array_append_new(list, item);
	}
	json_object_set_new(o, "files", list);
	return o;
}

static int load_segment(struct sh_follow *f, const json_t *item, struct sh_error *err)
{
	const char *path = sh_json_str(item, "path", NULL);
	struct sh_segment *s;

	if (!path)
		return sh_error_set(err, SH_ERRC_STATE, "a cursor without its file");
	s = sh_segment_new(path, -1, NULL);
	sh_follow_insert(f, f->n, s);
	s->size = (uint64_t)sh_json_int(item, "size", 0);
	s->gone = sh_json_int(item, "gone", 0);
	return sh_cursor_load(&s->cursor, item, err);
}

int sh_follow_load(struct sh_follow *f, const json_t *from, struct sh_error *err)
{
	size_t i;
	const json_t *item;

	if (sh_json_int(from, "version", 0) != 1)
		return sh_error_set(err, SH_ERRC_STATE, "cursors of another version");
	json_array_foreach(json_object_get(from, "files"), i, item) {
		if (load_segment(f, item, err) == 0)
			continue;
		clear(f);
		return -1;
	}
	f->lines = (uint64_t)sh_json_int(from, "lines", 0);
	f->bytes = (uint64_t)sh_json_int(from, "bytes", 0);
	f->skipped = (uint64_t)sh_json_int(from, "skipped", 0);
	f->looked = sh_json_int(from, "looked", 0);
	f->begun = true;
	f->moved = false;
	return 0;
}
