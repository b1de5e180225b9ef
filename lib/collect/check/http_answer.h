/* SPDX-License-Identifier: MIT */
/*
 * http_answer - an answer of HTTP/1 (RFC 9112) to one request, read from a connection
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

/* HEAD: the request was one, so no body follows. Returns 0, or -1 with the outcome failed. */
int sh_http_read(int fd, bool head, int64_t deadline, struct sh_http_answer *a, struct sh_outcome *out);

#endif
