/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/rotation.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/log/find.h"

#define COARSE (20 * SH_MS) /* file systems tell times by a clock that ticks so, or faster */

static bool is_segment(const struct sh_follow *f, const struct sh_cursor_file *file)
{
	for (size_t i = 0; i < f->n; i++)
		if (sh_cursor_same_inode(&f->segment[i]->cursor, file) &&
		    (f->segment[i]->fd < 0 || f->segment[i]->device == file->device))
			return true;
	return false;
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
static enum rest find_rest(struct sh_follow_round *r, size_t at, const char *not)
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
	sh_follow_insert(r->f, at, rest);
	free(found);
	return REST_ADDED;
}

static void lose(const struct sh_follow_round *r, const struct sh_segment *s)
{
	sh_follow_tell(r, "'%s' is not what it was and its rest, from byte %llu on, is not to be found: lines may be lost",
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

enum copy { COPY_NONE, COPY_BEGUN, COPY_WHOLE, COPY_UNDER_WAY };

/* Whether a new file is a copy of OF: of what was begun to be read, or of one that is still there itself. */
static enum copy is_copy(struct sh_segment *of, const struct sh_segment *s,
			 const struct sh_cursor_file *file)
{
	struct sh_error e = SH_ERROR_INIT;
	struct sh_cursor_file original;

	if (!sh_find_is_generation(s->path, of->path))
		return COPY_NONE;
	if ((of->fd >= 0 || of->seen) && sh_follow_open(of, &original, &e) &&
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
static bool begin_at(struct sh_follow_round *r, struct sh_segment *s, const struct sh_cursor_file *file,
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
	struct sh_follow_round *r;
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
	sh_follow_insert(g->r->f, place, s);
	g->n++;
}

/* The segment AT was rotated away: perhaps not for the first time since the last look. Returns how many were put before it. */
static size_t find_generations(struct sh_follow_round *r, size_t at, const char *name)
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
static size_t check_content(struct sh_follow_round *r, size_t at, const struct sh_cursor_file *file)
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

static void add_new(struct sh_follow_round *r, const char *path, struct sh_error *err)
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
		sh_follow_insert(r->f, r->f->n, s);
	else
		sh_segment_free(s);
}

/* A name that is there now: a file that we know, or a new one, which is put off. */
static bool look_at(struct sh_follow_round *r, const char *path, struct sh_error *err)
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

void sh_rotation_find(struct sh_follow_round *r)
{
	struct sh_error e = SH_ERROR_INIT;
	glob_t names;

	list(r->f, &names);
	for (size_t i = 0; i < names.gl_pathc; i++) {
		if (sh_find_is_compressed(names.gl_pathv[i]) || look_at(r, names.gl_pathv[i], &e))
			names.gl_pathv[i][0] = '\0';
		sh_follow_say(r, &e);
	}
	for (size_t i = 0; i < names.gl_pathc; i++) {
		if (names.gl_pathv[i][0])
			add_new(r, names.gl_pathv[i], &e);
		sh_follow_say(r, &e);
	}
	globfree(&names);
}

/*
 * The segment before AT was emptied, then renamed: what came between is read from
 * its start. WAS is its cursor as it was kept. Returns how many were put at AT.
 */
static size_t find_emptied(struct sh_follow_round *r, size_t at, const char *name, const struct sh_cursor *was)
{
	struct sh_cursor_file file;
	struct sh_segment *s;
	char *found = NULL;
	int fd = sh_find_emptied(name, was, &file, &found, &r->f->crowded);

	if (fd < 0)
		return 0;
	s = sh_segment_new(found, fd, &file);
	s->gone = sh_clock_wall();
	sh_follow_insert(r->f, at, s);
	free(found);
	return 1;
}

/* Not under a name that is followed: it was renamed, or is gone. *OTHERS: its rest is another segment. */
static bool settle_gone(struct sh_follow_round *r, size_t at, bool *others)
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
static ssize_t settle_unseen(struct sh_follow_round *r, size_t at)
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
		return sh_follow_open(s, &file, &e) ? (ssize_t)check_content(r, at, &file) : 0;
	if (was_closed && (!found || s->cursor.inode != was.inode))
		more += find_emptied(r, at + 1, name, &was);
	if (was_there) /* they are younger than it */
		more += find_generations(r, at + 1 + more, name);
	if (found)
		return (ssize_t)more;
	/* One that was rotated away before was read to its end, as far as anyone knows. */
	if (!others && ((was_there && !more) || s->size > s->cursor.offset))
		lose(r, s);
	sh_follow_drop(r->f, at);
	return (ssize_t)more - 1;
}

void sh_rotation_settle(struct sh_follow_round *r)
{
	for (ssize_t i = 0; i < (ssize_t)r->f->n; i++) {
		struct sh_segment *s = r->f->segment[i];
		struct sh_error e = SH_ERROR_INIT;
		struct sh_cursor_file file;

		if (!s->seen)
			i += settle_unseen(r, (size_t)i);
		else if (sh_follow_open(s, &file, &e))
			i += (ssize_t)check_content(r, (size_t)i, &file);
		sh_follow_say(r, &e);
	}
}
