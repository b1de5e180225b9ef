/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/rehearsal.h"

#include "repair/counts.h"
#include "repair/planner.h"

struct pretended {
	struct sh_runner *x;
	const struct sh_plan *plan;
	const json_t *record;
};

static int pretend(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct pretended *p = arg;
	const struct sh_plan *plan = p->plan;
	const struct sh_repair_row row = { .plan_id = plan->id,
					   .target = plan->entity,
					   .playbook = plan->playbook,
					   .fingerprint = plan->fingerprint,
					   .fault_id = plan->fault_id,
					   .attempt = plan->attempt,
					   .started = plan->started,
					   .record = (json_t *)(uintptr_t)p->record };
	int64_t number;

	if (sh_ledger_repair_begin(l, &row, &number, err) < 0 || sh_counts_begin(p->x->r, plan, 0, err) < 0 ||
	    sh_ledger_repair_finish(l, number, plan->ended, "fixed", NULL, err) < 0)
		return -1;
	return sh_counts_end(p->x->r, plan, err);
}

int sh_rehearse(struct sh_runner *x, const struct sh_request *q, struct sh_error *err)
{
	struct sh_plan plan;
	int rc = sh_runner_ask(x, q, &plan, err);

	if (rc == 1) {
		json_auto_t *record = sh_plan_to_json(&plan);
		struct pretended p = { .x = x, .plan = &plan, .record = record };

		sh_runner_emit(x, &plan);
		plan.started = plan.ended = plan.verified_at = sh_repairer_now(x->r);
		plan.success = true;
		plan.verified = SH_VERIFIED_FIXED;
		rc = sh_ledger_together(x->r->ledger, pretend, &p, err);
		sh_counts_proved(x->r, &plan);
	}
	sh_plan_release(&plan);
	return rc < 0 ? -1 : 0;
}
