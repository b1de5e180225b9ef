/* SPDX-License-Identifier: MIT */
/*
 * job - a run of a task that has begun: its targets one after the other, each a child
 *
 * Whose scheduler was killed goes on without it; the next one adopts what still
 * lives, so that it is not run beside itself, and cannot know how it ended.
 */
#ifndef SH_SCHEDULE_JOB_H
#define SH_SCHEDULE_JOB_H

#include <stdbool.h>

#include "schedule/agenda.h"
#include "schedule/book.h"
#include "schedule/run.h"

struct sh_job {
	struct sh_item *item;
	struct sh_book_run noted; /* as the book has it */
	int64_t missed;
	bool brought;             /* as sh_start has it */
	char **target;            /* entities, owned; none: there is nothing to do */
	size_t targets, at;
	struct sh_run run;
	bool is_running;          /* there is a child */
	bool failed;              /* one of its targets did */
	bool cancelled;           /* it was asked to end */
	bool adopted;             /* of an earlier scheduler: only awaited */
	int pidfd;                /* of an adopted one */
	struct sh_error problem;  /* why a child could not be run */
};

struct sh_jobs {
	struct sh_job **job; /* owned */
	size_t n, cap;
};

void sh_jobs_add(struct sh_jobs *all, struct sh_job *j);
/* Take it out, and free it. */
void sh_jobs_remove(struct sh_jobs *all, struct sh_job *j);
void sh_jobs_release(struct sh_jobs *all);
/* SIGTERM to the children of the item: sh-repair finishes its step, or undoes it. */
void sh_jobs_cancel(struct sh_jobs *all, const struct sh_item *i);
/* When to look after children at the latest, CLOCK_BOOTTIME; 0: when one speaks. */
int64_t sh_jobs_until(const struct sh_jobs *all);

#endif
