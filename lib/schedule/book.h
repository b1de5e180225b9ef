/* SPDX-License-Identifier: MIT */
/* book - what schedule.db knows of each task's last run */
#ifndef SH_SCHEDULE_BOOK_H
#define SH_SCHEDULE_BOOK_H

#include "base/error.h"
#include "schedule/due.h"
#include "state/state.h"

/* A task that was never seen has never run. STATE may be NULL: nothing is known. */
int sh_book_get(struct sh_state *state, const char *id, struct sh_last *last, struct sh_error *err);
/* Durable when it returns 0. */
int sh_book_put(struct sh_state *state, const char *id, const struct sh_last *last,
		struct sh_error *err);

#endif
