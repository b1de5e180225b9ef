/* SPDX-License-Identifier: MIT */
/* counts - attempts per target and playbook, and per fault, as the guards read them */
#ifndef SH_REPAIR_COUNTS_H
#define SH_REPAIR_COUNTS_H

#include "base/error.h"
#include "record/plan.h"
#include "repair/repairer.h"

/* Whether it was healthy for so long that attempts count anew. */
bool sh_counts_are_over(const struct sh_guard_counts *c, int64_t now, int64_t healthy_for);
/* How long to wait after so many attempts, before jitter: doubled with each, up to cooldown_max. */
int64_t sh_counts_wait(const struct sh_playbook *book, int64_t attempts);
/* Repairs of faults of TARGET by PLAYBOOK (NULL: any) that began within 7 days, whatever came of them. */
int sh_counts_week(const struct sh_repairer *r, const char *target, const char *playbook, int64_t now,
		   int64_t *n, struct sh_error *err);
/* The highest attempt at this very fault that was begun, and not for nothing. */
int sh_counts_tried(const struct sh_repairer *r, const char *target, const char *playbook, const char *fault_id,
		    int64_t *attempt, struct sh_error *err);
/* Repairs of all processes that have begun within the hour and not ended. */
int sh_counts_under_way(const struct sh_repairer *r, int64_t now, int64_t *n, struct sh_error *err);
/*
 * An attempt begins: counted before anything happens. The rungs of a ladder are
 * one attempt at the fault, each one of its own playbook. A task's are never
 * counted anew: they are what tells its plans apart.
 */
int sh_counts_begin(const struct sh_repairer *r, const struct sh_plan *plan, int rung,
		    struct sh_error *err);
/* It ended; its end is what cooldown and freshness look at. */
int sh_counts_end(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err);
/*
 * Where the repair proved that the fault is gone, the ledger no longer calls it
 * open: the word that it is resolved may be lost in a pipe that was killed. Hits
 * that are newer than the proof open it again. Best effort.
 */
void sh_counts_proved(const struct sh_repairer *r, const struct sh_plan *plan);
/* It turned out that nothing took effect: it was no attempt. */
int sh_counts_withdraw(const struct sh_repairer *r, const struct sh_plan *plan,
		       struct sh_error *err);
/* A fault was resolved (or seen again): health begins (or ends) for its target's counts. */
int sh_counts_health(const struct sh_repairer *r, const char *target, const char *fingerprint,
		     bool healthy, int64_t time, struct sh_error *err);

#endif
