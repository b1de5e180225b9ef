/* SPDX-License-Identifier: MIT */
/*
 * call - one call of an action program, under the intent protocol (DESIGN 6.4)
 *
 * The child waits on a pipe while the intent is committed with its pid, start
 * time and boot id; only then it runs. When the intent cannot be written there
 * is no act.
 */
#ifndef SH_REPAIR_CALL_H
#define SH_REPAIR_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "repair/descriptor.h"
#include "repair/repairer.h"

struct sh_action_request {
	const struct sh_descriptor *action;
	const char *verb;           /* run, check, undo */
	const json_t *parameters;   /* borrowed */
	const json_t *output;       /* of the run, for undo; NULL */
	const char *target, *plan;  /* borrowed */
	int64_t started;            /* of the intent, for check */
	int64_t timeout;            /* ns */
	unsigned require;           /* enum sh_sandbox_part, beside what the action itself requires */
	int64_t repair;             /* ledger row; 0: no intent (check) */
	const char *step;
	int64_t try_number;
};

enum sh_effect { SH_EFFECT_DONE, SH_EFFECT_FAILED, SH_EFFECT_UNKNOWN };

struct sh_action_result {
	enum sh_effect effect; /* unknown: it was killed or answered nonsense */
	json_t *output;        /* owned; NULL none */
	char *error;           /* owned; NULL none */
	json_t *sandbox;       /* owned: what was enforced and what not; NULL where none was asked for */
};

/*
 * Call it and settle its intent. Returns 0 with *out filled (released by the
 * caller), or -1 when nothing was begun: no child, or no intent.
 */
int sh_action_call(const struct sh_repairer *r, const struct sh_action_request *q,
		   struct sh_action_result *out, struct sh_error *err);
void sh_action_result_release(struct sh_action_result *out);

/*
 * Ask the action's check whether an interrupted run took effect: "done",
 * "not_done" or "unknown" (also when it cannot be asked). Constant text.
 */
const char *sh_action_check(const struct sh_repairer *r, const struct sh_action_request *q);

/* The environment of children: a fixed PATH and locale, and the SH_ variables of ours. NULL-terminated, owned. */
char **sh_child_environment(void);
void sh_child_environment_free(char **env);

#endif
