/* SPDX-License-Identifier: MIT */
/*
 * revert - take back what an earlier repair did, by its actions' own undo
 *
 * A throttle, a pause or a restored file outlives its repair; this is how an
 * operator ends it. Everything comes from the ledger: which steps were done, with
 * which parameters and output. Undoing asks no guard.
 */
#ifndef SH_REPAIR_REVERT_H
#define SH_REPAIR_REVERT_H

#include "base/error.h"
#include "repair/runner.h"

/*
 * Undo the steps of the newest repair of a plan, latest first. Emits its record
 * with the new states; that goes to the history too. Returns 0 when everything
 * that can be undone was, or -1.
 */
int sh_revert(struct sh_runner *x, const char *plan_id, struct sh_error *err);

#endif
