/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/segment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "record/stream.h"

#define CHUNK ((size_t)256 << 10)
#define CHUNK_MIN ((size_t)4 << 10)
#define LOOK_BACK ((uint64_t)64 << 10)

struct sh_segment *sh_segment_new(const char *path, int fd, const struct sh_cursor_file *file)
{
	struct sh_segment *s = sh_calloc(1, sizeof(*s));

	s->path = sh_strdup(path);
	s->fd = fd;
	if (file) {
		s->cursor.inode = file->inode;
		s->cursor.born = file->born;
		s->device = file->device;
		s->size = file->size;
	}
	return s;
}

void sh_segment_free(struct sh_segment *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	free(s);
}

/* Bytes at AT, at most LEN; 0 at the end, -1. */
static ssize_t read_at(int fd, uint64_t at, size_t len, struct sh_buf *chunk)
{
	char *to;
	ssize_t n;

	sh_buf_clear(chunk);
	to = sh_buf_reserve(chunk, len);
	do
		n = pread(fd, to, len, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		chunk->len = (size_t)n;
	return n;
}

/* Give the whole lines of TEXT. Returns how many bytes they are. */
static size_t give_lines(struct sh_segment *s, const struct sh_segment_sink *sink, struct sh_span text)
{
	const char *p = text.p, *end = p + text.len, *newline;

	while ((newline = memchr(p, '\n', (size_t)(end - p)))) {
		if (!s->cursor.in_long)
			sink->line(sink->arg, (struct sh_span){ p, (size_t)(newline - p) }, false);
		s->cursor.in_long = false;
		p = newline + 1;
		if (p == end)
			break;
	}
	return (size_t)(p - text.p);
}

/* Without a newline: within a long line all of it is taken, else it becomes one when it is too long. */
static size_t give_long(struct sh_segment *s, const struct sh_segment_sink *sink, struct sh_span text)
{
	if (!s->cursor.in_long && text.len < SH_MAX_RECORD)
		return 0;
	if (!s->cursor.in_long)
		sink->line(sink->arg, text, true);
	s->cursor.in_long = true;
	return text.len;
}

/* Whether what was read before is still there, and so what was read now belongs behind it. */
static bool still_matches(const struct sh_cursor *before, int fd)
{
	const struct sh_cursor_file any = { .size = UINT64_MAX };

	return sh_cursor_matches(before, fd, &any);
}

int64_t sh_segment_read(struct sh_segment *s, const struct sh_segment_sink *sink, uint64_t budget,
			struct sh_error *err)
{
	const struct sh_cursor before = s->cursor;
	uint64_t from = s->cursor.offset, at = from;
	size_t chunk = budget < CHUNK_MIN ? CHUNK_MIN : budget < CHUNK ? (size_t)budget : CHUNK;
	size_t want = chunk;

	while (at - from < budget) {
		ssize_t n = read_at(s->fd, at, want, sink->chunk);
		struct sh_span text = { sink->chunk->data, n > 0 ? (size_t)n : 0 };
		size_t taken;

		if (n < 0)
			return sh_error_sys(err, "cannot read '%s'", s->path);
		if (n && !still_matches(&before, s->fd))
			break; /* truncated in this moment: the next look will see */
		taken = n ? give_lines(s, sink, text) : 0;
		if (!taken && n)
			taken = give_long(s, sink, text);
		at += taken;
		if (taken)
			want = chunk;
		else if ((size_t)n < want)
			break; /* the end, or a line that is not whole yet */
		else
			want = SH_MAX_RECORD;
	}
	if (at != from && sh_cursor_set(&s->cursor, s->fd, at, err) < 0)
		return -1;
	return (int64_t)(at - from);
}

int64_t sh_segment_finish(struct sh_segment *s, const struct sh_segment_sink *sink,
			  struct sh_error *err)
{
	ssize_t n = read_at(s->fd, s->cursor.offset, SH_MAX_RECORD, sink->chunk);

	if (n <= 0)
		return n < 0 ? sh_error_sys(err, "cannot read '%s'", s->path) : 0;
	if (!s->cursor.in_long)
		sink->line(sink->arg, (struct sh_span){ sink->chunk->data, (size_t)n }, false);
	if (sh_cursor_set(&s->cursor, s->fd, s->cursor.offset + (uint64_t)n, err) < 0)
		return -1;
	return n;
}

uint64_t sh_segment_line_end(int fd, uint64_t offset)
{
	SH_CLEANUP_BUF struct sh_buf chunk = SH_BUF_INIT;
	uint64_t from = offset > LOOK_BACK ? offset - LOOK_BACK : 0;
	ssize_t n = read_at(fd, from, (size_t)(offset - from), &chunk);
	const char *newline = n > 0 ? memrchr(chunk.data, '\n', (size_t)n) : NULL;

	if (!newline)
		return from ? offset : 0;
	return from + (uint64_t)(newline - chunk.data) + 1;
}
