/* SPDX-License-Identifier: MIT */
/*
 * turn - one step of a workflow, once: whether it is wanted, with what, and its tries
 *
 * Changes nothing of the workflow but its own record, so that turns of the same
 * time can each have a process.
 */
#ifndef SH_REPAIR_TURN_H
#define SH_REPAIR_TURN_H

#include <jansson.h>

#include "expr/expr.h"
#include "repair/call.h"
#include "repair/workflow.h"

struct sh_turn {
	const struct sh_repairer *r;  /* with the ledger of this process */
	const struct sh_workflow *w;
	const struct sh_step *step;
	struct sh_step_record *record;
	const json_t *item, *index;   /* of a list; NULL none */
};

/* What "when" says. Where it is not true the record is given the reason. */
enum sh_truth sh_turn_wanted(const struct sh_turn *t);
/* The step's "for_each" as an array: a new reference, or NULL and why. */
json_t *sh_turn_items(const struct sh_turn *t, struct sh_error *err);
/* What is to be measured before the next batch: a new reference, NULL that of the plan. -1: it cannot be filled in. */
int sh_turn_gate_source(const struct sh_turn *t, json_t **out, struct sh_error *err);
/* Fill in and try. The record says what came of it; -1 when an intent could not be written. */
int sh_turn_run(const struct sh_turn *t, struct sh_error *err);
/* Undo it. */
enum sh_effect sh_turn_undo(const struct sh_turn *t, struct sh_error *err);

void sh_step_decide(struct sh_step_record *s, const char *decision, const char *reason);
void sh_step_fail(struct sh_step_record *s, const char *error);

#endif
