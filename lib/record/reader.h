/* SPDX-License-Identifier: MIT */
/*
 * reader - lines from a descriptor, in bounded memory
 *
 * A buffer of 256 KiB that grows only for lines longer than it, up to the limit.
 * A line beyond the limit comes as SH_READ_LONG with its beginning, then in
 * pieces as SH_READ_REST until its newline; it never needs more memory.
 */
#ifndef SH_RECORD_READER_H
#define SH_RECORD_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/span.h"

#define SH_READ_ROOM 32

struct sh_reader {
	int fd;             /* borrowed */
	size_t max_record;
	char *data;         /* owned */
	size_t cap;
	size_t start, end;  /* what was read and not yet given out */
	size_t looked;      /* up to here there is no newline */
	uint64_t line;      /* number of the line given last, from 1 */
	bool begun;         /* past a byte order mark */
	bool eof, in_long;
};

enum sh_read {
	SH_READ_MORE,  /* no whole line here: fill */
	SH_READ_LINE,  /* a line, without its newline; raw but for a byte order mark */
	SH_READ_LAST,  /* the same, but the input ended before its newline */
	SH_READ_LONG,  /* the beginning of a line that is too long */
	SH_READ_REST,  /* more of it */
	SH_READ_END,
};

/* Reuses the memory of a reader that was used before; zero it first of all. */
void sh_reader_open(struct sh_reader *r, int fd, size_t max_record);
void sh_reader_release(struct sh_reader *r); /* does not close */
/* Private: the next piece, whatever it is. */
enum sh_read sh_reader_find(struct sh_reader *r, struct sh_span *piece);

/*
 * The next piece; it dies with the next fill. Behind a line stands a newline, behind the
 * last one too, and SH_READ_ROOM bytes more that can be read, whatever they are.
 */
static inline enum sh_read sh_reader_next(struct sh_reader *r, struct sh_span *piece)
{
	size_t from = r->looked > r->start ? r->looked : r->start;
	const char *line, *end;

	if (!r->begun || r->in_long || from >= r->end)
		return sh_reader_find(r, piece);
	line = r->data + r->start;
	end = memchr(r->data + from, '\n', r->end - from);
	if (!end || (size_t)(end - line) > r->max_record)
		return sh_reader_find(r, piece);
	*piece = (struct sh_span){ line, (size_t)(end - line) };
	r->looked = r->start = (size_t)(end + 1 - r->data);
	r->line++;
	return SH_READ_LINE;
}

/* Past the line that begins here and takes LEN bytes with its newline. */
static inline void sh_reader_skip(struct sh_reader *r, size_t len)
{
	r->begun = true;
	r->start += len;
	r->looked = r->start;
	r->line++;
}

/* One read(2). Returns 1 for data, 0 at the end of input, 2 when it would block or was interrupted, -1. */
int sh_reader_fill(struct sh_reader *r, struct sh_error *err);

#endif
