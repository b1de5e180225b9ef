/* SPDX-License-Identifier: MIT */
/*
 * http_answer - an answer of HTTP/1 (RFC 9112) to one request, as its bytes come
 *
 * Leaf, for probes: what is wrong is said in the outcome. The body is read to its end,
 * whatever ends it (length, chunks or the connection), and its first part is kept.
 */
#ifndef SH_COLLECT_CHECK_HTTP_ANSWER_H
#define SH_COLLECT_CHECK_HTTP_ANSWER_H

#include <stdint.h>

#include "base/buf.h"
#include "collect/check/outcome.h"

#define SH_HTTP_KEPT ((size_t)1 << 20) /* of the body */

struct sh_http_answer {
	int status;
	int64_t first_byte; /* sh_clock_mono; 0: nothing came */
	struct sh_buf body; /* owned */
};

enum sh_http_place { SH_HTTP_STATUS, SH_HTTP_FIELDS, SH_HTTP_BODY, SH_HTTP_CHUNK, SH_HTTP_CHUNK_END, SH_HTTP_TRAILER };
enum sh_http_framing { SH_HTTP_UNTIL_CLOSED, SH_HTTP_CHUNKED, SH_HTTP_LENGTH };

struct sh_http_reader {
	struct sh_http_answer *a; /* borrowed, as is out */
	struct sh_outcome *out;
	bool head;                /* the request was HEAD, so no body follows */
	enum sh_http_place place;
	enum sh_http_framing how;
	uint64_t length;          /* as the header says */
	uint64_t left, seen;      /* bytes of the body: to come of this part, and so far */
	size_t header;            /* bytes of lines so far */
	struct sh_buf line;       /* owned: the beginning of the line at hand */
};

/* *A is empty. */
void sh_http_reader_init(struct sh_http_reader *r, struct sh_http_answer *a, bool head, struct sh_outcome *out);
void sh_http_reader_release(struct sh_http_reader *r);
/*
 * What came next, LEN 0: nothing will, the connection was closed. Returns 1 when the
 * answer is whole, 0 when more is to come, -1 with the outcome failed.
 */
int sh_http_reader_feed(struct sh_http_reader *r, const char *data, size_t len);

/* All of it from a connection. Returns 0, or -1 with the outcome failed. */
int sh_http_read(int fd, bool head, int64_t deadline, struct sh_http_answer *a, struct sh_outcome *out);

#endif
