/* SPDX-License-Identifier: MIT */
/* measure - by how much a repair helped, from what its actions and its proof say */
#ifndef SH_REPAIR_MEASURE_H
#define SH_REPAIR_MEASURE_H

#include "record/plan.h"
#include "repair/verify.h"

/*
 * Set verified, verified_at, measured (before from the evidence, after from the
 * proof), freed_space_bytes and unlinked_bytes (sums of the steps' outputs) and
 * performance_improvement (percent by which the worst latency fell). What was
 * not measured stays absent.
 */
void sh_measure(struct sh_plan *repair, const struct sh_proof *proof);

#endif
