/* SPDX-License-Identifier: MIT */
/*
 * tell - who hears that nothing is done about a fault, and when it is over without us
 *
 * The history gets a note "not_repaired" when a guard first says so, or no playbook is found, with what would
 * have been done, and a note "over" when such a fault ends by itself; sh-ledger report
 * compares the two.
 */
#ifndef SH_REPAIR_TELL_H
#define SH_REPAIR_TELL_H

#include <jansson.h>

#include "repair/runner.h"

/* Tell, once for each fault and guard, that D was decided and not to act. */
void sh_tell_not_repaired(struct sh_runner *x, const struct sh_request *q, const struct sh_plan *plan,
			  enum sh_decision d);
/* Keep the plan as a question that waits for its answer. */
int sh_tell_question(struct sh_runner *x, const struct sh_plan *plan, struct sh_error *err);
/*
 * A fault (its record) is over: the plans that waited for approval end, and where it had
 * been told of the history says since when it is over. Best effort.
 */
void sh_tell_over(const struct sh_repairer *r, const json_t *fault, int64_t time);

/* Note that a plan ended before its turn came: "over" when its fault is, else "conflict". */
void sh_tell_ended(const struct sh_repairer *r, const struct sh_plan *plan);

#endif
