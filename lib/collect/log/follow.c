/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/follow.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "collect/log/find.h"
#include "record/json.h"

#define KEEP_GONE (10 * SH_MIN) /* a writer that goes on in a file that was rotated away is heard so long */
#define KEEP_DELETED (30 * SH_SEC) /* the same when it was deleted, and its space is waited for */
#define MAX_OPEN 128
#define COARSE (20 * SH_MS) /* file systems tell times by a clock that ticks so, or faster */

struct round {
	struct sh_follow *f;
	const struct sh_follow_ops *ops;
	const char *path; /* of the file at hand */
	uint64_t budget;
};

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

static bool is_segment(const struct sh_follow *f, const struct sh_cursor_file *file)
{
	for (size_t i = 0; i < f->n; i++)
		if (sh_cursor_same_inode(&f->segment[i]->cursor, file) &&
		    (f->segment[i]->fd < 0 || f->segment[i]->device == file->device))
			return true;
	return false;
}

static void tell(const struct round *r, const char *fmt, ...) SH_PRINTF(2, 3);
static void tell(const struct round *r, const char *fmt, ...)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	sh_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	r->ops->tell(r->ops->arg, sh_buf_str(&text));
}

static void insert(struct sh_follow *f, size_t at, struct sh_segment *s)
{
	sh_grow(f->segment, f->n, f->cap);
	memmove(f->segment + at + 1, f->segment + at, (f->n - at) * sizeof(*f->segment));
	f->segment[at] = s;
	f->n++;
	f->moved = true;
}

static void drop(struct sh_follow *f, size_t at)
{
	sh_segment_free(f->segment[at]);
	memmove(f->segment + at, f->segment + at + 1, (f->n - at - 1) * sizeof(*f->segment));
	f->n--;
	f->moved = true;
}

static void rename_to(struct sh_follow *f, struct sh_segment *s, const char *path)
{
	if (!strcmp(s->path, path))
		return;
	free(s->path);
	s->path = sh_strdup(path);
	f->moved = true;
}

/* Another file than the one that was read took its inode, or it was emptied: it begins anew. */
static void begin_anew(struct sh_segment *s, const struct sh_cursor_file *file)
{
	s->cursor = (struct sh_cursor){ .inode = file->inode, .born = file->born };
	s->changed = 0;
}

enum rest { REST_LOST, REST_KNOWN, REST_ADDED };

/* The rest of what the segment AT had is read where it is now; that one is not changed. */
static enum rest find_rest(struct round *r, size_t at, const char *not)
{
	struct sh_segment *s = r->f->segment[at], *rest;
	struct sh_cursor_file file;
	char *found = NULL;
	int fd = sh_find_rotated(s->path, &s->cursor, true, not, &file, &found, &r->f->crowded);

	if (fd < 0)
		return REST_LOST;
	if (is_segment(r->f, &file)) { /* under a name that is followed too */
		close(fd);
		free(found);
		return REST_KNOWN;
	}
	rest = sh_segment_new(found, fd, &file);
	rest->cursor = s->cursor;
	rest->cursor.inode = file.inode;
	rest->cursor.born = file.born;
	rest->gone = sh_clock_wall();
	insert(r->f, at, rest);
	free(found);
	return REST_ADDED;
}

static void lose(const struct round *r, const struct sh_segment *s)
{
	tell(r, "'%s' is not what it was and its rest, from byte %llu on, is not to be found: lines may be lost",
	     s->path, (unsigned long long)s->cursor.offset);
}

/* The segment of a file that has this name; the name decides where inodes alone do not. */
static struct sh_segment *known(const struct sh_follow *f, const char *path,
				const struct sh_cursor_file *file)
{
	struct sh_segment *found = NULL;

	for (size_t i = 0; i < f->n; i++) {
		struct sh_segment *s = f->segment[i];

		if (!sh_cursor_same_inode(&s->cursor, file) || (s->fd >= 0 && s->device != file->device))
			continue;
		if (!strcmp(s->path, path))
			return s;
		found = found && !found->seen ? found : s;
	}
	return found;
}

static bool open_segment(struct sh_segment *s, struct sh_cursor_file *file, struct sh_error *err)
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

