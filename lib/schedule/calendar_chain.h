/* SPDX-License-Identifier: MIT */
/* calendar_chain - one component of a calendar expression: "9..17/2,20" */
#ifndef SH_SCHEDULE_CALENDAR_CHAIN_H
#define SH_SCHEDULE_CALENDAR_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct sh_chain_link {
	int64_t start, stop, repeat; /* stop -1: none; repeat 0: only start */
};

struct sh_chain {
	struct sh_chain_link *link; /* owned; none: every value */
	size_t n, cap;
};

#define SH_CHAIN_SECOND INT64_C(1000000) /* seconds are counted in microseconds */

/* From *P on; false when it is none. UNIT is 1, or SH_CHAIN_SECOND with decimals allowed. */
bool sh_chain_parse(struct sh_chain *c, const char **p, int64_t unit);
void sh_chain_set(struct sh_chain *c, int64_t only);
void sh_chain_release(struct sh_chain *c);
/* Sorted, without doubles, ranges ending at their last value. */
void sh_chain_normalize(struct sh_chain *c);
/* Whether all is within MIN and MAX and each repetition happens; FROM_END: days before the end of a month. */
bool sh_chain_is_valid(const struct sh_chain *c, int64_t min, int64_t max, bool from_end);
/* The first value from V on, -1: none. */
int64_t sh_chain_next(const struct sh_chain *c, int64_t v);
void sh_chain_format(const struct sh_chain *c, struct sh_buf *out, int width, int64_t unit);

#endif
