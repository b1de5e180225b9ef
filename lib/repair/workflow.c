/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/workflow.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"
#include "repair/branch.h"
#include "repair/guard.h"
#include "repair/halt.h"
#include "repair/turn.h"
#include "repair/verify.h"

static struct sh_turn turn_of(struct sh_workflow *w, size_t record)
{
	return (struct sh_turn){ .r = w->r, .w = w, .step = w->step_of[record], .record = &w->plan->step[record] };
}

/* What a record that has ended means for the workflow. */
static void take_result(struct sh_workflow *w, size_t record)
{
	struct sh_step_record *s = &w->plan->step[record];

	if (s->state == SH_STEP_DONE)
		s->order = ++w->done;
	if (s->state == SH_STEP_UNKNOWN)
		w->uncertain = true;
	if (s->decision && !strcmp(s->decision, "resolved"))
		w->over = w->failed = true;
	if (s->state != SH_STEP_DONE && s->state != SH_STEP_SKIPPED && w->step_of[record]->fail_on_error)
		w->failed = true;
}

static void keep_output(struct sh_workflow *w, const char *name, json_t *output)
{
	if (!output)
		return;
	json_object_set_new(w->steps, name, json_pack("{s:O}", "output", output));
	json_decref(w->output);
	w->output = json_incref(output);
}

/* Asked before each step and each batch, not only when the repair began. */
static bool is_stopped(struct sh_workflow *w, size_t record)
{
	struct sh_step_record *s = &w->plan->step[record];
	SH_CLEANUP_FREE char *reason = sh_guards_stop(w->r);

	if (!reason && sh_halt_asked()) {
		w->halted = true;
		reason = sh_strdup("sh-repair was told to end");
	}
	if (!reason)
		return false;
	sh_step_fail(s, reason);
	sh_step_decide(s, "stopped", reason);
	w->failed = true;
	return true;
}

/* Turns at the same time: those of the records from FIRST on. */
struct together {
	struct sh_workflow *w;
	size_t first;
	const json_t *items; /* NULL: they are no items */
	size_t item;         /* the number of the first */
	int rc;
	struct sh_error err;
};

/* One turn, in whatever process that is. */
static int run_turn(const struct together *g, size_t i, struct sh_error *err)
{
	struct sh_turn t = turn_of(g->w, g->first + i);
	json_auto_t *index = g->items ? json_integer((json_int_t)(g->item + i)) : NULL;

	t.item = g->items ? json_array_get(g->items, g->item + i) : NULL;
	t.index = index;
	if ((!g->items || sh_expr_reads(t.step->when, "item") || sh_expr_reads(t.step->when, "index")) &&
	    sh_turn_wanted(&t) != SH_TRUE) {
		t.record->state = SH_STEP_SKIPPED;
		return 0;
	}
	return sh_turn_run(&t, err);
}

/* In a branch, with a ledger of its own. */
static void run_branch(void *arg, size_t i, struct sh_buf *out)
{
	struct together g = *(const struct together *)arg;
	struct sh_workflow w = *g.w;
	struct sh_repairer r = *w.r;
	struct sh_error err = SH_ERROR_INIT;
	json_t *said;
	int rc = sh_ledger_open(&r.ledger, r.state_dir, &err);

	w.r = &r;
	g.w = &w;
	if (rc == 0)
		rc = run_turn(&g, i, &err);
	else
		sh_step_fail(&w.plan->step[g.first + i], err.text);
	said = json_pack("{s:o,s:s*}", "record", sh_step_record_to_json(&w.plan->step[g.first + i]), "error",
			 rc < 0 ? err.text : NULL);
	sh_json_dump(out, said);
	json_decref(said);
	sh_ledger_close(r.ledger);
}

static void branch_ended(void *arg, size_t i, const struct sh_buf *said)
{
	struct together *g = arg;
	struct sh_step_record *s = &g->w->plan->step[g->first + i], heard;
	struct sh_error err = SH_ERROR_INIT;
	json_auto_t *all = sh_json_parse(said->len ? said->data : "", said->len, &err);
	const char *error = sh_json_str(all, "error", NULL);

	if (all && sh_step_record_from_json(&heard, json_object_get(all, "record"), &err) == 0) {
		sh_step_record_release(s);
		*s = heard;
	} else {
		sh_step_fail(s, "the process of this step died");
		error = s->error;
	}
	if (error && g->rc == 0)
		g->rc = sh_error_set(&g->err, SH_ERRC_STATE, "%s", error);
	take_result(g->w, g->first + i);
}

