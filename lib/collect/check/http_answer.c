/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/http_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/span.h"
#include "collect/check/net.h"

#define MAX_HEADER ((size_t)256 << 10)
#define MAX_BODY ((uint64_t)64 << 20)

struct reader {
	int fd;
	int64_t deadline;
	struct sh_http_answer *a;
	struct sh_outcome *out;
	size_t used, len;   /* of data: taken, and there */
	size_t header;      /* bytes of lines so far */
	uint64_t seen;      /* bytes of the body so far */
	char data[16384];
};

enum framing { UNTIL_CLOSED, CHUNKED, LENGTH };

static int fail(struct reader *r, const char *why)
{
	sh_outcome_fail(r->out, "%s", why);
	return -1;
}

/* 1 there is something; 0 the connection was closed; -1 */
static int fill(struct reader *r)
{
	ssize_t n;

	if (r->used < r->len)
		return 1;
	r->used = r->len = 0;
	n = sh_net_receive(r->fd, r->data, sizeof(r->data), r->deadline, r->out);
	if (n <= 0)
		return (int)n;
	if (!r->a->first_byte)
		r->a->first_byte = sh_clock_mono();
	r->len = (size_t)n;
	return 1;
}

/* A line without its end, of any length that the header may have. */
static int read_line(struct reader *r, struct sh_buf *line)
{
	sh_buf_clear(line);
	for (;;) {
		int rc = fill(r);
		char *end;
		size_t n;

		if (rc <= 0)
			return rc < 0 ? -1 : fail(r, r->a->first_byte ? "it hung up in its answer" : "it hung up");
		end = memchr(r->data + r->used, '\n', r->len - r->used);
		n = end ? (size_t)(end - r->data) - r->used : r->len - r->used;
		sh_buf_add(line, r->data + r->used, n);
		r->used += n + (end != NULL);
		r->header += n + 1;
		if (r->header > MAX_HEADER)
			return fail(r, "the header of the answer is too large");
		if (end)
			break;
	}
	if (line->len && line->data[line->len - 1] == '\r')
		line->data[--line->len] = '\0';
	return 0;
}

/* "HTTP/1.1 200 OK" */
static int read_status(struct reader *r, struct sh_buf *line)
{
	const char *s;

	if (read_line(r, line) < 0)
		return -1;
	s = sh_buf_str(line);
	if (strncmp(s, "HTTP/1.", 7) != 0 || !s[7] || s[8] != ' ' || strspn(s + 9, "0123456789") != 3 ||
	    (s[12] && s[12] != ' '))
		return fail(r, "it does not speak HTTP/1");
	r->a->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	return 0;
}

/* The value of the header NAME, or NULL. */
static const char *value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + strspn(line + n + 1, " \t");
}

static int take_length(struct reader *r, const char *value, enum framing *how, uint64_t *length)
{
	size_t digits = strspn(value, "0123456789");
	uint64_t n;

	if (!digits || digits > 15 || value[digits + strspn(value + digits, " \t")])
		return fail(r, "the length of the answer is no number");
	n = strtoull(value, NULL, 10);
	if (*how == LENGTH && n != *length)
		return fail(r, "the answer has two lengths");
	*length = n;
	if (*how != CHUNKED)
		*how = LENGTH;
	return 0;
}

static int take_header(struct reader *r, const char *line, enum framing *how, uint64_t *length)
{
	const char *v = value_of(line, "Transfer-Encoding");

	if (v && strcasecmp(v, "chunked") != 0)
		return fail(r, "the answer comes in an encoding that is not known");
	if (v)
		*how = CHUNKED;
	v = value_of(line, "Content-Length");
	return v ? take_length(r, v, how, length) : 0;
}

/* The status line and header lines up to the empty one. */
static int read_head(struct reader *r, struct sh_buf *line, enum framing *how, uint64_t *length)
{
	*how = UNTIL_CLOSED;
	*length = 0;
	if (read_status(r, line) < 0)
		return -1;
	for (;;) {
		if (read_line(r, line) < 0)
			return -1;
		if (!line->len)
			return 0;
		if (take_header(r, sh_buf_str(line), how, length) < 0)
			return -1;
	}
}

/* N bytes of the body; fewer only UNTIL the connection is closed. */
static int read_part(struct reader *r, uint64_t n, bool until_closed)
{
	while (n) {
		int rc = fill(r);
		size_t there = r->len - r->used, kept;

		if (rc <= 0 && until_closed && rc == 0)
			return 0;
		if (rc <= 0)
			return rc < 0 ? -1 : fail(r, "it hung up in its answer");
		if (there > n)
			there = (size_t)n;
		r->seen += there;
		if (r->seen > MAX_BODY)
			return fail(r, "the answer is too large");
		kept = SH_HTTP_KEPT - r->a->body.len;
		sh_buf_add(&r->a->body, r->data + r->used, there < kept ? there : kept);
		r->used += there;
		n -= there;
	}
	return 0;
}

/* Size in hexadecimal digits, what follows it is ignored; -1 it is none. */
static int64_t chunk_size(const char *line)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF");

	if (!digits || digits > 8 || (line[digits] && !strchr("; \t", line[digits])))
		return -1;
	return (int64_t)strtoull(line, NULL, 16);
}

static int read_chunks(struct reader *r, struct sh_buf *line)
{
	int64_t size;

	do {
		if (read_line(r, line) < 0)
			return -1;
		size = chunk_size(sh_buf_str(line));
		if (size < 0)
			return fail(r, "a part of the answer has no size");
		if (read_part(r, (uint64_t)size, false) < 0 || (size && read_line(r, line) < 0))
			return -1;
		if (size && line->len)
			return fail(r, "a part of the answer is longer than its size");
	} while (size);
	do {
		if (read_line(r, line) < 0)
			return -1;
	} while (line->len);
	return 0;
}

int sh_http_read(int fd, bool head, int64_t deadline, struct sh_http_answer *a, struct sh_outcome *out)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	struct reader r;
	enum framing how;
	uint64_t length;

	r.fd = fd;
	r.deadline = deadline;
	r.a = a;
	r.out = out;
	r.used = r.len = r.header = 0;
	r.seen = 0;
	do { /* 100 to 199 come before the answer */
		if (read_head(&r, &line, &how, &length) < 0)
			return -1;
	} while (a->status < 200);
	if (head || a->status == 204 || a->status == 304)
		return 0;
	if (how == CHUNKED)
		return read_chunks(&r, &line);
	return read_part(&r, how == LENGTH ? length : UINT64_MAX, how == UNTIL_CLOSED);
}
