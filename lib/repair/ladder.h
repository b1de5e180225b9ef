/* SPDX-License-Identifier: MIT */
/*
 * ladder - playbooks that are tried one after the other, the mildest first
 *
 * Where a target stands is in the ledger, as counts of each rung under the key
 * "ladder:ID rung:N target:T": attempts, and last_started since when it is tried. A
 * rung is used up when it has had its attempts, or when the time since its first is
 * over. All of it begins anew when the target has been healthy for the ladder's
 * healthy_for, and only then.
 */
#ifndef SH_REPAIR_LADDER_H
#define SH_REPAIR_LADDER_H

#include "base/error.h"
#include "record/plan.h"
#include "repair/repairer.h"

/* *RUNG is the one to try, from 0; as many as there are when all are used up. Without a ledger the first. */
int sh_ladder_stand(const struct sh_repairer *r, const struct sh_playbook *ladder, const char *target, int64_t now,
		    size_t *rung, struct sh_error *err);

/* How often the rung was tried on the target, since it was last healthy for long. */
int sh_ladder_attempts(const struct sh_repairer *r, const struct sh_playbook *ladder, size_t rung, const char *target,
		       int64_t now, int64_t *attempts, struct sh_error *err);

enum sh_ladder_way {
	SH_LADDER_NONE,    /* the plan is of no ladder */
	SH_LADDER_STAYS,   /* its rung may be tried again */
	SH_LADDER_CLIMBS,  /* *NEXT (borrowed) is the playbook of the next */
	SH_LADDER_USED_UP,
};
/* What comes after an attempt that did not help. */
int sh_ladder_next(const struct sh_repairer *r, const struct sh_plan *plan, enum sh_ladder_way *way,
		   const char **next, struct sh_error *err);

/* As those of counts.h, of which they are a part. A plan without a ladder changes nothing. */
int sh_ladder_begin(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err);
int sh_ladder_end(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err);
int sh_ladder_withdraw(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err);
int sh_ladder_health(const struct sh_repairer *r, const char *target, bool healthy, int64_t time,
		     struct sh_error *err);

#endif