enum copy { COPY_NONE, COPY_BEGUN, COPY_WHOLE, COPY_UNDER_WAY };

/* Whether a new file is a copy of OF: of what was begun to be read, or of one that is still there itself. */
static enum copy is_copy(struct sh_segment *of, const struct sh_segment *s,
			 const struct sh_cursor_file *file)
{
	struct sh_error e = SH_ERROR_INIT;
	struct sh_cursor_file original;

	if (!sh_find_is_generation(s->path, of->path))
		return COPY_NONE;
	if ((of->fd >= 0 || of->seen) && open_segment(of, &original, &e) &&
	    sh_cursor_matches(&of->cursor, of->fd, &original) && original.size >= file->size &&
	    sh_cursor_same_content(of->fd, original.size, s->fd, file->size))
		return of->seen ? COPY_UNDER_WAY : COPY_WHOLE;
	return of->cursor.offset && sh_cursor_matches(&of->cursor, s->fd, file) ? COPY_BEGUN :
										   COPY_NONE;
}

/*
 * Where a new file is begun: a copy not at its start. False for one of a file that
 * is still under its name: which of the two will have the rest is not known before
 * the next look.
 */
static bool begin_at(struct round *r, struct sh_segment *s, const struct sh_cursor_file *file,
		     struct sh_error *err)
{
	uint64_t at = 0;

	for (size_t i = 0; i < r->f->n; i++) {
		struct sh_segment *of = r->f->segment[i];
		enum copy copy = is_copy(of, s, file);

		if (copy == COPY_UNDER_WAY)
			return false;
		if (copy == COPY_WHOLE)
			at = file->size;
		else if (copy == COPY_BEGUN && of->cursor.offset > at)
			at = of->cursor.offset;
	}
	if (!r->f->begun && !r->f->from_start)
		at = sh_segment_line_end(s->fd, file->size);
	sh_cursor_set(&s->cursor, s->fd, at, err);
	return true;
}

/* Where the generations that were never seen go: before the segment AT, in the order of their birth. */
struct generations {
	struct round *r;
	size_t at, n;
};

static void add_generation(void *arg, int fd, const char *found, const struct sh_cursor_file *file)
{
	struct generations *g = arg;
	struct sh_error e = SH_ERROR_INIT;
	struct sh_segment *s;
	size_t place = g->at;

	if (is_segment(g->r->f, file) || g->r->f->n >= SH_FOLLOW_FILES) {
		close(fd);
		return;
	}
	s = sh_segment_new(found, fd, file);
	s->gone = sh_clock_wall();
	/* It may be a copy of what was read in part. */
	if (!begin_at(g->r, s, file, &e)) {
		sh_segment_free(s);
		return;
	}
	while (place < g->at + g->n && g->r->f->segment[place]->cursor.born <= file->born)
		place++;
	insert(g->r->f, place, s);
	g->n++;
}

/* The segment AT was rotated away: perhaps not for the first time since the last look. Returns how many were put before it. */
static size_t find_generations(struct round *r, size_t at, const char *name)
{
	struct generations g = { r, at, 0 };

	if (r->f->looked)
		sh_find_generations(name, r->f->looked - COARSE, add_generation, &g, &r->f->crowded);
	return g.n;
}

/*
 * It is open: has it been emptied, or written anew? Then its rest is in a copy, or
 * lost. Returns how many segments were put before it.
 */
static size_t check_content(struct round *r, size_t at, const struct sh_cursor_file *file)
{
	struct sh_segment *s = r->f->segment[at];
	enum rest found;
	size_t others;

	if (s->changed == file->changed && s->size == file->size)
		return 0;
	/* Whether a file of which nothing was read was emptied cannot be seen. */
	if (!s->cursor.offset)
		return find_generations(r, at, s->path);
	if (sh_cursor_matches(&s->cursor, s->fd, file))
		return 0;
	found = find_rest(r, at, s->path);
	others = find_generations(r, at + (found == REST_ADDED), s->path);
	if (found == REST_LOST && !others)
		lose(r, s);
	begin_anew(s, file);
	r->f->moved = true;
	return (found == REST_ADDED) + others;
}