/* The branches have ended whatever comes back. What was not begun stays planned. */
static int run_branches(struct together *g, size_t n, struct sh_error *err)
{
	const struct sh_branches b = { .n = n, .run = run_branch, .ended = branch_ended, .arg = g };
	int rc;

	sh_ledger_suspend(g->w->r->ledger);
	rc = sh_branches_run(&b, err);
	for (size_t i = 0; rc < 0 && i < n; i++)
		if (g->w->plan->step[g->first + i].state == SH_STEP_PLANNED) {
			sh_step_fail(&g->w->plan->step[g->first + i], err->text);
			take_result(g->w, g->first + i);
		}
	if (rc == 0 && g->rc < 0)
		*err = g->err;
	return rc < 0 ? rc : g->rc;
}

static int run_together(struct together *g, size_t n, struct sh_error *err)
{
	int rc;

	if (n > 1)
		return run_branches(g, n, err);
	rc = run_turn(g, 0, err);
	take_result(g->w, g->first);
	return rc;
}

/* Steps as they are written, from RECORD on. */
static int run_block(struct sh_workflow *w, size_t record, size_t n, struct sh_error *err)
{
	struct together g = { .w = w, .first = record, .err = SH_ERROR_INIT };
	int rc = run_together(&g, n, err);

	for (size_t i = record; i < record + n; i++)
		keep_output(w, w->plan->step[i].name, w->plan->step[i].output);
	return rc;
}

/* The step's one record becomes one for each item. */
static void spread(struct sh_workflow *w, size_t record, size_t n)
{
	struct sh_plan *plan = w->plan;
	struct sh_step_record one = plan->step[record];
	const struct sh_step *step = w->step_of[record];

	w->step_of = sh_reallocn(w->step_of, plan->steps + n - 1, sizeof(*w->step_of));
	memmove(w->step_of + record + n, w->step_of + record + 1, (plan->steps - record - 1) * sizeof(*w->step_of));
	sh_plan_insert_steps(plan, record + 1, n - 1);
	for (size_t i = 0; i < n; i++) {
		w->step_of[record + i] = step;
		plan->step[record + i] = (struct sh_step_record){ .name = sh_asprintf("%s[%zu]", one.name, i),
								  .action = sh_strdup(one.action),
								  .argv = json_incref(one.argv) };
	}
	sh_step_record_release(&one);
}

/* Measured before the next batch. What is unknown is not good enough. */
static bool is_gate_open(struct sh_workflow *w, size_t record)
{
	const struct sh_gate *gate = &w->step_of[record]->gate;
	struct sh_step_record *s = &w->plan->step[record];
	struct sh_turn t = turn_of(w, record);
	struct sh_plan look = *w->plan;
	struct sh_proof proof = { 0 };
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *why = NULL;
	json_auto_t *source = NULL;
	bool open;

	if (!gate->expr)
		return true;
	look.verify = (char *)(uintptr_t)sh_expr_text(gate->expr);
	if (sh_turn_gate_source(&t, &source, &err) == 0) {
		/* Its own source may speak of other entities than the plan. */
		look.entity = source ? NULL : look.entity;
		look.source = source ? source : look.source;
		sh_verify(w->r, &look, gate->hold, gate->within, &proof);
	}
	open = proof.verified == SH_VERIFIED_FIXED;
	if (!open) {
		why = sh_asprintf("the gate is not open: %s", proof.verified == SH_VERIFIED_NOT_FIXED ?
				  "it was measured not to be so" : proof.error ? proof.error : err.text);
		sh_step_fail(s, why);
		sh_step_decide(s, "stopped", why);
		w->failed |= w->step_of[record]->fail_on_error;
	}
	sh_proof_release(&proof);
	return open;
}

static json_t *output_of_items(const struct sh_plan *plan, size_t record, size_t n)
{
	json_t *items = json_array();
	json_int_t done = 0, failed = 0;

	for (size_t i = record; i < record + n; i++) {
		const struct sh_step_record *s = &plan->step[i];

		done += s->state == SH_STEP_DONE;
		failed += s->state == SH_STEP_FAILED || s->state == SH_STEP_UNKNOWN;
		json_array_append_new(items, s->output ? json_incref(s->output) : json_null());
	}
	return json_pack("{s:o,s:I,s:I}", "items", items, "done", done, "failed", failed);
}

static int run_batches(struct sh_workflow *w, size_t record, const json_t *items, struct sh_error *err)
{
	size_t n = json_array_size(items), batch = (size_t)w->step_of[record]->batch;

	for (size_t i = 0; i < n && !w->failed; i += batch) {
		struct together g = { .w = w, .first = record + i, .items = items, .item = i, .err = SH_ERROR_INIT };

		if (is_stopped(w, record + i) || (i > 0 && !is_gate_open(w, record + i)))
			return 0;
		if (run_together(&g, n - i < batch ? n - i : batch, err) < 0)
			return -1;
	}
	return 0;
}

