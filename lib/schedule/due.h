/* SPDX-License-Identifier: MIT */
/*
 * due - when a task runs next, from what is known of its last run
 *
 * A task that never ran is due at once, otherwise one interval after its last
 * start; runs that were missed are made up for by one. A run that failed has
 * run. A clock that went back neither repeats a run nor stalls the task: a last
 * start that lies more than an interval ahead counts for nothing.
 */
#ifndef SH_SCHEDULE_DUE_H
#define SH_SCHEDULE_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SH_LAST_TEXT 128

/* What is kept of a task in schedule.db; times ns since the epoch, 0 never. */
struct sh_last {
	int64_t started, ended, success; /* success: start of the last run that succeeded */
	int64_t due;                     /* of the run that started */
	int64_t failures;                /* in a row */
	bool running;                    /* started, and its end is not recorded */
};

/* Now or earlier: due. Never later than now + 2 * every. */
int64_t sh_due(const struct sh_last *last, int64_t every, int64_t now);

/* As text for the database, and back; -1 when it is none. */
size_t sh_last_format(char out[SH_LAST_TEXT], const struct sh_last *last);
int sh_last_parse(struct sh_last *last, const char *text, size_t len);

#endif
