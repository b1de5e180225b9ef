/* SPDX-License-Identifier: MIT */
/*
 * literal - words of which a text must have one to match a pattern
 *
 * For a filter before the pattern: "I/O error.*(sda|nvme0)" needs "I/O error";
 * "oom|killed" needs "oom" or "killed". Understands the plain part of PCRE2's
 * syntax and says that it knows none for the rest, never too many.
 */
#ifndef SH_DETECT_LOG_LITERAL_H
#define SH_DETECT_LOG_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define SH_LITERALS 16	  /* of one pattern */
#define SH_LITERAL_MIN 3  /* a shorter one is in every line */
#define SH_LITERAL_MAX 32 /* of a longer one the first bytes */

struct sh_literals {
	char text[SH_LITERALS][SH_LITERAL_MAX + 1];
	size_t n;
};

/*
 * Any match of PATTERN has one of *out in it, ASCII letters of either case. False:
 * none is known, and the pattern is to be asked of each text.
 */
bool sh_literals_of(struct sh_span pattern, struct sh_literals *out);

#endif
