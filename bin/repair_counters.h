/* SPDX-License-Identifier: MIT */
/* repair_counters - sh-repair --explain: what the guards have counted for a target */
#ifndef SH_BIN_REPAIR_COUNTERS_H
#define SH_BIN_REPAIR_COUNTERS_H

#include "cli/cli.h"
#include "repair/repairer.h"

/* The table of all counters, a notice each. */
void sh_counters_list(struct sh_writer *out, const struct sh_repairer *r);
/* Each counter of TARGET as it stands. A service of the site may be named without its host. */
int sh_counters_explain(struct sh_writer *out, const struct sh_repairer *r, const char *target,
			struct sh_error *err);

#endif
