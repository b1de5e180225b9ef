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

static int fail(struct sh_http_reader *r, const char *why)
{
	sh_outcome_fail(r->out, "%s", why);
	return -1;
}

/* "HTTP/1.1 200 OK" */
static int take_status(struct sh_http_reader *r, const char *s)
{
	if (strncmp(s, "HTTP/1.", 7) != 0 || !s[7] || s[8] != ' ' || strspn(s + 9, "0123456789") != 3 ||
	    (s[12] && s[12] != ' '))
		return fail(r, "it does not speak HTTP/1");
	r->a->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	r->how = SH_HTTP_UNTIL_CLOSED;
	r->length = 0;
	r->place = SH_HTTP_FIELDS;
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

static int take_length(struct sh_http_reader *r, const char *value)
{
	size_t digits = strspn(value, "0123456789");
	uint64_t n;

	if (!digits || digits > 15 || value[digits + strspn(value + digits, " \t")])
		return fail(r, "the length of the answer is no number");
	n = strtoull(value, NULL, 10);
	if (r->how == SH_HTTP_LENGTH && n != r->length)
		return fail(r, "the answer has two lengths");
	r->length = n;
	if (r->how != SH_HTTP_CHUNKED)
		r->how = SH_HTTP_LENGTH;
	return 0;
}

static int end_header(struct sh_http_reader *r)
{
	if (r->a->status < 200) { /* 100 to 199 come before the answer */
		r->place = SH_HTTP_STATUS;
		return 0;
	}
	if (r->head || r->a->status == 204 || r->a->status == 304)
		return 1;
	r->place = r->how == SH_HTTP_CHUNKED ? SH_HTTP_CHUNK : SH_HTTP_BODY;
	r->left = r->how == SH_HTTP_LENGTH ? r->length : UINT64_MAX;
	return r->how == SH_HTTP_LENGTH && !r->left;
}

static int take_field(struct sh_http_reader *r, const char *line)
{
	const char *v = value_of(line, "Transfer-Encoding");

	if (!*line)
		return end_header(r);
	if (v && strcasecmp(v, "chunked") != 0)
		return fail(r, "the answer comes in an encoding that is not known");
	if (v)
		r->how = SH_HTTP_CHUNKED;
	v = value_of(line, "Content-Length");
	return v ? take_length(r, v) : 0;
}

/* Size in hexadecimal digits; what follows it is ignored. */
static int take_chunk_size(struct sh_http_reader *r, const char *line)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF");

	if (!digits || digits > 8 || (line[digits] && !strchr("; \t", line[digits])))
		return fail(r, "a part of the answer has no size");
	r->left = strtoull(line, NULL, 16);
	r->place = r->left ? SH_HTTP_BODY : SH_HTTP_TRAILER;
	return 0;
}

static int take_line(struct sh_http_reader *r, const char *line)
{
	switch (r->place) {
	case SH_HTTP_STATUS:
		return take_status(r, line);
	case SH_HTTP_FIELDS:
		return take_field(r, line);
	case SH_HTTP_CHUNK:
		return take_chunk_size(r, line);
	case SH_HTTP_CHUNK_END:
		r->place = SH_HTTP_CHUNK;
		return *line ? fail(r, "a part of the answer is longer than its size") : 0;
	case SH_HTTP_TRAILER:
		return !*line;
	case SH_HTTP_BODY:
		break;
	}
	return 0;
}

/* Some of a line, or all of it without its end. Counts what was used of the data. */
static int read_line(struct sh_http_reader *r, const char *data, size_t len, size_t *used)
{
	const char *end = memchr(data, '\n', len);
	size_t n = end ? (size_t)(end - data) : len;
	int rc;

	sh_buf_add(&r->line, data, n);
	*used = n + (end != NULL);
	r->header += n + 1;
	if (r->header > MAX_HEADER)
		return fail(r, "the header of the answer is too large");
	if (!end)
		return 0;
	if (r->line.len && r->line.data[r->line.len - 1] == '\r')
		r->line.data[--r->line.len] = '\0';
	rc = take_line(r, sh_buf_str(&r->line));
	sh_buf_clear(&r->line);
	return rc;
}

static int read_body(struct sh_http_reader *r, const char *data, size_t len, size_t *used)
{
	size_t n = len < r->left ? len : (size_t)r->left, kept = SH_HTTP_KEPT - r->a->body.len;

	*used = n;
	r->seen += n;
	if (r->seen > MAX_BODY)
		return fail(r, "the answer is too large");
	sh_buf_add(&r->a->body, data, n < kept ? n : kept);
	if (r->how != SH_HTTP_UNTIL_CLOSED)
		r->left -= n;
	if (r->left)
		return 0;
	r->place = SH_HTTP_CHUNK_END;
	return r->how == SH_HTTP_LENGTH;
}

static int closed(struct sh_http_reader *r)
{
	if (r->place == SH_HTTP_BODY && r->how == SH_HTTP_UNTIL_CLOSED)
		return 1;
	return fail(r, r->a->first_byte ? "it hung up in its answer" : "it hung up");
}

void sh_http_reader_init(struct sh_http_reader *r, struct sh_http_answer *a, bool head, struct sh_outcome *out)
{
	*r = (struct sh_http_reader){ .a = a, .out = out, .head = head, .line = SH_BUF_INIT };
}

void sh_http_reader_release(struct sh_http_reader *r)
{
	sh_buf_release(&r->line);
}

int sh_http_reader_feed(struct sh_http_reader *r, const char *data, size_t len)
{
	int rc = len ? 0 : closed(r);

	if (len && !r->a->first_byte)
		r->a->first_byte = sh_clock_mono();
	while (rc == 0 && len) {
		size_t used;

		rc = r->place == SH_HTTP_BODY ? read_body(r, data, len, &used) : read_line(r, data, len, &used);
		data += used;
		len -= used;
	}
	return rc;
}

int sh_http_read(int fd, bool head, int64_t deadline, struct sh_http_answer *a, struct sh_outcome *out)
{
	struct sh_http_reader r;
	char data[16384];
	int rc;

	sh_http_reader_init(&r, a, head, out);
	do {
		ssize_t n = sh_net_receive(fd, data, sizeof(data), deadline, out);

		rc = n < 0 ? -1 : sh_http_reader_feed(&r, data, (size_t)n);
	} while (rc == 0);
	sh_http_reader_release(&r);
	return rc < 0 ? -1 : 0;
}
