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

/* Whether a stored number can be a time, perhaps of a clock that was moved; whether it can be the time between two. */
bool sh_damage_is_time(int64_t t);
bool sh_damage_is_span(int64_t span);

#endif
