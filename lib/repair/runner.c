/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/runner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "record/json.h"
#include "record/sample.h"
#include "repair/counts.h"
#include "repair/halt.h"
#include "repair/ladder.h"
#include "repair/measure.h"
#include "repair/mode.h"
#include "repair/planner.h"
#include "repair/recheck.h"
#include "repair/settle.h"
#include "repair/storm.h"
#include "repair/tell.h"
#include "repair/vantage.h"
#include "repair/verify.h"
#include "repair/workflow.h"

#define MOST_RUNGS 5
/* How long to wait for another repair of the same target to end. */
#define LOCK_WAIT (15 * SH_MIN)
#define LOCK_LOOK (500 * SH_MS)
/* No entity: whoever has its lock decides. */
#define DECISION "decision"

void sh_runner_emit(struct sh_runner *x, const struct sh_plan *plan)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_plan_write(plan, &line);
	x->emit(x->arg, line.data, line.len);
}

void sh_runner_notice(struct sh_runner *x, const char *severity, const char *about,
		      const char *fmt, ...)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sh_notice_write(&line, x->r->host, sh_repairer_now(x->r), severity, text, about);
	x->emit(x->arg, line.data, line.len);
}

unsigned sh_outcome_of(const struct sh_plan *p)
{
	if (p->undone)
		return SH_OUTCOME_ROLLED_BACK;
	if (!p->success)
		return p->verified == SH_VERIFIED_NOT_FIXED || p->verified == SH_VERIFIED_UNKNOWN ?
			       SH_OUTCOME_UNVERIFIED :
			       SH_OUTCOME_FAILED;
	return 0;
}

static unsigned bits_of(enum sh_decision d)
{
	return d == SH_DECIDE_REFUSE ? SH_OUTCOME_REFUSED :
	       d == SH_DECIDE_ASK    ? SH_OUTCOME_WAITING :
				       0;
}

/* No playbook for a fault: a record that says so. */
static void report_none(struct sh_runner *x, struct sh_plan *plan)
{
	plan->is_repair = true;
	plan->error = sh_strdup(plan->reason);
	sh_runner_emit(x, plan);
	x->bits |= SH_OUTCOME_FAILED;
}

/* Whoever is on call is told of the brake once, when it goes on. */
static int watch_for_storm(struct sh_runner *x, const struct sh_request *q, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = NULL;

	if (sh_storm_watch(x->r, q, &scope, err) < 0)
		return -1;
	if (scope)
		sh_runner_notice(x, "critical", scope, "too many repairs: the brake '%s' is on until it is reset",
				 scope);
	return 0;
}

/* Plan and ask. Returns 1 to act, 0 when the answer was emitted, -1. */
static int plan_and_ask(struct sh_runner *x, const struct sh_request *q, struct sh_plan *plan,
		  const struct sh_playbook **book, struct sh_error *err)
{
	enum sh_decision d;

	if (sh_plan_make(x->r, q, plan, book, err) < 0)
		return -1;
	if (!*book) {
		report_none(x, plan);
		if (x->acts)
			sh_tell_not_repaired(x, q, plan, SH_DECIDE_NONE);
		return 0;
	}
	if (x->acts && (sh_vantage_watch(x->r, err) < 0 || watch_for_storm(x, q, err) < 0 ||
			sh_mode_pin(x->r, q->rule_id, plan->playbook, plan->ladder, err) < 0))
		return -1;
	if (sh_guards_ask(x->r, q, *book, plan, &d, err) < 0)
		return -1;
	if (d == SH_DECIDE_ACT)
		return 1;
	x->bits |= bits_of(d);
	sh_runner_emit(x, plan);
	if (x->acts)
		sh_tell_not_repaired(x, q, plan, d);
	if (d == SH_DECIDE_ASK && sh_tell_question(x, plan, err) < 0)
		return -1;
	return 0;
}

int sh_runner_ask(struct sh_runner *x, const struct sh_request *q, struct sh_plan *plan, struct sh_error *err)
{
	const struct sh_playbook *book;

	sh_plan_init(plan);
	return plan_and_ask(x, q, plan, &book, err);
}

int sh_runner_plan(struct sh_runner *x, const struct sh_request *q, struct sh_error *err)
{
	const struct sh_playbook *book;
	struct sh_plan plan;
	int rc = plan_and_ask(x, q, &plan, &book, err);

	if (rc == 1)
		sh_runner_emit(x, &plan);
	sh_plan_release(&plan);
	return rc < 0 ? -1 : 0;
}

/* The repair and its attempt are counted together or not at all. */
struct begun {
	struct sh_runner *x;
	int rung;
	const struct sh_plan *plan;
	const struct sh_repair_row *row;
	int64_t *number;
};

