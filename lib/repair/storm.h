/* SPDX-License-Identifier: MIT */
/*
 * storm - a brake that stays on until a person resets it
 *
 * It is put on, for one rule or for all, by too many repairs within an hour, and
 * for a rule by its playbook failing on several fresh targets (those it was not
 * tried on before since they were well). Latched it is a hold of scope
 * "storm:all" or "storm:rule:ID" in the ledger, and a note "braked" says from
 * when it can be reset. A reset is a note "reset" of that scope: counting begins
 * anew there, and "backlog" in it says what becomes of evidence from before it.
 */
#ifndef SH_REPAIR_STORM_H
#define SH_REPAIR_STORM_H

#include "base/error.h"
#include "repair/repairer.h"
#include "repair/request.h"

/* What was begun within the last hour, of RULE or (NULL) at all, since the last reset. */
struct sh_storm_tally {
	int64_t begun;
	int64_t failed; /* fresh targets on which it did not help */
};
int sh_storm_tally(const struct sh_repairer *r, int64_t now, const char *rule, struct sh_storm_tally *out,
		   struct sh_error *err);
/* Why the brake is on for RULE or (also) for all, a new string, or NULL. */
int sh_storm_brake(const struct sh_repairer *r, int64_t now, const char *rule, char **why, struct sh_error *err);

/* Latch it where Q is one too many. *SCOPE becomes the brake that was put on just now, a new string, or NULL. */
int sh_storm_watch(const struct sh_repairer *r, const struct sh_request *q, char **scope,
		   struct sh_error *err);

#endif
