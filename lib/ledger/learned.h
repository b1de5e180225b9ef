/* SPDX-License-Identifier: MIT */
/* learned - what became of repairs, for each cause, playbook and kind of target */
#ifndef SH_LEDGER_LEARNED_H
#define SH_LEDGER_LEARNED_H

#include <stdint.h>

#include "base/error.h"
#include "ledger/show.h"

#define SH_LEARNED_LESSONS 2000 /* the newest repairs that are looked at */

/*
 * A notice for each, in the order of their names: "cause", "playbook", "target_type",
 * "fixed", "not_fixed", "unknown", and "chance", the mean of series/success.h. How many, or -1.
 */
int64_t sh_learned_show(const struct sh_show *s, struct sh_error *err);

#endif
