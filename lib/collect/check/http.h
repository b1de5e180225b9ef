/* SPDX-License-Identifier: MIT */
/*
 * http - what a web server answered, judged; and requests that need no helper
 *
 * A plain request (http://, no redirects to follow, nothing secret, no header that
 * says how to read the answer) is made by a probe of our own: starting the helper
 * with its libraries costs some 7 ms of processor time, which a check of each second
 * spends 86,400 times a day. All others are libcurl's.
 */
#ifndef SH_COLLECT_CHECK_HTTP_H
#define SH_COLLECT_CHECK_HTTP_H

#include "collect/check/http_answer.h"
#include "collect/check/net.h"
#include "collect/check/outcome.h"
#include "config/check.h"

/* Status, and what was wanted of the body. */
void sh_http_judge(const struct sh_check *k, int64_t status, bool matched, bool expected,
		   struct sh_outcome *out);
/* Whether we can make the request of this http check ourselves. */
bool sh_http_is_plain(const struct sh_check *k);
bool sh_http_is_head(const struct sh_check *k);

struct sh_http_target {
	char authority[SH_NET_AUTHORITY]; /* as written */
	const char *path;                 /* in the URL: "" or begins with '/' or '?' */
};
/* Of a URL of plain HTTP; false for all that is more than printable ASCII, a name and a path. */
bool sh_http_take_apart(const char *url, struct sh_http_target *t);
/* Of a plain check: what is to be sent. */
void sh_http_request(const struct sh_check *k, struct sh_buf *b);
/* What became of it: the answer, which may be WHOLE, TOOK and ASKED (sh_clock_mono; 0: it was not). */
void sh_http_conclude(const struct sh_check *k, const struct sh_http_answer *a, bool whole,
		      const struct sh_net_phases *took, int64_t asked, struct sh_outcome *out);
/* The request by a probe, which may ask for names. */
void sh_check_http_plain(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);

#endif