/* Once for each item. How many records that made is in *N. */
static int run_each(struct sh_workflow *w, size_t record, size_t *n, struct sh_error *err)
{
	struct sh_turn t = turn_of(w, record);
	struct sh_error bad = SH_ERROR_INIT;
	bool by_item = sh_expr_reads(t.step->when, "item") || sh_expr_reads(t.step->when, "index");
	SH_CLEANUP_FREE char *name = sh_strdup(t.record->name);
	json_auto_t *items = NULL, *output = NULL;
	int rc;

	if (!by_item && sh_turn_wanted(&t) != SH_TRUE) {
		t.record->state = SH_STEP_SKIPPED;
		return 0;
	}
	items = sh_turn_items(&t, &bad);
	if (!items) {
		sh_step_fail(t.record, bad.text);
		sh_step_decide(t.record, "stopped", bad.text);
		take_result(w, record);
		return 0;
	}
	*n = json_array_size(items);
	if (*n == 0) {
		*n = 1;
		t.record->state = SH_STEP_SKIPPED;
		sh_step_decide(t.record, "skipped", "for_each gives no item");
		return 0;
	}
	spread(w, record, *n);
	rc = run_batches(w, record, items, err);
	output = output_of_items(w->plan, record, *n);
	keep_output(w, name, output);
	return rc;
}

/* What comes after a failure is not begun. */
static void leave_rest(struct sh_workflow *w)
{
	SH_CLEANUP_FREE char *why = NULL;

	for (size_t i = 0; i < w->plan->steps; i++) {
		struct sh_step_record *s = &w->plan->step[i];

		if (!why && w->over)
			why = sh_strdup("the fault was over");
		if (!why && (s->state == SH_STEP_FAILED || s->state == SH_STEP_UNKNOWN) && w->step_of[i]->fail_on_error)
			why = sh_asprintf("step '%s' did not succeed", s->name);
		if (s->state == SH_STEP_PLANNED && !s->decision)
			sh_step_decide(s, "not_reached", why ? why : "the repair ended before");
	}
}

static int run_steps(struct sh_workflow *w, struct sh_error *err)
{
	const struct sh_playbook *book = w->book;
	size_t record = 0, n;

	for (size_t i = 0; i < book->steps && !w->failed; record += n) {
		size_t steps = sh_steps_block(book->step, book->steps, i);

		n = steps;
		if (is_stopped(w, record))
			return 0;
		if ((book->step[i].for_each ? run_each(w, record, &n, err) : run_block(w, record, n, err)) < 0)
			return -1;
		i += steps;
	}
	return 0;
}

int sh_workflow_run(struct sh_workflow *w, struct sh_error *err)
{
	int rc;

	w->steps = json_object();
	w->step_of = sh_calloc(w->book->steps, sizeof(*w->step_of));
	for (size_t i = 0; i < w->book->steps; i++)
		w->step_of[i] = &w->book->step[i];
	rc = run_steps(w, err);
	w->failed |= rc < 0;
	leave_rest(w);
	return rc;
}

/* The one that was done last, of those that are left to undo; the number of records when there is none. */
static size_t last_done(const struct sh_workflow *w, int64_t before)
{
	size_t last = w->plan->steps;

	for (size_t i = 0; i < w->plan->steps; i++) {
		const struct sh_step_record *s = &w->plan->step[i];

		if (s->order && s->order < before && s->state == SH_STEP_DONE && w->step_of[i]->descriptor->undo &&
		    (last == w->plan->steps || s->order > w->plan->step[last].order))
			last = i;
	}
	return last;
}

bool sh_workflow_undo(struct sh_workflow *w, struct sh_error *err)
{
	bool any = false, all = true;
	int64_t before = INT64_MAX;
	size_t i;

	while ((i = last_done(w, before)) < w->plan->steps) {
		struct sh_turn t = turn_of(w, i);
		enum sh_effect effect;

		before = t.record->order;
		effect = sh_turn_undo(&t, err);
		any |= effect == SH_EFFECT_DONE;
		all &= effect == SH_EFFECT_DONE;
		w->uncertain |= effect == SH_EFFECT_UNKNOWN;
	}
	return any && all;
}

void sh_workflow_release(struct sh_workflow *w)
{
	json_decref(w->steps);
	json_decref(w->output);
	free(w->step_of);
	w->steps = w->output = NULL;
	w->step_of = NULL;
}
