/* SPDX-License-Identifier: MIT */
/*
 * run - carry out one task once on one target, through a child sh-repair
 *
 * The child gets a plan on its standard input and answers with records; nothing
 * here executes anything else. It is held until the caller has noted that it is there.
 */
#ifndef SH_SCHEDULE_RUN_H
#define SH_SCHEDULE_RUN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/process.h"
#include "record/task.h"
#include "schedule/task.h"

struct sh_run_place {
	const char *host, *state_dir;
	const char *const *config; /* -c, NULL-terminated; NULL none */
	bool no_stock;
};

struct sh_run {
	struct sh_child child;
	struct sh_buf plan; /* its input */
	char *program;      /* owned */
};

/* Start the child for ENTITY (with host), held. -1: it cannot be run; release it all the same. */
int sh_run_start(struct sh_run *run, const struct sh_run_place *place, const struct sh_scheduled *task,
		 const char *entity, int64_t now, struct sh_error *err);
/*
 * It has ended: fills success, error and repair of OUT; records of the child that are
 * no repair or plan are appended to OTHERS as lines, and what it said on standard
 * error to SAID.
 */
void sh_run_take(const struct sh_run *run, const struct sh_run_place *place, int64_t now,
		 struct sh_task *out, struct sh_buf *others, struct sh_buf *said);
void sh_run_release(struct sh_run *run);

/* A program of the toolkit beside this one, as a new path; NULL when it cannot be trusted. */
char *sh_run_program(const char *name, struct sh_error *err);
/* The environment of such a child, NULL-terminated; freed by sh_run_free_environment(). */
char **sh_run_environment(void);
void sh_run_free_environment(char **env);

#endif
