/* SPDX-License-Identifier: MIT */
/*
 * due - what is due of a task, from what is known of its past and nothing else
 *
 * Every due time is accounted for once: by a run, or by being passed over and
 * told. A time of a clock is counted from the last one that is accounted for; a
 * distance from the last start, and at once if there was none. What was missed
 * (nobody ran, the machine slept, the clock was wrong) is treated as the task says,
 * at a cost that does not grow with the time that was missed.
 *
 * A clock that goes back neither repeats a run nor stalls the task: up to three
 * hours are waited for; beyond, the past counts for nothing.
 */
#ifndef SH_SCHEDULE_DUE_H
#define SH_SCHEDULE_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedule/task.h"

#define SH_LAST_TEXT  320
#define SH_DUE_COUNT  1000 /* missed times are counted up to here, where each must be found */

/* What is kept of a task in schedule.db; times ns since the epoch, 0 never. */
struct sh_last {
	int64_t started, ended;
	int64_t success;   /* start of the last run that succeeded */
	int64_t succeeded; /* and its end */
	int64_t due;       /* of the run that started last */
	int64_t failures;  /* in a row */
	int64_t after;     /* due times up to here are accounted for */
	int64_t attempt;   /* of the run that started last, from 1 */
	int64_t retry;     /* when it is tried again, 0 not */
	int64_t queued;    /* the due time that waits for a run to end, 0 none */
	int64_t caught;    /* of many that were missed, how many were made up for */
};

enum sh_turn_what {
	SH_TURN_WAIT, /* until at */
	SH_TURN_RUN,  /* for due */
	SH_TURN_SKIP, /* from due on */
};

struct sh_turn {
	enum sh_turn_what what;
	int64_t at;      /* WAIT: when to ask again; INT64_MAX: not because of time */
	int64_t due;     /* the first due time that is not accounted for, INT64_MAX none */
	int64_t account; /* RUN, SKIP: what after becomes */
	int64_t missed;  /* how many due times it stands for beside one, at most SH_DUE_COUNT */
	bool late;       /* RUN: it was missed, and is made up for */
	int64_t spread;  /* within that time */
};

/* Take the past for nothing where it lies too far ahead of NOW. Returns whether it did. */
bool sh_due_anchor(const struct sh_scheduled *t, struct sh_last *last, int64_t now);
/* The first due time that is not accounted for, perhaps long ago; INT64_MAX when there is none. */
int64_t sh_due_next(const struct sh_scheduled *t, const struct sh_last *last, int64_t now);
/* SHIFT is the task's jitter on this host. */
struct sh_turn sh_due_turn(const struct sh_scheduled *t, const struct sh_last *last, int64_t shift,
			   int64_t now);

/* As text for the database, and back; -1 when it is none. */
size_t sh_last_format(char out[SH_LAST_TEXT], const struct sh_last *last);
int sh_last_parse(struct sh_last *last, const char *text, size_t len);

#endif
