/* SPDX-License-Identifier: MIT */
/*
 * task - one run of a scheduled task, or when it will run (kind task)
 *
 * Strings and json_t are owned.
 */
#ifndef SH_RECORD_TASK_H
#define SH_RECORD_TASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct sh_task {
	int64_t time;
	char *host, *entity; /* task:ID@HOST */
	char *task;          /* the id */
	char *schedule;      /* as written: daily, 6h, 30 */
	char *target;        /* what it worked on; NULL: the task itself */
	int64_t due;
	int64_t last_started, last_success; /* before this run; 0 none */
	int64_t failures;    /* in a row, before this run */
	int64_t missed;      /* due times that this one stands for beside its own */
	char *skipped;       /* why it passed without a run: missed, overlap, …; NULL */
	char *reason;        /* a sentence; NULL */
	int64_t running;     /* in lists: how many runs there are */
	/* Of a run only: */
	bool ran;            /* false: only when it is due */
	int64_t started, ended; /* ended 0: interrupted */
	bool success;
	int64_t attempt;     /* from 2, 0 the first */
	char *error;         /* NULL */
	json_t *repair;      /* the record of what did the work; NULL none */
};

void sh_task_init(struct sh_task *t);
void sh_task_release(struct sh_task *t);
/* Append the line, with its newline. */
void sh_task_write(const struct sh_task *t, struct sh_buf *out);

#endif
