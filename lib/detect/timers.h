/* SPDX-License-Identifier: MIT */
/*
 * timers - the series that time alone concerns, by when it does
 *
 * A series is in once, under a time not later than its own (s->due): it may have
 * moved on since, and is then put back when its turn comes. Those due at the same
 * time come by their keys, so that the order does not depend on when they came in.
 */
#ifndef SH_DETECT_TIMERS_H
#define SH_DETECT_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/store.h"

struct sh_timer {
	int64_t due;
	struct sh_subject *subject;
};

struct sh_timers {
	struct sh_timer *heap; /* owned */
	size_t n, cap;
};

void sh_timers_release(struct sh_timers *t);
/* Have S called at s->due, unless it will be called before. */
void sh_timers_put(struct sh_timers *t, struct sh_subject *s);
/* Take out the next that is due at NOW; NULL when there is none. */
struct sh_subject *sh_timers_take(struct sh_timers *t, int64_t now);
/* The times of all of them, and of their timers, have moved. */
void sh_timers_move(struct sh_timers *t, int64_t by);
static inline bool sh_timers_due(const struct sh_timers *t, int64_t now)
{
	return t->n && t->heap[0].due <= now;
}
/* S is about to be freed. */
void sh_timers_remove(struct sh_timers *t, struct sh_subject *s);

#endif
