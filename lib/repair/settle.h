/* SPDX-License-Identifier: MIT */
/*
 * settle - repairs that an earlier run began and did not finish
 *
 * Each open intent is settled: the same process still alive is awaited to its
 * deadline, then ended; otherwise the action's own check says done, not done or
 * unknown. Unknown holds the target and tells a person. Then the repair is proved
 * by measuring, and gets its outcome. Nothing is run again here. An intent left
 * open beside a repair that ended (by an undo that was killed) is settled as well.
 */
#ifndef SH_REPAIR_SETTLE_H
#define SH_REPAIR_SETTLE_H

#include "base/error.h"
#include "repair/runner.h"

/* The targets of which something must be settled, each once; collected before any child is made. */
struct sh_open_targets {
	char **target;
	size_t n, cap;
};
int sh_settle_find(struct sh_ledger *l, struct sh_open_targets *out, struct sh_error *err);
void sh_settle_release(struct sh_open_targets *o);

/* Settle all of one target, in a process of its own. Emits the repairs' records. */
int sh_settle(struct sh_runner *x, const char *target, struct sh_error *err);
/* The same by a caller that holds the target's lock: nothing new is begun before. */
int sh_settle_held(struct sh_runner *x, const char *target, struct sh_error *err);

#endif
