/* SPDX-License-Identifier: MIT */
/*
 * keeper - who clears up after an action that was killed
 *
 * A process of its own session, of which the action holds one end of a pipe: at the
 * action's end, however it came, it kills what was put in its care and removes the place.
 * It holds none of the action's descriptors, so nobody waits for it.
 */
#ifndef SH_ACTION_KEEPER_H
#define SH_ACTION_KEEPER_H

#include <sys/types.h>

#include "action/proc.h"
#include "base/error.h"

struct sh_keeper {
	pid_t pid;
	int pipe; /* our end */
};

/* PLACE, a directory, is removed with all that is in it. */
int sh_keeper_start(struct sh_keeper *k, const char *place, struct sh_error *err);
/* This child of ours, which leads a session, is killed with all of it. */
int sh_keeper_take(const struct sh_keeper *k, pid_t leader, struct sh_error *err);
/* The time to clear up has come; returns when it is done, or failed. */
int sh_keeper_finish(struct sh_keeper *k, struct sh_error *err);

#endif
