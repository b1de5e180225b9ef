/* SPDX-License-Identifier: MIT */
/*
 * step - one step of a playbook, or several that run at the same time
 *
 * Immutable once loaded. Text and nodes are borrowed from the configuration.
 */
#ifndef SH_REPAIR_STEP_H
#define SH_REPAIR_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/node.h"
#include "expr/expr.h"
#include "repair/descriptor.h"

#define SH_STEPS_PARALLEL 16 /* the most that run at the same time */
#define SH_STEPS_ITEMS 1000  /* the most that "max" may say */

/* What is measured before the next batch may begin. */
struct sh_gate {
	struct sh_expr *expr;         /* owned; NULL: no gate */
	const struct sh_node *source; /* of sh-collect --source; NULL: of the plan */
	int64_t hold, within;         /* ns, as in verification */
};

struct sh_step {
	const char *name, *action;
	const struct sh_node *node;
	const struct sh_descriptor *descriptor; /* borrowed from struct sh_actions */
	const struct sh_node *with;             /* map; NULL none */
	struct sh_expr *when;                   /* owned; NULL: always */
	int64_t timeout;                        /* ns */
	int64_t retries;                        /* after the first try, default 0 */
	int64_t backoff;                        /* ns before the first retry, doubled each time */
	bool fail_on_error;                     /* default true */
	unsigned require;                       /* enum sh_sandbox_part: without these it is not begun */
	unsigned block;                         /* steps of one number, not 0, run at the same time */
	const struct sh_node *for_each;         /* a list, or one {expression} that gives one; NULL: once */
	int64_t batch;                          /* items at the same time, default 1 */
	int64_t max;                            /* more items than that are refused, default 100 */
	struct sh_gate gate;
};

/* Append the steps of LIST to *STEP; what was appended before a failure is released like the rest. */
int sh_steps_load(struct sh_step **step, size_t *n, const struct sh_node *list, struct sh_actions *actions,
		  struct sh_error *err);
void sh_steps_release(struct sh_step *step, size_t n);
/* How many steps from AT on run at the same time; 1 for a step by itself. */
size_t sh_steps_block(const struct sh_step *step, size_t n, size_t at);
/* Whether an expression reads the root NAME ("item" of item.path). */
bool sh_expr_reads(const struct sh_expr *e, const char *name);

#endif