static int store_begin(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct begun *b = arg;

	if (sh_ledger_repair_begin(l, b->row, b->number, err) < 0)
		return -1;
	return sh_counts_begin(b->x->r, b->plan, b->rung, err);
}

static int begin(struct sh_runner *x, const struct sh_plan *plan, int rung, int64_t *row,
		 struct sh_error *err)
{
	struct sh_repair_row begun = { .plan_id = plan->id,
				       .target = plan->entity,
				       .playbook = plan->playbook,
				       .fingerprint = plan->fingerprint,
				       .fault_id = plan->fault_id,
				       .attempt = plan->attempt,
				       .started = plan->started,
				       .record = sh_plan_to_json(plan) };
	struct begun b = { .x = x, .rung = rung, .plan = plan, .row = &begun, .number = row };
	int rc = sh_ledger_together(x->r->ledger, store_begin, &b, err);

	json_decref(begun.record);
	return rc;
}

static const char *outcome_word(const struct sh_plan *p)
{
	if (p->undone)
		return "rolled_back";
	/* It is over, but not to the playbook's credit. */
	if (p->success && p->decision && !strcmp(p->decision, "resolved"))
		return "done";
	switch (p->verified) {
	case SH_VERIFIED_FIXED:
		return "fixed";
	case SH_VERIFIED_NOT_FIXED:
		return "not_fixed";
	case SH_VERIFIED_UNKNOWN:
		return "unknown";
	case SH_VERIFIED_NONE:
		break;
	}
	return p->success ? "done" : "failed";
}

struct ended {
	struct sh_runner *x;
	const struct sh_plan *plan;
	const json_t *record;
	int64_t row;
};

static int store_end(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct ended *e = arg;

	if (sh_ledger_repair_finish(l, e->row, e->plan->ended, outcome_word(e->plan), e->record,
				    err) < 0)
		return -1;
	return sh_counts_end(e->x->r, e->plan, err);
}

static int finish(struct sh_runner *x, struct sh_plan *plan, int64_t row, struct sh_error *err)
{
	struct sh_error later = SH_ERROR_INIT;
	struct ended e = { .x = x, .plan = plan, .row = row };
	json_t *record;
	int rc;

	plan->ended = sh_clock_wall();
	record = sh_plan_to_json(plan);
	e.record = record;
	rc = sh_ledger_together(x->r->ledger, store_end, &e, err);
	json_decref(record);
	sh_counts_proved(x->r, plan);
	/* Space may be back now; if not, the next repair tries again. */
	sh_ledger_remake_reserve(x->r->ledger, &later);
	x->bits |= sh_outcome_of(plan);
	sh_runner_emit(x, plan);
	return rc;
}

static void first_failure(struct sh_plan *plan)
{
	for (size_t i = 0; i < plan->steps && !plan->error; i++)
		if (plan->step[i].error && plan->step[i].state != SH_STEP_DONE)
			plan->error = sh_asprintf("step '%s': %s", plan->step[i].name,
						  plan->step[i].error);
}

/* A task has nothing to prove but its steps; a fault is fixed only when it is measured to be. */
static void prove(struct sh_runner *x, const struct sh_playbook *book, struct sh_plan *plan,
		  struct sh_proof *proof)
{
	if (!plan->verify && !plan->fault_id) {
		plan->success = true;
		sh_measure(plan, NULL);
		return;
	}
	sh_verify(x->r, plan, book->hold, book->within, proof);
	sh_measure(plan, proof);
	plan->success = proof->verified == SH_VERIFIED_FIXED;
	if (!plan->success && !plan->error)
		plan->error = proof->error ? sh_strdup(proof->error) :
					     sh_strdup("it is still so after the repair");
}

/* A step failed: before the next rung somebody has to see whether it is still needed. */
static void look_again(struct sh_runner *x, const struct sh_playbook *book, struct sh_plan *plan,
		       struct sh_proof *proof)
{
	if ((book->next || plan->ladder) && plan->verify && !sh_halt_asked())
		sh_verify(x->r, plan, 0, 0, proof);
	sh_measure(plan, NULL);
}

void sh_runner_hold(struct sh_runner *x, const struct sh_plan *plan)
{
	struct sh_error err = SH_ERROR_INIT;
	char kind[] = "hold", by[] = "sh-repair";
	char why[] = "nobody can say whether an action took effect";
	struct sh_pause p = { .scope = plan->entity,
			      .kind = kind,
			      .by = by,
			      .reason = why,
			      .since = sh_clock_wall() };

	if (sh_ledger_pause_add(x->r->ledger, &p, NULL, &err) < 0)
		sh_runner_notice(x, "critical", plan->id, "'%s' cannot be held, though %s: %s", plan->entity, why,
				 err.text);
	else
		sh_runner_notice(x, "critical", plan->id,
				 "'%s' is held: %s; look, then: sh-ledger resume '%s'", plan->entity, why,
				 plan->entity);
}

