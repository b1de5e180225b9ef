/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/workflow.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "repair/call.h"
#include "repair/fill.h"
#include "repair/guard.h"
#include "repair/planner.h"

/* Doubling ends here; a playbook may start with more. */
#define LONGEST_BACKOFF (5 * SH_MIN)

static void set_error(struct sh_step_record *s, const char *text)
{
	free(s->error);
	s->error = sh_strdup_or_null(text);
}

/* Parameters with what is known now. The step record keeps them. */
static int fill_parameters(struct sh_workflow *w, size_t i, struct sh_error *err)
{
	const struct sh_step *step = &w->book->step[i];
	struct sh_step_names names;
	json_t *filled;

	sh_step_names_init(&names, w->r, w->q, w->plan->parameters, w->steps, w->output);
	filled = sh_fill(step->with, &names.scope, err);
	sh_step_names_release(&names);
	if (filled && sh_descriptor_check(step->descriptor, filled, err) < 0) {
		json_decref(filled);
		filled = NULL;
	}
	if (!filled)
		return -1;
	json_decref(w->plan->step[i].parameters);
	w->plan->step[i].parameters = filled;
	return 0;
}

static bool is_wanted(struct sh_workflow *w, size_t i)
{
	const struct sh_step *step = &w->book->step[i];
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_step_names names;
	struct sh_eval eval = { .lookup = sh_scope_lookup, .arena = &arena };
	bool wanted;

	if (!step->when)
		return true;
	sh_step_names_init(&names, w->r, w->q, w->plan->parameters, w->steps, w->output);
	eval.user = &names.scope;
	wanted = sh_expr_truth(step->when, &eval) == SH_TRUE;
	sh_step_names_release(&names);
	sh_arena_release(&arena);
	return wanted;
}

static void keep_output(struct sh_workflow *w, const struct sh_step *step,
			struct sh_step_record *s, struct sh_action_result *result)
{
	json_decref(s->output);
	s->output = json_incref(result->output);
	if (!result->output)
		return;
	json_object_set_new(w->steps, step->name, json_pack("{s:O}", "output", result->output));
	json_decref(w->output);
	w->output = json_incref(result->output);
}

static int try_once(struct sh_workflow *w, size_t i, struct sh_action_result *result,
		    struct sh_error *err)
{
	const struct sh_step *step = &w->book->step[i];
	struct sh_step_record *s = &w->plan->step[i];
	struct sh_action_request q = { .action = step->descriptor,
				       .verb = "run",
				       .parameters = s->parameters,
				       .target = w->plan->entity,
				       .plan = w->plan->id,
				       .started = sh_clock_wall(),
				       .timeout = step->timeout,
				       .repair = w->repair,
				       .step = step->name,
				       .try_number = ++s->tries };
	int rc = sh_action_call(w->r, &q, result, err);

	if (rc == 0) {
		w->effects++;
		keep_output(w, step, s, result);
		set_error(s, result->error);
	}
	return rc;
}

static enum sh_step_state state_of(enum sh_effect e)
{
	return e == SH_EFFECT_DONE   ? SH_STEP_DONE :
	       e == SH_EFFECT_FAILED ? SH_STEP_FAILED :
				       SH_STEP_UNKNOWN;
}

/* Tries again after a failure, never after an effect that nobody can be sure of. */
static int run_tries(struct sh_workflow *w, size_t i, struct sh_error *err)
{
	const struct sh_step *step = &w->book->step[i];
	struct sh_step_record *s = &w->plan->step[i];
	int64_t wait = step->backoff;

	for (int64_t left = step->retries;; left--) {
		struct sh_action_result result;

		if (try_once(w, i, &result, err) < 0)
			return -1;
		s->state = state_of(result.effect);
		sh_action_result_release(&result);
		if (s->state != SH_STEP_FAILED || left == 0)
			return 0;
		sh_clock_sleep(wait);
		wait = wait < LONGEST_BACKOFF / 2 ? wait * 2 : wait > LONGEST_BACKOFF ? wait : LONGEST_BACKOFF;
	}
}

static int run_step(struct sh_workflow *w, size_t i, struct sh_error *err)
{
	struct sh_step_record *s = &w->plan->step[i];
	struct sh_error bad = SH_ERROR_INIT;

	if (!is_wanted(w, i)) {
		s->state = SH_STEP_SKIPPED;
		return 0;
	}
	s->started = sh_clock_wall();
	if (fill_parameters(w, i, &bad) < 0) {
		s->state = SH_STEP_FAILED;
		set_error(s, bad.text);
	} else if (run_tries(w, i, err) < 0) {
		s->state = SH_STEP_FAILED;
		set_error(s, err->text);
		return -1;
	}
	s->ended = sh_clock_wall();
	if (s->state == SH_STEP_UNKNOWN)
		w->uncertain = true;
	if (s->state != SH_STEP_DONE && w->book->step[i].fail_on_error)
		w->failed = true;
	return 0;
}

/* Asked before each step, not only when the repair began. */
static bool is_stopped(struct sh_workflow *w, size_t i)
{
	struct sh_step_record *s = &w->plan->step[i];
	SH_CLEANUP_FREE char *reason = sh_guards_stop(w->r);

	if (!reason)
		return false;
	s->state = SH_STEP_FAILED;
	set_error(s, reason);
	return true;
}

int sh_workflow_run(struct sh_workflow *w, struct sh_error *err)
{
	w->steps = json_object();
	for (size_t i = 0; i < w->plan->steps && !w->failed; i++) {
		if (is_stopped(w, i)) {
			w->failed = true;
			return 0;
		}
		if (run_step(w, i, err) < 0) {
			w->failed = true;
			return -1;
		}
	}
	return 0;
}

static bool undo_step(struct sh_workflow *w, size_t i, struct sh_error *err)
{
	const struct sh_step *step = &w->book->step[i];
	struct sh_step_record *s = &w->plan->step[i];
	struct sh_action_request q = { .action = step->descriptor,
				       .verb = "undo",
				       .parameters = s->parameters,
				       .output = s->output,
				       .target = w->plan->entity,
				       .plan = w->plan->id,
				       .started = sh_clock_wall(),
				       .timeout = step->timeout,
				       .repair = w->repair,
				       .step = step->name,
				       .try_number = 1 };
	struct sh_action_result result;
	bool undone;

	if (sh_action_call(w->r, &q, &result, err) < 0)
		return false;
	undone = result.effect == SH_EFFECT_DONE;
	if (undone)
		s->state = SH_STEP_UNDONE;
	else
		set_error(s, result.error);
	sh_action_result_release(&result);
	return undone;
}

bool sh_workflow_undo(struct sh_workflow *w, struct sh_error *err)
{
	bool any = false, all = true;

	for (size_t i = w->plan->steps; i-- > 0;)
		if (w->plan->step[i].state == SH_STEP_DONE && w->book->step[i].descriptor->undo) {
			bool undone = undo_step(w, i, err);

			any |= undone;
			all &= undone;
		}
	return any && all;
}

void sh_workflow_release(struct sh_workflow *w)
{
	json_decref(w->steps);
	json_decref(w->output);
	w->steps = w->output = NULL;
}
