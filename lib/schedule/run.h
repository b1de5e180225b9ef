/* SPDX-License-Identifier: MIT */
/*
 * run - carry out one task once, through a child sh-repair
 *
 * The child gets a plan on its standard input and answers with records; nothing
 * here executes anything else.
 */
#ifndef SH_SCHEDULE_RUN_H
#define SH_SCHEDULE_RUN_H

#include "base/buf.h"
#include "base/error.h"
#include "record/task.h"
#include "schedule/task.h"

struct sh_run_place {
	const char *host, *state_dir;
	const char *const *config; /* -c, NULL-terminated; NULL none */
	bool no_stock;
};

/*
 * Work on ENTITY (with host). Fills success, error and repair of OUT; records of
 * the child that are no repair or plan are appended to OTHERS as lines, and what
 * it said on standard error to SAID. A child that cannot be run is an error of
 * the task, not of the caller.
 */
void sh_run(const struct sh_run_place *place, const struct sh_scheduled *task, const char *entity,
	    int64_t now, struct sh_task *out, struct sh_buf *others, struct sh_buf *said);

#endif