static int stop_at_first(void *arg, const struct sh_intent *i)
{
	(void)i;
	*(bool *)arg = true;
	return 1;
}

static bool has_open_intent(struct sh_runner *x, int64_t repair)
{
	struct sh_error err = SH_ERROR_INIT;
	bool open = false;

	return sh_ledger_intents(x->r->ledger, repair, true, stop_at_first, &open, &err) < 0 ||
	       open;
}

/* Alone on this host, for guards count what others do. Returns 1 to act, 0 when the answer was emitted, -1. */
static int ask_alone(struct sh_runner *x, const struct sh_request *q, struct sh_plan *plan,
		     const struct sh_playbook **book, int *alone, struct sh_error *err)
{
	*alone = sh_ledger_lock_target(x->r->ledger, DECISION, LOCK_WAIT, err);
	return *alone < 0 ? -1 : plan_and_ask(x, q, plan, book, err);
}

static void set_decision(struct sh_plan *plan, const char *decision, const char *reason)
{
	free(plan->decision);
	free(plan->reason);
	plan->decision = sh_strdup(decision);
	plan->reason = sh_strdup(reason);
}

int sh_runner_end(struct sh_runner *x, const struct sh_request *q, const char *decision, const char *reason,
		  struct sh_error *err)
{
	const struct sh_playbook *book;
	struct sh_plan plan;
	int rc = sh_plan_make(x->r, q, &plan, &book, err);

	set_decision(&plan, decision, reason);
	if (rc == 0) {
		sh_runner_emit(x, &plan);
		sh_tell_ended(x->r, &plan);
	}
	sh_plan_release(&plan);
	return rc;
}

/* It was over before its turn came: the plan ends here, and nothing was counted. */
static void end_resolved(struct sh_runner *x, struct sh_plan *plan, json_t *recheck)
{
	set_decision(plan, "resolved", "it was over by itself before anything was done");
	if (!plan->extra)
		plan->extra = json_object();
	json_object_set_new(plan->extra, "recheck", recheck);
	plan->verified = SH_VERIFIED_FIXED;
	plan->verified_at = sh_clock_wall();
	sh_counts_proved(x->r, plan);
	sh_tell_ended(x->r, plan);
	sh_runner_emit(x, plan);
}

/*
 * Is there anything to be done, and is it still needed? That is measured while others
 * may decide. Returns as ask_alone; *RECHECK is what was measured, NULL nothing.
 */
static int look_first(struct sh_runner *x, const struct sh_request *q, json_t **recheck, struct sh_error *err)
{
	const struct sh_playbook *book;
	struct sh_plan plan;
	int alone, rc;

	sh_plan_init(&plan);
	rc = ask_alone(x, q, &plan, &book, &alone, err);
	if (alone >= 0)
		close(alone);
	if (rc == 1)
		*recheck = sh_recheck(x->r, book, &plan);
	if (rc == 1 && sh_recheck_is_gone(*recheck)) {
		end_resolved(x, &plan, *recheck);
		*recheck = NULL;
		rc = 0;
	}
	sh_plan_release(&plan);
	return rc;
}

/*
 * Plan, ask, and where nothing stands in the way begin, before anybody else of this
 * host decides. Returns 1 when the repair ROW was begun, 0 when the answer was emitted, -1.
 */
static int decide(struct sh_runner *x, const struct sh_request *q, struct sh_plan *plan,
		  const struct sh_playbook **book, int64_t *row, struct sh_error *err)
{
	json_auto_t *recheck = NULL;
	SH_CLEANUP_FD int alone = -1;
	int rc = 1;

	sh_plan_init(plan);
	/* Further rungs have the proof of the one before. */
	if (!q->rung && q->fault_id)
		rc = look_first(x, q, &recheck, err);
	if (rc == 1)
		rc = ask_alone(x, q, plan, book, &alone, err);
	if (rc < 1)
		return rc;
	if (recheck && !plan->extra)
		plan->extra = json_object();
	if (recheck)
		json_object_set(plan->extra, "recheck", recheck);
	plan->is_repair = true;
	plan->started = sh_clock_wall();
	return begin(x, plan, q->rung, row, err) < 0 ? -1 : 1;
}

/* Which playbook comes next when this one did not help: the record has it before anything is done. */
static void set_next(struct sh_runner *x, const struct sh_playbook *book, struct sh_plan *plan,
		     struct sh_error *err)
{
	const char *next = book->next;
	enum sh_ladder_way way;

	if (sh_ladder_next(x->r, plan, &way, &next, err) == 0 && way != SH_LADDER_STAYS && way != SH_LADDER_USED_UP)
		plan->next = sh_strdup_or_null(next);
}

