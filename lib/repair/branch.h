/* SPDX-License-Identifier: MIT */
/*
 * branch - parts of one repair at the same time, each in a process of its own
 *
 * A branch shares nothing with the others but what was there at the fork; what it
 * has to say comes back through a pipe. It inherits the target's lock, so that a
 * repair whose own process died is not taken for over while a branch still acts.
 */
#ifndef SH_REPAIR_BRANCH_H
#define SH_REPAIR_BRANCH_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

#define SH_BRANCHES 16

struct sh_branches {
	size_t n; /* at most SH_BRANCHES */
	/* In the branch. What is in OUT at its return goes back. */
	void (*run)(void *arg, size_t i, struct sh_buf *out);
	/* Here, in the order in which they end. SAID is empty when it died. */
	void (*ended)(void *arg, size_t i, const struct sh_buf *said);
	void *arg;
};

/* Run all to their end. -1 when some could not be made; those that were have ended. */
int sh_branches_run(const struct sh_branches *b, struct sh_error *err);

#endif
