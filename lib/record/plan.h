/* SPDX-License-Identifier: MIT */
/*
 * plan - what would be done, and after --apply what was done (kind repair)
 *
 * One struct for both: a repair is a plan with outcomes. Strings and json_t are
 * owned. The argv of a step is for people; it is never executed from a record.
 */
#ifndef SH_RECORD_PLAN_H
#define SH_RECORD_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/fault.h"

enum sh_verified { SH_VERIFIED_NONE, SH_VERIFIED_FIXED, SH_VERIFIED_NOT_FIXED, SH_VERIFIED_UNKNOWN };

enum sh_answer { SH_ANSWER_PASS, SH_ANSWER_REFUSE, SH_ANSWER_WAIT, SH_ANSWER_SKIP };

struct sh_guard_answer {
	char *guard;  /* "freshness", "cooldown", … */
	enum sh_answer answer;
	char *reason; /* a sentence; NULL for a plain pass */
};

enum sh_step_state { SH_STEP_PLANNED, SH_STEP_SKIPPED, SH_STEP_DONE, SH_STEP_FAILED, SH_STEP_UNKNOWN, SH_STEP_UNDONE };

struct sh_step_record {
	char *name, *action;
	json_t *parameters; /* as filled in */
	json_t *argv;       /* for people */
	enum sh_step_state state;
	int64_t started, ended; /* 0 none */
	int64_t tries;
	int64_t order;      /* it was the n-th that was done, from 1; 0 none */
	char *decision;     /* ran, retried, resolved, skipped, stopped, not_reached; NULL: not yet */
	char *reason;       /* of the decision, a sentence; NULL none */
	char *error;
	json_t *output;
	json_t *sandbox;    /* {"enforced":[…],"missing":[…]} of the last try; NULL none */
};

struct sh_plan {
	bool is_repair;   /* kind repair instead of plan */
	int64_t time;
	char *id;         /* "p-"; kept by the repair */
	char *host, *entity; /* entity: the target */
	char *playbook, *playbook_digest, *title;
	char *ladder;     /* that the playbook is a rung of; NULL none */
	int64_t rung;     /* which, from 1; one more than there are: all were tried; 0 none */
	json_t *parameters;
	char *risk;       /* low medium high */
	char *mode;       /* the one that holds: observe ask act */
	int64_t attempt;  /* from 1 */
	char *fault_id, *fingerprint, *fault_type, *rule_id, *diagnosis_id, *cause;
	double confidence;
	struct sh_evidence evidence;
	json_t *source;   /* of the deciding sample: what to measure again */
	char *verify;     /* text of the expression that will prove it */
	json_t *params;   /* rule parameters for it */
	struct sh_guard_answer *guard;
	size_t guards;
	struct sh_step_record *step;
	size_t steps;
	char *decision;   /* act, observe, ask, refuse, cooldown, in_progress, none */
	char *reason;     /* of the decision, a sentence */
	/* Of a repair only: */
	bool success;
	enum sh_verified verified;
	char *error;
	int64_t started, ended, verified_at;
	json_t *measured; /* {"before":{…},"after":{…}} */
	double freed_space_bytes, unlinked_bytes, performance_improvement; /* NaN none */
	bool undone;
	char *next;       /* playbook of the next rung, NULL none */
	json_t *extra;
};

void sh_plan_init(struct sh_plan *p);
void sh_plan_release(struct sh_plan *p);
int sh_plan_from_json(struct sh_plan *p, const json_t *object, struct sh_error *err);
json_t *sh_plan_to_json(const struct sh_plan *p);
/* N empty records before the one at AT, for a step that became several. */
void sh_plan_insert_steps(struct sh_plan *p, size_t at, size_t n);
json_t *sh_step_record_to_json(const struct sh_step_record *s);
/* *S is overwritten; half filled on failure: release it. */
int sh_step_record_from_json(struct sh_step_record *s, const json_t *object, struct sh_error *err);
void sh_step_record_release(struct sh_step_record *s);
void sh_plan_write(const struct sh_plan *p, struct sh_buf *out);
/* The digest of playbook, its content, target, parameters, fault id and attempt. */
#define SH_PLAN_ID_TEXT 40
void sh_plan_id(char out[SH_PLAN_ID_TEXT], const struct sh_plan *p);

#endif
