/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/settle.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "repair/call.h"
#include "repair/counts.h"
#include "repair/measure.h"
#include "repair/verify.h"

#define LOOK_AGAIN (20 * SH_MS)
#define TERM_GRACE (2 * SH_SEC)

struct settling {
	struct sh_runner *x;
	struct sh_plan *plan;
	bool any_effect; /* a step took effect, or may have */
	bool unknown;
};

static void add_target(struct sh_open_targets *o, const char *target)
{
	for (size_t i = 0; i < o->n; i++)
		if (!strcmp(o->target[i], target))
			return;
	sh_grow(o->target, o->n, o->cap);
	o->target[o->n++] = sh_strdup(target);
}

static int collect_repair(void *arg, const struct sh_repair_row *row)
{
	add_target(arg, row->target);
	return 0;
}

static int collect_intent(void *arg, const struct sh_intent *i)
{
	add_target(arg, i->target);
	return 0;
}

int sh_settle_find(struct sh_ledger *l, struct sh_open_targets *out, struct sh_error *err)
{
	const struct sh_repair_query query = { .open_only = true };

	memset(out, 0, sizeof(*out));
	if (sh_ledger_repairs(l, &query, collect_repair, out, err) < 0)
		return -1;
	return sh_ledger_intents(l, 0, true, collect_intent, out, err);
}

void sh_settle_release(struct sh_open_targets *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->target[i]);
	free(o->target);
	memset(o, 0, sizeof(*o));
}

static void signal_group(const struct sh_process_id *id, int sig)
{
	/* Identity just before the signal: a recycled pid is never hit. */
	if (sh_process_is_alive(id))
		kill(-id->pid, sig);
}

/*
 * A still-running action is awaited to its deadline, then ended. Its group may
 * outlive its leader: what it left there still acts, and is awaited too, but
 * without the leader nobody can be sure whose group it is, so it gets no signal.
 * Returns whether nothing of it is left.
 */
static bool await(const struct sh_intent *i)
{
	int64_t killed = 0;

	for (;;) {
		int64_t now = sh_clock_wall();
		bool leader = sh_process_is_alive(&i->process);

		if (!leader && !sh_process_group_is_alive(&i->process))
			return true;
		if (!leader && now >= i->deadline + 2 * TERM_GRACE)
			return false;
		if (now >= i->deadline && !killed) {
			signal_group(&i->process, SIGTERM);
			signal_group(&i->process, SIGCONT);
			killed = now;
		} else if (killed && now - killed >= TERM_GRACE) {
			signal_group(&i->process, SIGKILL);
		}
		sh_clock_sleep(LOOK_AGAIN);
	}
}

/* "NAME VERB" as call.c wrote it. */
static char *action_name(const char *action, const char **verb)
{
	char *name = sh_strdup(action);
	char *space = strchr(name, ' ');

	*verb = space ? action + (space - name) + 1 : "run";
	if (space)
		*space = '\0';
	return name;
}

static const char *ask_check(struct settling *s, const struct sh_intent *i)
{
	struct sh_error err = SH_ERROR_INIT;
	const char *verb;
	SH_CLEANUP_FREE char *name = action_name(i->action, &verb);
	const struct sh_descriptor *d = sh_actions_find(s->x->r->actions, name, &err);
	struct sh_action_request q = { .action = d,
				       .parameters = i->parameters,
				       .target = i->target,
				       .plan = s->plan->id,
				       .step = i->step,
				       .started = i->started };

	/* check speaks of a run; whether an undo was finished it cannot say. */
	if (!d || strcmp(verb, "run") != 0)
		return "unknown";
	q.timeout = d->timeout;
	return sh_action_check(s->x->r, &q);
}

/* One item of a step has no record in the plan that was begun. */
static void note_item(struct sh_plan *plan, const struct sh_intent *i)
{
	size_t len = strcspn(i->step, "["), at = 0;

	for (size_t n = 0; n < plan->steps; n++) {
		if (!strcmp(plan->step[n].name, i->step))
			return;
		if (!strncmp(plan->step[n].name, i->step, len))
			at = n + 1;
	}
	if (!i->step[len] || !at)
		return;
	sh_plan_insert_steps(plan, at, 1);
	plan->step[at].name = sh_strdup(i->step);
	plan->step[at].action = sh_strndup(i->action, strcspn(i->action, " "));
	plan->step[at].parameters = json_incref(i->parameters);
}

static void note_step(struct sh_plan *plan, const struct sh_intent *i, const char *state)
{
	note_item(plan, i);
	for (size_t n = 0; n < plan->steps; n++) {
		struct sh_step_record *s = &plan->step[n];

		if (strcmp(s->name, i->step) != 0)
			continue;
		s->state = !strcmp(state, "done")     ? SH_STEP_DONE :
			   !strcmp(state, "not_done") ? SH_STEP_FAILED :
			   !strcmp(state, "failed")   ? SH_STEP_FAILED :
							SH_STEP_UNKNOWN;
		s->started = i->started;
		s->tries = i->try_number;
		free(s->error);
		s->error = s->state == SH_STEP_DONE ? NULL : sh_asprintf("interrupted: %s", state);
		json_decref(s->output);
		s->output = json_incref(i->output);
	}
}

static int settle_intent(void *arg, const struct sh_intent *i)
{
	struct settling *s = arg;
	struct sh_error err = SH_ERROR_INIT;
	const char *state = i->state;

	if (!strcmp(i->state, "open")) {
		state = await(i) ? ask_check(s, i) : "unknown";
		if (sh_ledger_intent_settle(s->x->r->ledger, i->row, state, NULL, &err) < 0)
			state = "unknown";
	}
	s->any_effect |= strcmp(state, "not_done") != 0;
	s->unknown |= !strcmp(state, "unknown");
	note_step(s->plan, i, state);
	return 0;
}

