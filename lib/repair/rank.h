/* SPDX-License-Identifier: MIT */
/*
 * rank - which of several playbooks is tried first, by what came of them
 *
 * Of the newest SH_RANK_LESSONS repairs that ended before now, those of the same cause
 * (where the request has none, of the same type of fault) and the same type of target
 * speak for or against their playbook; one of which nobody knows whether it helped counts
 * for nothing. For each playbook
 *
 *	chance  = (1 + fixed) / (2 + fixed + not fixed), each with its weight (series/success.h)
 *	impact  = 1 + 0.1 × what the diagnosis says that the cause touches now, 2 at most
 *	benefit = chance × impact × severity: info 0.1, low 0.25, medium 0.5, high 0.75, critical 1
 *	risk    = low 0, medium 0.1, high 0.3
 *	cost    = 0.1 × the mean time that a repair took, in tens of minutes, 1 at most
 *	score   = benefit - risk - cost
 *
 * The order is the written one, but a playbook whose weights add to SH_RANK_ENOUGH goes
 * before one with as much that is written before it and scores less.
 */
#ifndef SH_REPAIR_RANK_H
#define SH_REPAIR_RANK_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "repair/repairer.h"
#include "repair/request.h"

#define SH_RANK_LESSONS 2000
#define SH_RANK_ENOUGH 4.0
#define SH_RANK_MOST 16 /* playbooks */

struct sh_ranked {
	const struct sh_playbook *book; /* borrowed */
	int64_t fixed, not_fixed, unknown;
	double fixed_weight, not_fixed_weight;
	double seconds; /* weighted sum of how long those took */
	double chance, impact, benefit, risk, cost, score;
};

/* Fill and order ITEM, whose books are set, in the written order; without a ledger it stays. */
int sh_rank(const struct sh_repairer *r, const struct sh_request *q, struct sh_ranked *item, size_t n,
	    struct sh_error *err);
/* [{"playbook","fixed","not_fixed","unknown","weight","chance","impact","benefit","risk","cost","score"}]. */
json_t *sh_rank_to_json(const struct sh_ranked *item, size_t n);

#endif
