/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger/explain.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "record/json.h"
#include "record/plan.h"

struct search {
	const char *id;
	json_t *record; /* owned */
	char outcome[32];
};

static int find_repair(void *arg, const struct sh_repair_row *r)
{
	struct search *s = arg;

	if (strcmp(r->plan_id, s->id) != 0)
		return 0;
	snprintf(s->outcome, sizeof(s->outcome), "%s", r->outcome ? r->outcome : "under way");
	s->record = json_incref(r->record);
	return 1;
}

static void add_cause(const struct sh_plan *p, struct sh_buf *out)
{
	sh_buf_addf(out, "Plan %s: %s on %s", p->id, p->playbook, p->entity);
	if (p->attempt > 1)
		sh_buf_addf(out, ", attempt %" PRId64, p->attempt);
	sh_buf_addstr(out, ".\n");
	if (p->fault_type)
		sh_buf_addf(out, "Because of %s", p->fault_type);
	if (p->fault_type && p->cause)
		sh_buf_addf(out, ", whose cause is %s with confidence %.2f", p->cause,
			    p->confidence);
	if (p->fault_type)
		sh_buf_addstr(out, ".\n");
}

/* What several playbooks were weighed by. */
static void add_ranking(const struct sh_plan *p, struct sh_buf *out)
{
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(p->extra, "ranking"), i, x) {
		double impact = sh_json_num(x, "impact", 1);
		char weighs[40];

		snprintf(weighs, sizeof(weighs), "impact %.1f, ", impact);
		sh_buf_addf(out, "Playbook %s fixed %" PRId64 " and did not fix %" PRId64
			    ": chance %.2f, %sbenefit %.3f - risk %.2f - cost %.3f = %.3f.\n",
			    sh_json_str(x, "playbook", "?"), sh_json_int(x, "fixed", 0),
			    sh_json_int(x, "not_fixed", 0), sh_json_num(x, "chance", 0), impact > 1 ? weighs : "",
			    sh_json_num(x, "benefit", 0), sh_json_num(x, "risk", 0), sh_json_num(x, "cost", 0),
			    sh_json_num(x, "score", 0));
	}
}

static void add_guards(const struct sh_plan *p, struct sh_buf *out)
{
	static const char *const word[] = {
		[SH_ANSWER_PASS] = "lets it pass",
		[SH_ANSWER_REFUSE] = "refuses",
		[SH_ANSWER_WAIT] = "says wait",
		[SH_ANSWER_SKIP] = "does not apply",
	};

	for (size_t i = 0; i < p->guards; i++) {
		const struct sh_guard_answer *g = &p->guard[i];

		sh_buf_addf(out, "Guard %s %s%s%s.\n", g->guard, word[g->answer],
			    g->reason ? ": " : "", g->reason ? g->reason : "");
	}
}

static void add_steps(const struct sh_plan *p, struct sh_buf *out)
{
	static const char *const word[] = {
		[SH_STEP_PLANNED] = "is planned",  [SH_STEP_SKIPPED] = "was skipped",
		[SH_STEP_DONE] = "was done",	   [SH_STEP_FAILED] = "failed",
		[SH_STEP_UNKNOWN] = "ended in a way that is not known",
		[SH_STEP_UNDONE] = "was undone",
	};

	for (size_t i = 0; i < p->steps; i++) {
		const struct sh_step_record *s = &p->step[i];
		const char *why = s->error ? s->error : s->reason;

		sh_buf_addf(out, "Step %s (%s) %s%s%s.\n", s->name, s->action, word[s->state],
			    why ? ": " : "", why ? why : "");
	}
}

static void add_answer(const struct sh_approval *a, struct sh_buf *out)
{
	char time[SH_TIME_TEXT];

	if (!a->answer || !strcmp(a->answer, "waiting")) {
		if (a->answer)
			sh_buf_addstr(out, "It waits for approval.\n");
		return;
	}
	sh_time_format(time, a->time);
	sh_buf_addf(out, "It was %s by %s at %.19sZ%s%s.\n", a->answer, a->by ? a->by : "?", time,
		    a->reason ? ": " : "", a->reason ? a->reason : "");
}

static int write_sentences(const struct search *s, const struct sh_approval *a, struct sh_buf *out,
			   struct sh_error *err)
{
	struct sh_plan p;

	sh_plan_init(&p);
	if (sh_plan_from_json(&p, s->record ? s->record : a->plan, err) < 0)
		return -1;
	add_cause(&p, out);
	add_ranking(&p, out);
	add_guards(&p, out);
	add_answer(a, out);
	if (p.reason)
		sh_buf_addf(out, "Decision: %s: %s.\n", p.decision ? p.decision : "none", p.reason);
	add_steps(&p, out);
	if (s->outcome[0])
		sh_buf_addf(out, "Outcome: %s%s%s.\n", s->outcome, p.error ? ": " : "",
			    p.error ? p.error : "");
	sh_plan_release(&p);
	return 0;
}

int sh_explain_plan(struct sh_ledger *l, const char *plan_id, struct sh_buf *out,
		    struct sh_error *err)
{
	struct sh_repair_query all = { 0 };
	struct search s = { .id = plan_id };
	struct sh_approval a = { 0 };
	int rc = sh_ledger_repairs(l, &all, find_repair, &s, err);

	if (rc == 0 && sh_ledger_approval_get(l, plan_id, &a, err) < 0)
		rc = -1;
	if (rc == 0 && !s.record && !a.plan)
		rc = sh_error_set(err, SH_ERRC_USAGE, "the ledger knows no plan '%s'", plan_id);
	if (rc == 0)
		rc = write_sentences(&s, &a, out, err);
	json_decref(s.record);
	sh_approval_release(&a);
	return rc;
}