static bool all_done(const struct sh_plan *p)
{
	for (size_t i = 0; i < p->steps; i++)
		if (p->step[i].state != SH_STEP_DONE && p->step[i].state != SH_STEP_SKIPPED)
			return false;
	return true;
}

static const char *conclude(struct settling *s)
{
	struct sh_runner *x = s->x;
	struct sh_plan *plan = s->plan;
	const struct sh_playbook *book = sh_playbooks_find(x->r->playbooks, plan->playbook);
	struct sh_proof proof = { 0 };
	const char *outcome = "interrupted";

	if (!s->any_effect)
		return "not_begun";
	if (plan->fault_id) {
		sh_verify(x->r, plan, book ? book->hold : 500 * SH_MS,
			  book ? book->within : 10 * SH_SEC, &proof);
		sh_measure(plan, &proof);
		plan->success = proof.verified == SH_VERIFIED_FIXED;
		sh_proof_release(&proof);
	} else {
		sh_measure(plan, NULL);
		plan->success = all_done(plan);
	}
	if (plan->success)
		outcome = plan->fault_id ? "fixed" : "done";
	else
		plan->error = sh_strdup("the repair was interrupted");
	return outcome;
}

struct ended {
	const struct settling *s;
	const char *outcome;
	const json_t *record;
	int64_t row;
};

/* The end and what it counts for, both or neither. */
static int store_end(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct ended *e = arg;
	const struct sh_plan *plan = e->s->plan;

	if (sh_ledger_repair_finish(l, e->row, plan->ended, e->outcome, e->record, err) < 0)
		return -1;
	return e->s->any_effect ? sh_counts_end(e->s->x->r, plan, err) :
				  sh_counts_withdraw(e->s->x->r, plan, err);
}

static int settle_row(struct settling *s, int64_t row, struct sh_error *err)
{
	struct sh_runner *x = s->x;
	struct sh_plan *plan = s->plan;
	struct ended e = { .s = s, .row = row };
	json_t *record;
	int rc;

	if (sh_ledger_intents(x->r->ledger, row, false, settle_intent, s, err) < 0)
		return -1;
	plan->is_repair = true;
	e.outcome = conclude(s);
	plan->ended = sh_clock_wall();
	if (!strcmp(e.outcome, "not_begun"))
		plan->error = sh_strdup("interrupted before anything was done");
	/* Before the end is stored: a kill in between settles, and holds, once more. */
	if (s->unknown)
		sh_runner_hold(x, plan);
	record = sh_plan_to_json(plan);
	e.record = record;
	rc = sh_ledger_together(x->r->ledger, store_end, &e, err);
	json_decref(record);
	sh_counts_proved(x->r, plan);
	if (s->any_effect)
		x->bits |= sh_outcome_of(plan);
	sh_runner_emit(x, plan);
	return rc;
}

struct open_rows {
	struct row {
		int64_t row;
		json_t *record;
	} *row;
	size_t n, cap;
};

static int keep_row(void *arg, const struct sh_repair_row *r)
{
	struct open_rows *o = arg;

	sh_grow(o->row, o->n, o->cap);
	o->row[o->n++] = (struct row){ r->row, json_incref(r->record) };
	return 0;
}

static int settle_repair(struct sh_runner *x, const struct row *r, struct sh_error *err)
{
	struct sh_plan plan;
	struct settling s = { .x = x, .plan = &plan };
	int rc;

	if (sh_plan_from_json(&plan, r->record, err) < 0)
		return -1;
	rc = settle_row(&s, r->row, err);
	sh_plan_release(&plan);
	return rc;
}

struct orphans {
	struct sh_runner *x;
	const char *target;
};

/* Of a repair that ended: nothing to prove any more, but somebody must know. */
static int settle_orphan(void *arg, const struct sh_intent *i)
{
	struct orphans *o = arg;
	struct sh_plan plan;
	struct settling s = { .x = o->x, .plan = &plan };

	if (strcmp(i->target, o->target) != 0)
		return 0;
	sh_plan_init(&plan);
	plan.entity = sh_strdup(i->target);
	plan.id = sh_strdup("");
	settle_intent(&s, i);
	if (s.unknown)
		sh_runner_hold(o->x, &plan);
	sh_plan_release(&plan);
	return 0;
}

int sh_settle_held(struct sh_runner *x, const char *target, struct sh_error *err)
{
	const struct sh_repair_query query = { .target = target, .open_only = true };
	struct orphans left = { .x = x, .target = target };
	struct open_rows open = { 0 };
	int rc = sh_ledger_repairs(x->r->ledger, &query, keep_row, &open, err);

	/* Newest first in the ledger; they are settled in the order they were begun. */
	for (size_t i = open.n; i-- > 0;) {
		if (rc == 0)
			rc = settle_repair(x, &open.row[i], err);
		json_decref(open.row[i].record);
	}
	free(open.row);
	return rc < 0 ? -1 : sh_ledger_intents(x->r->ledger, 0, true, settle_orphan, &left, err);
}

int sh_settle(struct sh_runner *x, const char *target, struct sh_error *err)
{
	SH_CLEANUP_FD int lock = sh_runner_lock(x, target, err);

	/* Whoever had the lock may have finished it. */
	return lock < 0 ? -1 : sh_settle_held(x, target, err);
}
