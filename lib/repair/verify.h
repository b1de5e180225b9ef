/* SPDX-License-Identifier: MIT */
/*
 * verify - prove a repair by measuring again (DESIGN 6.5)
 *
 * Runs sh-collect --source from the compiled-in directory and evaluates the
 * plan's expression over the samples of the target: from 50 ms, doubling to
 * 500 ms and to the end of HOLD, until it has been true for HOLD or WITHIN has
 * passed. Unknown is never fixed.
 */
#ifndef SH_REPAIR_VERIFY_H
#define SH_REPAIR_VERIFY_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "record/plan.h"
#include "repair/repairer.h"

struct sh_proof {
	enum sh_verified verified;
	int64_t first_measured; /* wall time before the first measurement */
	int64_t measured_at;    /* of the last measurement */
	json_t *after;          /* values of the paths the expression and the evidence name; owned, NULL none */
	char *error;            /* why it is unknown; owned, NULL none */
};

/* PLAN without an entity: every sample counts. */
/* Fills *out (released by the caller). The plan has verify and source, else the answer is unknown. */
void sh_verify(const struct sh_repairer *r, const struct sh_plan *plan, int64_t hold,
	       int64_t within, struct sh_proof *out);
void sh_proof_release(struct sh_proof *p);

#endif
