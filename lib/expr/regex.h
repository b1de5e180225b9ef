/* SPDX-License-Identifier: MIT */
/* regex - patterns with bounded time and memory */
#ifndef SH_EXPR_REGEX_H
#define SH_EXPR_REGEX_H

#include <stddef.h>

#include "base/span.h"

/* Returns NULL with the reason in WHY. */
void *sh_regex_compile(struct sh_span pattern, char *why, size_t size);
void sh_regex_free(void *regex);
/* Whether REGEX matches anywhere in TEXT: 1 or 0; -1 with the reason in WHY. */
int sh_regex_search(const void *regex, struct sh_span text, char *why, size_t size);
/* How many groups the pattern has. */
size_t sh_regex_captures(const void *regex);
/*
 * The same, and what each group took: group[0] all of the match, absent where a
 * group took no part. N groups at most.
 */
int sh_regex_groups(const void *regex, struct sh_span text, struct sh_span *group, size_t n,
		    char *why, size_t size);
/* The same for the first match at byte FROM of TEXT or later. */
int sh_regex_groups_from(const void *regex, struct sh_span text, size_t from, struct sh_span *group,
			 size_t n, char *why, size_t size);

#endif
