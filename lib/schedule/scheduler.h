/* SPDX-License-Identifier: MIT */
/*
 * scheduler - run what is due, record what ran
 *
 * What agenda.h decides is carried out here. The start of a run is durable, with the
 * identity of its child, before the child does anything: killed at any instant, no
 * task runs twice for one due time, and none beside a run of it that goes on. A run
 * whose end was not recorded is reported as interrupted by the next start. The record
 * of a run is written out before its end is stored, so a kill between the two tells of
 * it twice rather than never.
 */
#ifndef SH_SCHEDULE_SCHEDULER_H
#define SH_SCHEDULE_SCHEDULER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/silence.h"
#include "config/site.h"
#include "record/record.h"
#include "record/stream.h"
#include "schedule/agenda.h"
#include "schedule/alarm.h"
#include "schedule/job.h"
#include "schedule/run.h"
#include "schedule/task.h"
#include "state/state.h"

struct sh_watched;

struct sh_scheduler {
	const struct sh_schedule *schedule;
	const struct sh_site *site;
	struct sh_state *state; /* NULL: nothing is known, and nothing may run */
	const struct sh_silences *silences; /* planned work, for conditions; NULL none */
	struct sh_run_place place;
	struct sh_writer *out;
	int64_t now;            /* a virtual clock, 0: the clock */
	unsigned places;        /* runs at once */
	/* What a child said on standard error, a task's id before it; may be NULL. */
	void (*say)(void *arg, const char *task, const char *text);
	void *arg;
	size_t ran, failed;     /* counted */
	/* Its own: */
	struct sh_agenda agenda;
	struct sh_jobs jobs;
	struct sh_alarm alarm;
	json_t *facts;          /* what conditions see, owned */
	int64_t measured;       /* when, CLOCK_BOOTTIME */
	int64_t serial;
	struct sh_watched *watched; /* files, see trigger.c; owned */
	size_t watcheds, watched_cap;
	int inotify;
	int64_t watchdog;       /* how often a sign of life is wanted, ns; 0 never */
	int64_t alive;          /* when the last was given, CLOCK_BOOTTIME */
	bool stopping;
	bool stored;            /* something is to be committed */
};

/* Read what is known; nothing is changed or run. */
int sh_scheduler_open(struct sh_scheduler *s, struct sh_error *err);
void sh_scheduler_close(struct sh_scheduler *s);
/* Write a record for each task, in the order in which they are due; at most MAX. */
int sh_scheduler_list(struct sh_scheduler *s, size_t max, struct sh_error *err);

/* Before anything runs, after open: take over the clock and signals, report runs that were interrupted. */
int sh_scheduler_begin(struct sh_scheduler *s, struct sh_error *err);
/* Run all that is due now, and wait for its end. */
int sh_scheduler_once(struct sh_scheduler *s, struct sh_error *err);
/* From now on it stays: what was missed is spread, and the service manager is told. */
void sh_scheduler_ready(struct sh_scheduler *s);
/* For who has records: take one; then a turn without waiting, whenever alarm.epoll is readable. */
int sh_scheduler_record(struct sh_scheduler *s, const struct sh_record *r, struct sh_error *err);
int sh_scheduler_turn(struct sh_scheduler *s, struct sh_error *err);
/* Run one task now, due or not, and wait for its end. */
int sh_scheduler_run(struct sh_scheduler *s, const struct sh_scheduled *task, struct sh_error *err);
/* Run what is due until one is asked to stop, or the reader is gone; what runs is awaited. */
int sh_scheduler_watch(struct sh_scheduler *s, struct sh_error *err);

#endif
