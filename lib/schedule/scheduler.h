/* SPDX-License-Identifier: MIT */
/*
 * scheduler - run what is due, record what ran
 *
 * The start of a run is durable before it runs: killed at any instant, no task
 * runs twice for one due time. A run whose end was not recorded is reported as
 * interrupted by the next start. The record of a run is written out before its
 * end is stored, so a kill between the two tells of it twice rather than never.
 */
#ifndef SH_SCHEDULE_SCHEDULER_H
#define SH_SCHEDULE_SCHEDULER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/site.h"
#include "record/stream.h"
#include "schedule/alarm.h"
#include "schedule/run.h"
#include "schedule/task.h"
#include "state/state.h"

struct sh_scheduler {
	const struct sh_schedule *schedule;
	const struct sh_site *site;
	struct sh_state *state; /* NULL: nothing is known, and nothing may run */
	struct sh_run_place place;
	struct sh_writer *out;
	int64_t now;            /* a virtual clock, 0: the clock */
	const struct sh_alarm *alarm; /* asked between tasks whether to stop; NULL: never */
	/* What a child said on standard error, a task's id before it; may be NULL. */
	void (*say)(void *arg, const char *task, const char *text);
	void *arg;
	size_t ran, failed;     /* counted */
};

/* Report runs that were interrupted. To be called once, before anything runs. */
int sh_scheduler_settle(struct sh_scheduler *s, struct sh_error *err);
/* Run all that is due, in the order in which it became due. -1 when state or output fails. */
int sh_scheduler_run_due(struct sh_scheduler *s, struct sh_error *err);
/* Run one task now, due or not. */
int sh_scheduler_run(struct sh_scheduler *s, const struct sh_scheduled *task, struct sh_error *err);
/* When the next task is due; INT64_MAX when there is none. */
int sh_scheduler_next(const struct sh_scheduler *s, int64_t *next, struct sh_error *err);
/* Write a record for each task, in the order in which they are due; at most MAX. */
int sh_scheduler_list(const struct sh_scheduler *s, size_t max, struct sh_error *err);

#endif
