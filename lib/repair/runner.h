/* SPDX-License-Identifier: MIT */
/*
 * runner - carry out one request: plan, guard, act, prove, undo or climb
 *
 * Runs in a process of its own per target, with a ledger handle of its own, and
 * finishes whatever happens to the one that started it. Holds the target's lock
 * throughout.
 */
#ifndef SH_REPAIR_RUNNER_H
#define SH_REPAIR_RUNNER_H

#include <stddef.h>

#include "base/error.h"
#include "repair/guard.h"
#include "repair/repairer.h"
#include "repair/request.h"

/* What came of it, as bits: the exit code is made of all that happened. */
enum sh_outcome_bits {
	SH_OUTCOME_FAILED = 1 << 0,
	SH_OUTCOME_ROLLED_BACK = 1 << 1,
	SH_OUTCOME_UNVERIFIED = 1 << 2,
	SH_OUTCOME_WAITING = 1 << 3,
	SH_OUTCOME_REFUSED = 1 << 4,
	SH_OUTCOME_ENVIRONMENT = 1 << 5,
};

struct sh_runner {
	const struct sh_repairer *r;
	/* Each record as a line: plan, repair, notice. */
	void (*emit)(void *arg, const char *line, size_t len);
	void *arg;
	bool acts; /* --apply: questions are stored and people told */
	unsigned bits;
};

/* Plan and ask the guards without acting; emits the plan. Returns 0 or -1. */
int sh_runner_plan(struct sh_runner *x, const struct sh_request *q, struct sh_error *err);
/* Its turn does not come: emits a plan with that decision and reason. */
int sh_runner_end(struct sh_runner *x, const struct sh_request *q, const char *decision, const char *reason,
		  struct sh_error *err);
/*
 * Plan and ask, as before acting. Returns 1 where it may be done; 0 when the answer was emitted; -1.
 * PLAN is to be released in any case.
 */
int sh_runner_ask(struct sh_runner *x, const struct sh_request *q, struct sh_plan *plan, struct sh_error *err);
/* The whole of it, climbing to the next rung where one did not help. Returns 0 or -1 (environment). */
int sh_runner_apply(struct sh_runner *x, struct sh_request *q, struct sh_error *err);

/*
 * The lock of TARGET, once whoever has it is through. -1 when that takes more than a
 * quarter of an hour, or when it is asked to end (repair/halt.h).
 */
int sh_runner_lock(struct sh_runner *x, const char *target, struct sh_error *err);
/* Emit a notice. SEVERITY as for faults; ABOUT an id, may be NULL. */
void sh_runner_notice(struct sh_runner *x, const char *severity, const char *about,
		      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void sh_runner_emit(struct sh_runner *x, const struct sh_plan *plan);
/* Nobody can say whether an action took effect: hold the target and tell a person. */
void sh_runner_hold(struct sh_runner *x, const struct sh_plan *plan);
/* The bits of a finished repair. */
unsigned sh_outcome_of(const struct sh_plan *repair);

#endif