static void add_new(struct round *r, const char *path, struct sh_error *err)
{
	struct sh_cursor_file file;
	struct sh_segment *s;
	int fd;

	if (r->f->n >= SH_FOLLOW_FILES) {
		sh_error_set(err, SH_ERRC_SYSTEM, "more than %d files: '%s' is not followed",
			     SH_FOLLOW_FILES, path);
		return;
	}
	fd = sh_find_open(path, &file, err);
	if (fd < 0)
		return;
	s = sh_segment_new(path, fd, &file);
	s->seen = true;
	if (begin_at(r, s, &file, err))
		insert(r->f, r->f->n, s);
	else
		sh_segment_free(s);
}

/* A name that is there now: a file that we know, or a new one, which is put off. */
static bool look_at(struct round *r, const char *path, struct sh_error *err)
{
	struct sh_cursor_file file;
	struct sh_segment *s;

	if (sh_cursor_stat_path(path, &file, err) < 0)
		return true;
	r->f->files++;
	s = known(r->f, path, &file);
	if (!s)
		return false;
	if (s->seen)
		return true; /* another link to it */
	rename_to(r->f, s, path);
	s->seen = true;
	s->gone = 0;
	return true;
}

/* Names that are there, in order; what is compressed has been read before it was. */
static void list(const struct sh_follow *f, glob_t *names)
{
	memset(names, 0, sizeof(*names));
	if (strpbrk(f->pattern, "*?["))
		glob(f->pattern, 0, NULL, names);
	else
		glob(f->pattern, GLOB_NOCHECK | GLOB_NOESCAPE, NULL, names);
}

static void say(const struct round *r, struct sh_error *err)
{
	if (err->code != SH_ERRC_NONE && err->code != SH_ERRC_UNAVAILABLE)
		r->ops->fail(r->ops->arg, err);
	sh_error_clear(err);
}

static void look_at_names(struct round *r)
{
	struct sh_error e = SH_ERROR_INIT;
	glob_t names;

	list(r->f, &names);
	for (size_t i = 0; i < names.gl_pathc; i++) {
		if (sh_find_is_compressed(names.gl_pathv[i]) || look_at(r, names.gl_pathv[i], &e))
			names.gl_pathv[i][0] = '\0';
		say(r, &e);
	}
	for (size_t i = 0; i < names.gl_pathc; i++) {
		if (names.gl_pathv[i][0])
			add_new(r, names.gl_pathv[i], &e);
		say(r, &e);
	}
	globfree(&names);
}

/*
 * The segment before AT was emptied, then renamed: what came between is read from
 * its start. WAS is its cursor as it was kept. Returns how many were put at AT.
 */
static size_t find_emptied(struct round *r, size_t at, const char *name, const struct sh_cursor *was)
{
	struct sh_cursor_file file;
	struct sh_segment *s;
	char *found = NULL;
	int fd = sh_find_emptied(name, was, &file, &found, &r->f->crowded);

	if (fd < 0)
		return 0;
	s = sh_segment_new(found, fd, &file);
	s->gone = sh_clock_wall();
	insert(r->f, at, s);
	free(found);
	return 1;
}

/* Not under a name that is followed: it was renamed, or is gone. *OTHERS: its rest is another segment. */
static bool settle_gone(struct round *r, size_t at, bool *others)
{
	struct sh_segment *s = r->f->segment[at];
	struct sh_cursor_file file;
	char *found = NULL;

	if (!s->gone) {
		s->gone = sh_clock_wall();
		r->f->moved = true;
	}
	if (s->fd >= 0)
		return true;
	s->fd = sh_find_rotated(s->path, &s->cursor, true, NULL, &file, &found, &r->f->crowded);
	if (s->fd < 0)
		return false;
	*others = !sh_cursor_same_inode(&s->cursor, &file) && is_segment(r->f, &file);
	if (*others) {
		free(found);
		return false;
	}
	s->device = file.device;
	if (s->cursor.inode != file.inode || s->cursor.born != file.born)
		r->f->moved = true;
	s->cursor.inode = file.inode;
	s->cursor.born = file.born;
	rename_to(r->f, s, found);
	free(found);
	return true;
}

