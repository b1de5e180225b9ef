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

#include "collect/check/outcome.h"
#include "config/check.h"

/* Status, and what was wanted of the body. */
void sh_http_judge(const struct sh_check *k, int64_t status, bool matched, bool expected,
		   struct sh_outcome *out);
/* Whether the probe can make the request of this http check. */
bool sh_http_is_plain(const struct sh_check *k);
void sh_check_http_plain(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);

#endif
