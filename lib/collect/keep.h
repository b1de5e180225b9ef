/* SPDX-License-Identifier: MIT */
/* keep - counters and facts in the state directory, so that a cron run looks back to the run before */
#ifndef SH_COLLECT_KEEP_H
#define SH_COLLECT_KEEP_H

#include "collect/collector.h"
#include "state/state.h"

/* Take over facts, cursors of logs, and the counters of this boot; those of an earlier boot mean nothing now. */
int sh_keep_load(struct sh_collect *c, struct sh_state *state, struct sh_error *err);
/* Store the counters of every collector that has any, and what changed of the rest, in one transaction. */
int sh_keep_save(struct sh_collect *c, struct sh_state *state, struct sh_error *err);

#endif
