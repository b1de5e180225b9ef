/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/turn.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "repair/fill.h"
#include "repair/halt.h"
#include "repair/planner.h"
#include "repair/recheck.h"

/* Doubling ends here; a playbook may start with more. */
#define LONGEST_BACKOFF (5 * SH_MIN)

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = sh_strdup_or_null(text);
}

void sh_step_decide(struct sh_step_record *s, const char *decision, const char *reason)
{
	set_text(&s->decision, decision);
	set_text(&s->reason, reason);
}

void sh_step_fail(struct sh_step_record *s, const char *error)
{
	s->state = SH_STEP_FAILED;
	set_text(&s->error, error);
}

static void names_init(const struct sh_turn *t, struct sh_step_names *names)
{
	sh_step_names_init(names, t->r, t->w->q, t->w->plan->parameters, t->w->steps, t->w->output);
	sh_scope_json(&names->scope, "item", t->item);
	sh_scope_json(&names->scope, "index", t->index);
}

static char *why_unknown(const struct sh_eval *e)
{
	return e->error[0]   ? sh_asprintf("when is unknown: %s", e->error) :
	       e->missing[0] ? sh_asprintf("when is unknown: '%s' is absent", e->missing) :
			       sh_strdup("when is neither true nor false");
}

enum sh_truth sh_turn_wanted(const struct sh_turn *t)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_step_names names;
	struct sh_eval eval = { .lookup = sh_scope_lookup, .arena = &arena };
	SH_CLEANUP_FREE char *unknown = NULL;
	enum sh_truth truth;

	if (!t->step->when)
		return SH_TRUE;
	names_init(t, &names);
	eval.user = &names.scope;
	truth = sh_expr_truth(t->step->when, &eval);
	if (truth == SH_UNKNOWN)
		unknown = why_unknown(&eval);
	if (truth != SH_TRUE)
		sh_step_decide(t->record, "skipped", unknown ? unknown : "when is false");
	sh_step_names_release(&names);
	sh_arena_release(&arena);
	return truth;
}

/* VALUE as if it were the member KEY of what is filled in; *OUT is NULL where it is absent. */
static int fill_one(const struct sh_turn *t, const char *key, const struct sh_node *value, json_t **out,
		    struct sh_error *err)
{
	struct sh_node *item = (struct sh_node *)(uintptr_t)value;
	char *name = (char *)(uintptr_t)key;
	const struct sh_node map = { .type = SH_NODE_MAP, .file = value->file, .item = &item, .key = &name, .n = 1 };
	struct sh_step_names names;
	json_t *filled;

	names_init(t, &names);
	filled = sh_fill(&map, &names.scope, err);
	sh_step_names_release(&names);
	*out = json_incref(json_object_get(filled, key));
	json_decref(filled);
	return filled ? 0 : -1;
}

json_t *sh_turn_items(const struct sh_turn *t, struct sh_error *err)
{
	json_t *items = NULL;

	if (fill_one(t, "for_each", t->step->for_each, &items, err) < 0)
		return NULL;
	if (json_is_array(items) && json_array_size(items) <= (size_t)t->step->max)
		return items;
	if (!items)
		sh_error_set_(err, SH_ERRC_CONFIG, 0, "for_each is unknown: what it names is absent");
	else if (!json_is_array(items))
		sh_error_set_(err, SH_ERRC_CONFIG, 0, "for_each gives no list");
	else
		sh_error_set_(err, SH_ERRC_CONFIG, 0, "for_each gives %zu items, more than max, %" PRId64,
			      json_array_size(items), t->step->max);
	json_decref(items);
	return NULL;
}

int sh_turn_gate_source(const struct sh_turn *t, json_t **out, struct sh_error *err)
{
	*out = NULL;
	return t->step->gate.source ? fill_one(t, "source", t->step->gate.source, out, err) : 0;
}

/* Parameters with what is known now. The step record keeps them. */
static int fill_parameters(const struct sh_turn *t, struct sh_error *err)
{
	struct sh_step_names names;
	json_t *filled;

	names_init(t, &names);
	filled = sh_fill(t->step->with, &names.scope, err);
	sh_step_names_release(&names);
	if (filled && sh_descriptor_check(t->step->descriptor, filled, err) < 0) {
		json_decref(filled);
		filled = NULL;
	}
	if (!filled)
		return -1;
	json_decref(t->record->parameters);
	t->record->parameters = filled;
	return 0;
}

