/* SPDX-License-Identifier: MIT */
/*
 * import - crontabs and systemd timers as tasks
 *
 * The times are taken over exactly, each checked by reading it. What a line runs is
 * no business of a scheduler here: the task names a playbook of its own name, for the
 * operator to write, and has the command as its title.
 */
#ifndef SH_SCHEDULE_IMPORT_H
#define SH_SCHEDULE_IMPORT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

enum sh_import_kind {
	SH_IMPORT_CRONTAB, /* of a user */
	SH_IMPORT_CRON_D,  /* with a user in each line */
	SH_IMPORT_TIMER,   /* a unit file */
};

struct sh_import {
	struct sh_buf tasks, playbooks; /* entries of the two sections */
	size_t n;                       /* tasks so far */
	/* A line that has no task, and why. */
	void (*report)(void *arg, size_t line, const char *why);
	void *arg;
	size_t reported;
};

/* TEXT ends with a NUL; NAME begins the names of tasks. */
void sh_import_text(struct sh_import *im, enum sh_import_kind kind, const char *name, const char *text);
/* Both sections, as a site file. */
void sh_import_write(const struct sh_import *im, struct sh_buf *out);
void sh_import_release(struct sh_import *im);

#endif
