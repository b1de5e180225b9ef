/* SPDX-License-Identifier: MIT */
/*
 * counters - what the guards count: when it counts, when it begins anew, what is kept
 *
 * One table, which sh-repair(1) has too; and what each stands at for one target.
 */
#ifndef SH_REPAIR_COUNTERS_H
#define SH_REPAIR_COUNTERS_H

#include <stddef.h>

#include "base/error.h"
#include "repair/repairer.h"

struct sh_counter {
	const char *name;
	const char *guard;  /* that asks it */
	const char *counts; /* a sentence each: what and when, until when, where it is kept */
	const char *resets;
	const char *kept;
};

enum sh_counter_id {
	SH_COUNTER_ATTEMPTS,
	SH_COUNTER_FAULT_ATTEMPTS,
	SH_COUNTER_RUNG,
	SH_COUNTER_COOLDOWN,
	SH_COUNTER_LAST,
	SH_COUNTER_WEEK,
	SH_COUNTER_HOUR,
	SH_COUNTER_RULE_HOUR,
	SH_COUNTER_RULE_FAILED,
	SH_COUNTER_BRAKE,
	SH_COUNTER_UNDER_WAY,
	SH_COUNTER_DOUBT,
	SH_COUNTER_CLOCK,
	SH_COUNTER_NETWORK,
	SH_COUNTER_INVENTORY,
	SH_COUNTER_UNAVAILABLE,
	SH_COUNTERS,
};
extern const struct sh_counter sh_counters[SH_COUNTERS];

/* One counter as it stands. LIMIT -1: it has none, or TEXT says it. TEXT is a sentence, borrowed. */
typedef void sh_counter_fn(void *arg, const struct sh_counter *c, int64_t value, int64_t limit, const char *text);

/* All of TARGET at the repairer's time, in the order of the table; its ledger is open. */
int sh_counters_show(const struct sh_repairer *r, const char *target, sh_counter_fn *show, void *arg,
		     struct sh_error *err);

#endif
