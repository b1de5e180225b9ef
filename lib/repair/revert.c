/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/revert.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "record/json.h"
#include "repair/call.h"

#define LOCK_WAIT (5 * SH_MIN)

struct found {
	int64_t row;
	json_t *record;
	bool open;
};

static int take_newest(void *arg, const struct sh_repair_row *row)
{
	struct found *f = arg;

	f->row = row->row;
	f->open = row->ended == 0;
	f->record = json_incref(row->record);
	return 1;
}

struct earlier {
	const char *plan_id;
	struct found *found;
};

/* What an earlier undo left of it is what there is to undo now. */
static int take_undone(void *arg, int64_t time, const char *kind, const char *target,
		       const json_t *record)
{
	struct earlier *e = arg;

	(void)time;
	(void)target;
	if (strcmp(kind, "undone") != 0 || strcmp(sh_json_str(record, "id", ""), e->plan_id) != 0)
		return 0;
	json_decref(e->found->record);
	e->found->record = json_deep_copy(record);
	return 1;
}

static int find(struct sh_runner *x, const char *plan_id, struct found *f, struct sh_error *err)
{
	const struct sh_repair_query query = { .plan_id = plan_id, .limit = 1 };
	struct earlier e = { plan_id, f };

	if (sh_ledger_repairs(x->r->ledger, &query, take_newest, f, err) < 0)
		return -1;
	if (!f->record)
		return sh_error_set(err, SH_ERRC_USAGE, "the ledger has no repair '%s'", plan_id);
	if (f->open)
		return sh_error_set(err, SH_ERRC_STATE, "repair '%s' is not finished", plan_id);
	return sh_ledger_notes(x->r->ledger, 0, NULL, 0, take_undone, &e, err);
}

static int undo_step(struct sh_runner *x, const struct sh_plan *plan, int64_t row,
		     struct sh_step_record *s, struct sh_error *err)
{
	const struct sh_descriptor *d = sh_actions_find(x->r->actions, s->action, err);
	struct sh_action_request q = { .action = d,
				       .verb = "undo",
				       .parameters = s->parameters,
				       .output = s->output,
				       .target = plan->entity,
				       .plan = plan->id,
				       .started = sh_clock_wall(),
				       .repair = row,
				       .step = s->name,
				       .try_number = 1 };
	struct sh_action_result result;
	int rc = 0;

	if (!d)
		return -1;
	if (!d->undo)
		return 0;
	q.timeout = d->timeout;
	if (sh_action_call(x->r, &q, &result, err) < 0)
		return -1;
	if (result.effect == SH_EFFECT_DONE)
		s->state = SH_STEP_UNDONE;
	else
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "step '%s': %s", s->name, result.error);
	if (result.effect == SH_EFFECT_UNKNOWN)
		sh_runner_hold(x, plan);
	sh_action_result_release(&result);
	return rc;
}

/* When it was done, and where it is written; the first of old records and of settled steps is 0. */
struct place {
	int64_t order;
	size_t i;
};

static bool is_before(struct place a, struct place b)
{
	return a.order != b.order ? a.order < b.order : a.i < b.i;
}

/* The latest of what was done before BEFORE; the number of steps when there is none. */
static size_t last_done(const struct sh_plan *plan, struct place before)
{
	struct place last = { -1, plan->steps };

	for (size_t i = 0; i < plan->steps; i++) {
		struct place here = { plan->step[i].order, i };

		if (plan->step[i].state == SH_STEP_DONE && is_before(here, before) && !is_before(here, last))
			last = here;
	}
	return last.i;
}

static int undo_steps(struct sh_runner *x, struct sh_plan *plan, int64_t row, struct sh_error *err)
{
	struct place before = { INT64_MAX, 0 };
	bool any = false;
	int rc = 0;

	for (size_t i; rc == 0 && (i = last_done(plan, before)) < plan->steps;) {
		before = (struct place){ plan->step[i].order, i };
		rc = undo_step(x, plan, row, &plan->step[i], err);
		any |= plan->step[i].state == SH_STEP_UNDONE;
	}
	if (rc == 0 && !any)
		rc = sh_error_set(err, SH_ERRC_USAGE, "nothing of repair '%s' can be undone",
				  plan->id);
	plan->undone = any;
	return rc;
}

static int note(struct sh_runner *x, const struct sh_plan *plan, struct sh_error *err)
{
	json_t *record = sh_plan_to_json(plan);
	int rc = sh_ledger_note(x->r->ledger, sh_clock_wall(), "undone", plan->entity, record, err);

	json_decref(record);
	return rc;
}

static int lock_of(struct sh_runner *x, const char *plan_id, struct sh_error *err)
{
	struct found f = { 0 };
	int rc = find(x, plan_id, &f, err);

	if (rc == 0)
		rc = sh_ledger_lock_target(x->r->ledger, sh_json_str(f.record, "entity", ""),
					   LOCK_WAIT, err);
	json_decref(f.record);
	return rc;
}

int sh_revert(struct sh_runner *x, const char *plan_id, struct sh_error *err)
{
	SH_CLEANUP_FD int lock = lock_of(x, plan_id, err);
	struct found f = { 0 };
	struct sh_plan plan;
	/* Looked up again under the lock: whoever had it may have undone it. */
	int rc = lock < 0 ? -1 : find(x, plan_id, &f, err);

	if (rc == 0)
		rc = sh_plan_from_json(&plan, f.record, err);
	json_decref(f.record);
	if (rc < 0)
		return -1;
	rc = undo_steps(x, &plan, f.row, err);
	if (plan.undone) {
		sh_runner_emit(x, &plan);
		if (note(x, &plan, err) < 0)
			rc = -1;
	}
	sh_plan_release(&plan);
	return rc;
}
