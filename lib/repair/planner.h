/* SPDX-License-Identifier: MIT */
/*
 * planner - from a request to a plan: which playbook, with which parameters, in
 * which mode, proved by what
 *
 * Planning has no side effects. Everything that decides comes from configuration
 * and ledger; of the record only the target, the cause and the evidence are used.
 */
#ifndef SH_REPAIR_PLANNER_H
#define SH_REPAIR_PLANNER_H

#include "base/error.h"
#include "expr/scope.h"
#include "record/plan.h"
#include "repair/repairer.h"
#include "repair/request.h"

/*
 * Fill *OUT (released by the caller). Where no playbook fits, or one cannot be
 * filled, decision is "none" and reason says why; *BOOK is then NULL. Returns 0,
 * or -1 when the ledger cannot be read.
 */
int sh_plan_make(const struct sh_repairer *r, const struct sh_request *q, struct sh_plan *out,
		 const struct sh_playbook **book, struct sh_error *err);

/* What says that the rule's fault is over: its verify, else its clear, else not its expression. A new string or NULL. */
char *sh_plan_rule_verify(const struct sh_repairer *r, const char *rule_id);

/* The names a step's parameters can use; STEPS is {"NAME":{"output":{…}}}, may be NULL. Borrowed. */
struct sh_step_names {
	json_t *site;       /* owned */
	char *type, *name;  /* owned; of the target, decoded */
	struct sh_scope scope;
};
void sh_step_names_init(struct sh_step_names *n, const struct sh_repairer *r,
			const struct sh_request *q, const json_t *parameters, const json_t *steps,
			const json_t *output);
void sh_step_names_release(struct sh_step_names *n);

/* Keys of guard counters (DESIGN 6.3). New strings. */
char *sh_counts_key(const char *target, const char *playbook);
char *sh_counts_key_fingerprint(const char *fingerprint);

#endif