/* The segment AT has no name that is followed any more. Returns by how many there are more, or less, in its place. */
static ssize_t settle_unseen(struct round *r, size_t at)
{
	struct sh_segment *s = r->f->segment[at];
	SH_CLEANUP_FREE char *name = sh_strdup(s->path);
	const struct sh_cursor was = s->cursor;
	bool was_there = !s->gone, was_closed = s->fd < 0, others = false;
	bool found = settle_gone(r, at, &others);
	struct sh_error e = SH_ERROR_INIT;
	struct sh_cursor_file file;
	size_t more = 0;

	if (found && !was_there)
		return open_segment(s, &file, &e) ? (ssize_t)check_content(r, at, &file) : 0;
	if (was_closed && (!found || s->cursor.inode != was.inode))
		more += find_emptied(r, at + 1, name, &was);
	if (was_there) /* they are younger than it */
		more += find_generations(r, at + 1 + more, name);
	if (found)
		return (ssize_t)more;
	/* One that was rotated away before was read to its end, as far as anyone knows. */
	if (!others && ((was_there && !more) || s->size > s->cursor.offset))
		lose(r, s);
	drop(r->f, at);
	return (ssize_t)more - 1;
}

static void settle(struct round *r)
{
	for (ssize_t i = 0; i < (ssize_t)r->f->n; i++) {
		struct sh_segment *s = r->f->segment[i];
		struct sh_error e = SH_ERROR_INIT;
		struct sh_cursor_file file;

		if (!s->seen)
			i += settle_unseen(r, (size_t)i);
		else if (open_segment(s, &file, &e))
			i += (ssize_t)check_content(r, (size_t)i, &file);
		say(r, &e);
	}
}

static void take_line(void *arg, struct sh_span line, bool cut)
{
	struct round *r = arg;

	r->f->lines++;
	r->ops->line(r->ops->arg, r->path, line, cut);
}

/* Too far behind to be of use: go on at the next line. */
static void skip_ahead(struct round *r, struct sh_segment *s, uint64_t size, struct sh_error *err)
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
	tell(r, "left out %llu bytes of '%s', which is more than %llu behind",
	     (unsigned long long)(to - from), s->path, (unsigned long long)r->f->max_behind);
}

/* Nobody will write into it any more, as far as can be told. */
static bool is_over(const struct sh_segment *s, const struct sh_cursor_file *file)
{
	return !s->seen && sh_clock_wall() - s->gone > (file->links ? KEEP_GONE : KEEP_DELETED);
}

/* Its share of the budget. Returns whether the file is done with. */
static bool read_segment(struct round *r, struct sh_segment *s, size_t sharers, struct sh_error *err)
{
	struct sh_segment_sink sink = { .line = take_line, .arg = r, .chunk = &r->f->chunk };
	struct sh_cursor_file file;
	int64_t n = 0;

	if (!open_segment(s, &file, err))
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

static void read_all(struct round *r)
{
	for (size_t i = 0; i < r->f->n; i++) {
		struct sh_error e = SH_ERROR_INIT;
		struct sh_segment *s = r->f->segment[i];
		bool done = read_segment(r, s, s->seen ? r->f->n - i : 1, &e);

		r->ops->pause(r->ops->arg);
		say(r, &e);
		if (done) {
			drop(r->f, i--);
		} else if (r->f->n > MAX_OPEN && s->fd >= 0) {
			close(s->fd);
			s->fd = -1;
		}
	}
}

static void say_crowded(const struct round *r)
{
	if (!r->f->crowded || r->f->told)
		return;
	r->f->told = true;
	tell(r, "beside '%s' are more than %d files: one that was rotated may not be found", r->f->pattern,
	     SH_FIND_ENTRIES);
}

void sh_follow_round(struct sh_follow *f, const struct sh_follow_ops *ops)
{
	struct round r = { .f = f, .ops = ops, .budget = SH_FOLLOW_BUDGET };
	int64_t looked = sh_clock_wall();

	f->files = 0;
	f->behind = 0;
	for (size_t i = 0; i < f->n; i++)
		f->segment[i]->seen = false;
	look_at_names(&r);
	settle(&r);
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
	insert(f, f->n, s);
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
