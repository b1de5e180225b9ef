/* SPDX-License-Identifier: MIT */
/*
 * settle - repairs that an earlier run began and did not finish
 *
 * Each open intent is settled: the same process still alive is awaited to its
 * deadline, then ended; otherwise the action's own check says done, not done or
 * unknown. Unknown holds the target and tells a person. Then the repair is proved
 * by measuring, and gets its outcome. Nothing is run again here.
 */
#ifndef SH_REPAIR_SETTLE_H
#define SH_REPAIR_SETTLE_H

#include "base/error.h"
#include "repair/runner.h"

/* What must be settled: rows with their targets, collected before any child is made. */
struct sh_open_repair {
	int64_t row;
	char *target;
};
struct sh_open_repairs {
	struct sh_open_repair *repair;
	size_t n, cap;
};
int sh_settle_find(struct sh_ledger *l, struct sh_open_repairs *out, struct sh_error *err);
void sh_settle_release(struct sh_open_repairs *o);

/* Settle one repair, in a process of its own. Emits the repair's record. */
int sh_settle(struct sh_runner *x, int64_t row, const char *target, struct sh_error *err);

#endif
