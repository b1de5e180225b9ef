/* SPDX-License-Identifier: MIT */
/*
 * checkpoint - a save by a child, so that a large state does not stop the stream
 *
 * The child has the memory of its parent as it was at the fork, opens the database
 * itself, saves and leaves. The parent lets go of its own connection before: none
 * may cross a fork (see db.h). The writer's lock is held by both, and so until the
 * child is done even where the parent is killed.
 */
#ifndef SH_STATE_CHECKPOINT_H
#define SH_STATE_CHECKPOINT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "state/state.h"

struct sh_checkpoint {
	pid_t child; /* 0: none is at work */
	int answer;  /* the reading end of a pipe to it */
};

/*
 * Save and commit in a child. Output must have been flushed: the child writes none.
 * S is suspended; sh_state_wake it before it is used again. -1 when there can be no
 * child: nothing was saved. None may be at work.
 */
int sh_checkpoint_start(struct sh_checkpoint *c, struct sh_state *s,
			int (*save)(void *arg, struct sh_state *s, struct sh_error *err),
			void *arg, struct sh_error *err);
/*
 * How it went: 1 there is no child any more and all is well, 0 it is still at work
 * (never with WAIT), -1 it failed, told once: what it was given is not stored.
 */
int sh_checkpoint_end(struct sh_checkpoint *c, bool wait, struct sh_error *err);

#endif
