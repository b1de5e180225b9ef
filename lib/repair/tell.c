/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/tell.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"

/* So far back a target's notes are searched for what was told before. */
#define MOST_NOTES 100

/* The first guard that did not pass, leaving out those that say how much is allowed; NULL: all did. */
static const struct sh_guard_answer *objection(const struct sh_plan *plan, bool but_modes)
{
	for (size_t i = 0; i < plan->guards; i++) {
		const struct sh_guard_answer *g = &plan->guard[i];

		if (g->answer != SH_ANSWER_PASS &&
		    !(but_modes && (!strcmp(g->guard, "mode") || !strcmp(g->guard, "approval"))))
			return g;
	}
	return NULL;
}

struct told {
	const char *about, *guard;
	bool found;
};

/* The newest word on this fault: whoever heard it need not hear it again. */
static int on_note(void *arg, int64_t time, const char *kind, const char *target,
		   const json_t *record)
{
	struct told *t = arg;

	(void)time;
	(void)target;
	if (strcmp(kind, "not_repaired") != 0 ||
	    strcmp(sh_json_str(record, "about", ""), t->about) != 0)
		return 0;
	t->found = !strcmp(sh_json_str(record, "guard", ""), t->guard);
	return 1;
}

/* "would" is what would have happened had the mode been to act. */
static json_t *note_of(const struct told *t, const struct sh_request *q, const struct sh_plan *plan)
{
	const struct sh_guard_answer *other = objection(plan, true);

	return json_pack("{s:s, s:s, s:s*, s:s, s:s, s:s*, s:s*, s:s*, s:s}", "about", t->about, "guard", t->guard,
			 "plan", plan->id, "text", plan->reason, "decision", plan->decision, "playbook",
			 plan->ladder ? plan->ladder : plan->playbook, "rule", q->rule_id, "fingerprint",
			 q->fingerprint, "would", !plan->guards ? "none" : other ? other->guard : "act");
}

/* Who has to see to it is told what the matter is. */
static void say_not_repaired(struct sh_runner *x, const struct sh_request *q, const char *about,
			     const struct sh_plan *plan)
{
	const json_t *cause = json_object_get(q->diagnosis, "merged_result");
	const char *title = plan->guards ? NULL : sh_json_str(cause, "title", NULL);

	sh_runner_notice(x, sh_severity_words[q->severity], about, "'%s' is not repaired: %s%s%s", q->target,
			 title ? title : "", title ? ": " : "", plan->reason);
}

void sh_tell_not_repaired(struct sh_runner *x, const struct sh_request *q, const struct sh_plan *plan,
			  enum sh_decision d)
{
	const struct sh_guard_answer *by = objection(plan, false);
	struct told t = { .about = q->fault_id ? q->fault_id : plan->id, .guard = by ? by->guard : "" };
	struct sh_error err = SH_ERROR_INIT;
	json_t *record;

	if (!t.about || (d != SH_DECIDE_OBSERVE && d != SH_DECIDE_REFUSE && d != SH_DECIDE_ASK &&
			 d != SH_DECIDE_CONFLICT && d != SH_DECIDE_NONE))
		return;
	sh_ledger_notes(x->r->ledger, 0, q->target, MOST_NOTES, on_note, &t, &err);
	if (t.found)
		return;
	record = note_of(&t, q, plan);
	sh_ledger_note(x->r->ledger, sh_clock_wall(), "not_repaired", q->target, record, &err);
	json_decref(record);
	if (d == SH_DECIDE_CONFLICT)
		return; /* nothing that a person is needed for */
	say_not_repaired(x, q, t.about, plan);
}

int sh_tell_question(struct sh_runner *x, const struct sh_plan *plan, struct sh_error *err)
{
	char waiting[] = "waiting";
	struct sh_approval a = { .plan_id = plan->id, .answer = waiting, .time = plan->time };
	int rc;

	if (!x->acts)
		return 0;
	a.plan = sh_plan_to_json(plan);
	rc = sh_ledger_approval_put(x->r->ledger, &a, err);
	json_decref(a.plan);
	return rc;
}

struct ending {
	const char *id; /* of the fault */
	int64_t time;
	int64_t told; /* when it was first said that nothing is done; 0 never */
	bool over;    /* that it is over was said since */
};

static int find_told(void *arg, int64_t time, const char *kind, const char *target, const json_t *record)
{
	struct ending *e = arg;

	(void)target;
	if (strcmp(sh_json_str(record, "about", ""), e->id) != 0)
		return 0;
	if (!strcmp(kind, "not_repaired"))
		e->told = time;
	e->over |= !strcmp(kind, "over");
	return 0;
}

/* The questions of a fault that is over, found and answered in one transaction: a person may be answering. */
struct questions {
	const struct ending *ending;
	struct sh_ledger *ledger;
	struct sh_error *err;
	int rc;
};

/* Nobody needs to answer any more. */
static int end_question(void *arg, const struct sh_approval *a)
{
	struct questions *q = arg;
	const struct ending *e = q->ending;
	char answer[] = "rejected", by[] = "sh-repair", why[] = "the fault was over by itself";
	struct sh_approval put = { .plan_id = a->plan_id, .answer = answer, .by = by, .reason = why, .time = e->time };

	if (!strcmp(sh_json_str(a->plan, "fault_id", ""), e->id))
		q->rc = sh_ledger_approval_put(q->ledger, &put, q->err);
	return q->rc;
}

static int end_questions(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	struct questions q = { .ending = arg, .ledger = l, .err = err };

	return sh_ledger_approvals(l, "waiting", end_question, &q, err) < 0 ? -1 : q.rc;
}

void sh_tell_over(const struct sh_repairer *r, const json_t *fault, int64_t time)
{
	struct ending e = { .id = sh_json_str(fault, "id", ""), .time = time };
	const char *target = sh_json_str(fault, "entity", "");
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *text = NULL;
	json_auto_t *record = NULL;

	if (!*e.id)
		return; /* what is asked for a task has no fault, and is not over with any */
	sh_ledger_together(r->ledger, end_questions, &e, &err);
	sh_ledger_notes(r->ledger, 0, target, MOST_NOTES, find_told, &e, &err);
	if (!e.told || e.over)
		return;
	text = sh_asprintf("'%s': %s is over", target, sh_json_str(fault, "fault_type", "its fault"));
	record = json_pack("{s:s, s:s}", "text", text, "about", e.id);
	sh_ledger_note(r->ledger, time, "over", target, record, &err);
}

void sh_tell_ended(const struct sh_repairer *r, const struct sh_plan *plan)
{
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *text = sh_asprintf("'%s' is not repaired: %s", plan->entity, plan->reason);
	json_auto_t *record = json_pack("{s:s, s:s*, s:s*}", "text", text, "about", plan->fault_id, "plan", plan->id);

	sh_ledger_note(r->ledger, sh_clock_wall(), !strcmp(plan->decision, "resolved") ? "over" : "conflict",
		       plan->entity, record, &err);
}
