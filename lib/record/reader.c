/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define FIRST_CAP ((size_t)256 << 10)

void sh_reader_open(struct sh_reader *r, int fd, size_t max_record)
{
	char *data = r->data;
	size_t cap = r->cap;

	*r = (struct sh_reader){ .fd = fd, .max_record = max_record, .data = data, .cap = cap };
}

void sh_reader_release(struct sh_reader *r)
{
	free(r->data);
	*r = (struct sh_reader){ .fd = -1 };
}

static void drop_byte_order_mark(struct sh_reader *r)
{
	if (r->begun || r->end - r->start < 3)
		return;
	r->begun = true;
	if (!memcmp(r->data + r->start, "\xEF\xBB\xBF", 3))
		r->start += 3;
}

/* Give out LEN bytes, and drop NEWLINE bytes after them. */
static enum sh_read give(struct sh_reader *r, struct sh_span *piece, size_t len, size_t newline,
			 enum sh_read what)
{
	*piece = (struct sh_span){ r->data + r->start, len };
	r->begun = true;
	r->start += len + newline;
	r->looked = r->start;
	return what;
}

/* A piece of a line that is too long; LEN bytes of it are here, with its NEWLINE or not. */
static enum sh_read give_long(struct sh_reader *r, struct sh_span *piece, size_t len, size_t newline)
{
	enum sh_read what = r->in_long ? SH_READ_REST : SH_READ_LONG;

	r->line += what == SH_READ_LONG;
	r->in_long = !newline;
	return give(r, piece, len, newline, what);
}

enum sh_read sh_reader_find(struct sh_reader *r, struct sh_span *piece)
{
	const char *newline;
	size_t len;

	drop_byte_order_mark(r);
	if (r->looked < r->start)
		r->looked = r->start;
	newline = r->end > r->looked ? memchr(r->data + r->looked, '\n', r->end - r->looked) : NULL;
	len = newline ? (size_t)(newline - r->data) - r->start : r->end - r->start;
	if (r->in_long && (newline || len))
		return give_long(r, piece, len, newline ? 1 : 0);
	if (len > r->max_record)
		return give_long(r, piece, len, newline ? 1 : 0);
	if (newline || (r->eof && len)) {
		r->line++;
		return give(r, piece, len, newline ? 1 : 0, newline ? SH_READ_LINE : SH_READ_LAST);
	}
	r->looked = r->end;
	return r->eof ? SH_READ_END : SH_READ_MORE;
}

/* With room for a newline and what may be read behind it; never touched before is as good as zeroed. */
static void grow(struct sh_reader *r, size_t cap)
{
	char *data = sh_calloc(1, cap + 1 + SH_READ_ROOM);

	if (r->end)
		memcpy(data, r->data, r->end);
	free(r->data);
	r->data = data;
	r->cap = cap;
}

static void make_room(struct sh_reader *r)
{
	size_t len = r->end - r->start;

	if (r->start == r->end || r->end == r->cap) {
		if (len)
			memmove(r->data, r->data + r->start, len);
		r->looked -= r->start;
		r->start = 0;
		r->end = len;
	}
	/* Full means a line up to the limit: what is beyond was given out. */
	if (r->end < r->cap)
		return;
	if (r->cap)
		grow(r, r->cap * 2);
	else
		grow(r, r->max_record < FIRST_CAP ? r->max_record + 1 : FIRST_CAP);
}

int sh_reader_fill(struct sh_reader *r, struct sh_error *err)
{
	ssize_t n;

	make_room(r);
	n = read(r->fd, r->data + r->end, r->cap - r->end);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 2;
	if (n < 0)
		return sh_error_sys(err, "cannot read");
	r->eof = n == 0;
	r->end += (size_t)n;
	if (r->eof)
		r->data[r->end] = '\n';
	return n > 0;
}
