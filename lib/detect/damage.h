/* SPDX-License-Identifier: MIT */
/*
 * damage - rows of the state that make no sense: each costs only itself
 *
 * Whoever loads rows tells of such a row, forgets what it had read of it, sees to
 * it that the next save replaces or removes the row, and goes on.
 */
#ifndef SH_DETECT_DAMAGE_H
#define SH_DETECT_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sh_damage {
	void (*tell)(void *arg, const struct sh_error *err); /* NULL: nobody is told */
	void *arg;
};

/* That the state of WHAT, a format, begins anew. */
void sh_damage_tell(const struct sh_damage *d, const char *what, ...) SH_PRINTF(2, 3);

/* Three times the longest span still fit behind a time of today. */
#define SH_DAMAGE_LONGEST  (INT64_MAX / 4)
#define SH_DAMAGE_EARLIEST (-SH_DAMAGE_LONGEST)

/* Whether a stored number can be a time, perhaps of a clock that was moved; whether it can be the time between two. */
bool sh_damage_is_time(int64_t t);
bool sh_damage_is_span(int64_t span);

/* The time from A to B, which is not before it, as it is kept. */
static inline int64_t sh_damage_between(int64_t a, int64_t b)
{
	int64_t span;

	return __builtin_sub_overflow(b, a, &span) || span > SH_DAMAGE_LONGEST ? SH_DAMAGE_LONGEST : span;
}

/* T when clocks are set by BY, less than 0: what was long before a clock that was centuries ahead stays where times begin. */
static inline int64_t sh_damage_moved(int64_t t, int64_t by)
{
	return t < SH_DAMAGE_EARLIEST - by ? SH_DAMAGE_EARLIEST : t + by;
}

#endif
