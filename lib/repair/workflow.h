/* SPDX-License-Identifier: MIT */
/*
 * workflow - the steps of a playbook: one after the other, some at the same time,
 * some once for each item of a list
 *
 * A step's output is seen by the later ones as steps.NAME.output.KEY, the latest
 * also as output.KEY; nothing is ever overwritten. fail_on_error decides whether
 * a failed step ends the workflow. Every step's record says what was decided of it.
 */
#ifndef SH_REPAIR_WORKFLOW_H
#define SH_REPAIR_WORKFLOW_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "record/plan.h"
#include "repair/playbook.h"
#include "repair/repairer.h"
#include "repair/request.h"

struct sh_workflow {
	const struct sh_repairer *r;
	const struct sh_request *q;
	const struct sh_playbook *book;
	struct sh_plan *plan;  /* its step records are filled with outcomes */
	int64_t repair;        /* ledger row */
	json_t *steps;         /* {"NAME":{"output":{…}}}; owned */
	json_t *output;        /* of the latest step; owned, NULL none */
	const struct sh_step **step_of; /* of each record, which may be one item of a step; owned */
	int64_t done;          /* records that were */
	bool failed;           /* a step failed that had to succeed */
	bool uncertain;        /* of some step nobody can say whether it took effect */
	bool over;             /* the fault was gone before a further try: the rest is not needed */
	bool halted;           /* it was told to end */
};

/* Run all steps. Returns 0 (look at failed and uncertain), or -1 when an intent could not be written. */
int sh_workflow_run(struct sh_workflow *w, struct sh_error *err);
/* Undo in reverse order what was done and can be undone. Returns whether something was and nothing of it failed. Always allowed. */
bool sh_workflow_undo(struct sh_workflow *w, struct sh_error *err);
void sh_workflow_release(struct sh_workflow *w);

#endif