/* Act and prove. The plan becomes the repair REPAIR. */
static int act(struct sh_runner *x, const struct sh_request *q, const struct sh_playbook *book,
	       int64_t repair, struct sh_plan *plan, struct sh_proof *proof, struct sh_error *err)
{
	struct sh_workflow w = { .r = x->r, .q = q, .book = book, .plan = plan, .repair = repair };
	struct sh_error trouble = SH_ERROR_INIT;
	int rc;

	rc = sh_workflow_run(&w, err);
	if (!w.failed || w.over)
		prove(x, book, plan, proof);
	else
		look_again(x, book, plan, proof);
	if (w.over && plan->success)
		set_decision(plan, "resolved", "it was over before all was done");
	else
		first_failure(plan);
	if ((w.failed && !w.over) || plan->verified == SH_VERIFIED_NOT_FIXED)
		plan->undone = sh_workflow_undo(&w, &trouble);
	if (w.uncertain)
		sh_runner_hold(x, plan);
	if (!plan->success)
		set_next(x, book, plan, &trouble);
	/* What could not be settled is left to the next run, which asks the action itself. */
	if (rc < 0 && has_open_intent(x, w.repair))
		sh_runner_notice(x, "critical", plan->id, "the repair of '%s' is not settled: %s",
				 plan->entity, err->text);
	else if (finish(x, plan, w.repair, err) < 0)
		rc = -1;
	sh_workflow_release(&w);
	return rc;
}

/* The proof that it did not help is the evidence for the next rung. */
static bool climb(struct sh_runner *x, struct sh_request *q, const struct sh_plan *plan,
		  const struct sh_proof *proof)
{
	struct sh_error trouble = SH_ERROR_INIT;
	const char *next = NULL;
	enum sh_ladder_way way;

	if (plan->success || proof->verified == SH_VERIFIED_FIXED)
		return false;
	if (sh_ladder_next(x->r, plan, &way, &next, &trouble) == 0 && way == SH_LADDER_STAYS)
		return false; /* it will be tried again, after its cooldown */
	if (sh_halt_asked())
		return false; /* the record says so */
	/* A stronger action needs to know that the weaker one did not help. */
	if (!plan->next || (plan->fault_id && proof->verified != SH_VERIFIED_NOT_FIXED) ||
	    (++q->rung >= MOST_RUNGS && !plan->ladder)) {
		sh_runner_notice(x, sh_severity_words[q->severity],
				 q->fault_id ? q->fault_id : plan->id,
				 "%s of '%s' was not repaired by '%s': %s",
				 q->fault_type ? q->fault_type : "task", q->target, plan->playbook,
				 plan->error ? plan->error : "it is still so");
		return false;
	}
	free(q->playbook);
	q->playbook = sh_strdup(plan->next);
	free(q->ladder);
	q->ladder = sh_strdup_or_null(plan->ladder);
	free(q->plan_id);
	q->plan_id = NULL;
	if (proof->measured_at) {
		q->evidence.since = plan->ended + 1;
		q->evidence.until = plan->ended + 1;
	}
	return true;
}

static int apply_rung(struct sh_runner *x, struct sh_request *q, bool *again, struct sh_error *err)
{
	struct sh_proof proof = { 0 };
	const struct sh_playbook *book;
	struct sh_plan plan;
	int64_t repair = 0;
	int rc = decide(x, q, &plan, &book, &repair, err);

	*again = false;
	if (rc == 1) {
		rc = act(x, q, book, repair, &plan, &proof, err);
		if (rc == 0)
			*again = climb(x, q, &plan, &proof);
	}
	sh_proof_release(&proof);
	sh_plan_release(&plan);
	return rc < 0 ? -1 : 0;
}

int sh_runner_lock(struct sh_runner *x, const char *target, struct sh_error *err)
{
	int64_t end = sh_clock_mono() + LOCK_WAIT;

	for (;;) {
		int64_t left = end - sh_clock_mono();
		int fd = sh_ledger_lock_target(x->r->ledger, target, left < LOCK_LOOK ? left : LOCK_LOOK, err);

		if (fd >= 0 || err->code != SH_ERRC_LOCKED || left <= LOCK_LOOK)
			return fd;
		sh_error_clear(err);
		if (sh_halt_asked())
			return sh_error_set(err, SH_ERRC_LOCKED, "sh-repair was told to end while '%s' was being "
					    "repaired by another", target);
	}
}

int sh_runner_apply(struct sh_runner *x, struct sh_request *q, struct sh_error *err)
{
	SH_CLEANUP_FD int lock = sh_runner_lock(x, q->target, err);
	bool again = true;

	if (lock < 0)
		return -1;
	/* What an earlier run left open is settled before anything new is begun on it. */
	if (sh_settle_held(x, q->target, err) < 0)
		return -1;
	while (again)
		if (apply_rung(x, q, &again, err) < 0)
			return -1;
	return 0;
}
