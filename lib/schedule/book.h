/* SPDX-License-Identifier: MIT */
/* book - what schedule.db knows of each task's past, and of the runs that have begun */
#ifndef SH_SCHEDULE_BOOK_H
#define SH_SCHEDULE_BOOK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/process.h"
#include "schedule/due.h"
#include "state/state.h"

/* What the files of a task looked like, see trigger.c. */
#define SH_BOOK_FILES "files"

/* A run whose end is not recorded. */
struct sh_book_run {
	int64_t serial;            /* of its task; with the task's id its key */
	int64_t started, due, attempt;
	struct sh_process_id child; /* pid 0: none was started yet */
};

/* 1 found, 0 a task that was never seen, -1. STATE may be NULL: nothing is known. */
int sh_book_get(struct sh_state *state, const char *id, struct sh_last *last, struct sh_error *err);
/* All of these are durable only after sh_state_commit(). */
int sh_book_put(struct sh_state *state, const char *id, const struct sh_last *last,
		struct sh_error *err);
int sh_book_put_run(struct sh_state *state, const char *id, const struct sh_book_run *run,
		    struct sh_error *err);
int sh_book_end_run(struct sh_state *state, const char *id, int64_t serial, struct sh_error *err);
/*
 * Forget the tasks that IS_THERE does not know and of which nothing was noted since BEFORE,
 * with what their files looked like and runs that never ended. 1 some were, 0 none, -1.
 */
int sh_book_prune(struct sh_state *state, bool (*is_there)(void *arg, const char *id), void *arg,
		  int64_t before, struct sh_error *err);
/* Each run that has begun and not ended; what cannot be understood is passed over. */
int sh_book_each_run(struct sh_state *state,
		     int (*each)(void *arg, const char *id, const struct sh_book_run *run), void *arg,
		     struct sh_error *err);

#endif