static struct sh_action_request request_of(const struct sh_turn *t, const char *verb)
{
	return (struct sh_action_request){ .action = t->step->descriptor,
					   .verb = verb,
					   .parameters = t->record->parameters,
					   .target = t->w->plan->entity,
					   .plan = t->w->plan->id,
					   .started = sh_clock_wall(),
					   .timeout = t->step->timeout,
					   .require = t->step->require,
					   .repair = t->w->repair,
					   .step = t->record->name,
					   .try_number = 1 };
}

static enum sh_step_state state_of(enum sh_effect e)
{
	return e == SH_EFFECT_DONE   ? SH_STEP_DONE :
	       e == SH_EFFECT_FAILED ? SH_STEP_FAILED :
				       SH_STEP_UNKNOWN;
}

static int try_once(const struct sh_turn *t, struct sh_error *err)
{
	struct sh_action_request q = request_of(t, "run");
	struct sh_step_record *s = t->record;
	struct sh_action_result result;

	q.try_number = ++s->tries;
	if (sh_action_call(t->r, &q, &result, err) < 0)
		return -1;
	json_decref(s->output);
	s->output = json_incref(result.output);
	json_decref(s->sandbox);
	s->sandbox = json_incref(result.sandbox);
	s->state = state_of(result.effect);
	set_text(&s->error, result.error);
	sh_action_result_release(&result);
	return 0;
}

/* The fault may have gone by itself since, or by a try that called itself a failure. */
static bool is_over(const struct sh_turn *t)
{
	json_auto_t *recheck = sh_recheck(t->r, t->w->book, t->w->plan);
	SH_CLEANUP_FREE char *why = NULL;

	if (!sh_recheck_is_gone(recheck))
		return false;
	why = sh_asprintf("the fault was over before try %" PRId64, t->record->tries + 1);
	sh_step_decide(t->record, "resolved", why);
	return true;
}

/* Tries again after a failure, never after an effect that nobody can be sure of. */
static int run_tries(const struct sh_turn *t, struct sh_error *err)
{
	int64_t wait = t->step->backoff;

	for (int64_t left = t->step->retries;; left--) {
		if (try_once(t, err) < 0)
			return -1;
		if (t->record->state != SH_STEP_FAILED || left == 0)
			return 0;
		if (sh_halt_sleep(wait) || is_over(t))
			return 0;
		wait = wait < LONGEST_BACKOFF / 2 ? wait * 2 : wait > LONGEST_BACKOFF ? wait : LONGEST_BACKOFF;
	}
}

static void decide_by_tries(struct sh_step_record *s)
{
	SH_CLEANUP_FREE char *text = s->tries > 1 ? sh_asprintf("tried %" PRId64 " times", s->tries) : NULL;

	sh_step_decide(s, text ? "retried" : "ran", text);
}

int sh_turn_run(const struct sh_turn *t, struct sh_error *err)
{
	struct sh_step_record *s = t->record;
	struct sh_error bad = SH_ERROR_INIT;
	int rc = 0;

	s->started = sh_clock_wall();
	if (fill_parameters(t, &bad) < 0) {
		sh_step_fail(s, bad.text);
	} else if (run_tries(t, err) < 0) {
		sh_step_fail(s, err->text);
		rc = -1;
	}
	if (!s->decision)
		decide_by_tries(s);
	s->ended = sh_clock_wall();
	return rc;
}

enum sh_effect sh_turn_undo(const struct sh_turn *t, struct sh_error *err)
{
	struct sh_action_request q = request_of(t, "undo");
	struct sh_action_result result;
	enum sh_effect effect;

	q.output = t->record->output;
	if (sh_action_call(t->r, &q, &result, err) < 0)
		return SH_EFFECT_FAILED;
	effect = result.effect;
	if (effect == SH_EFFECT_DONE)
		t->record->state = SH_STEP_UNDONE;
	else
		set_text(&t->record->error, result.error);
	sh_action_result_release(&result);
	return effect;
}
