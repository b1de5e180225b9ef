/* SPDX-License-Identifier: MIT */
/*
 * playbook - a workflow that repairs one kind of cause, from configuration
 *
 * Immutable once loaded. Text is borrowed from the configuration.
 */
#ifndef SH_REPAIR_PLAYBOOK_H
#define SH_REPAIR_PLAYBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "config/config.h"
#include "expr/expr.h"
#include "repair/descriptor.h"
#include "repair/step.h"

/* Of a ladder. */
struct sh_rung {
	const char *playbook;
	const struct sh_node *node;
	int64_t attempts; /* default 1 */
	int64_t within;   /* ns after its first attempt it is left; 0: by its attempts alone */
};

#define SH_LADDER_RUNGS 10

struct sh_playbook {
	const char *id, *title;
	const char **causes, **faults, **targets; /* arrays owned; NULL: none named */
	const char **not_for; /* causes; owned; NULL: none named */
	const char **effects, **opposes;          /* words; arrays owned, NULL none */
	int64_t priority;                         /* default 0 */
	int risk;                                 /* enum sh_risk */
	enum sh_mode mode;                        /* default act */
	const struct sh_node *parameters;         /* NAME -> {type, default, pattern, required} */
	struct sh_step *step;
	size_t steps;
	struct sh_rung *rung; /* of a playbook that is a ladder and has no steps */
	size_t rungs;
	struct sh_expr *verify; /* owned; NULL: the rule's */
	bool recheck;           /* look whether it is still so before anything is done, default true */
	int64_t hold, within;   /* ns: true for how long, until when at the latest */
	int64_t settle;         /* ns after its end in which evidence does not count */
	int64_t cooldown, cooldown_max; /* ns, doubled with each attempt */
	int64_t attempts;       /* then the next rung, or a person */
	int64_t healthy_for;    /* ns of health after which attempts count anew */
	int64_t max_age;        /* ns: older evidence is refused */
	bool reverts;           /* takes back what somebody may have changed on purpose */
	bool gives_back;        /* undoes what a repair took away: never too many of these */
	const char *next;       /* NULL none */
	const struct sh_node *node;
	bool stock;
	char digest[SH_HASH_TEXT]; /* of its content */
};

struct sh_playbooks {
	struct sh_playbook *playbook;
	size_t n, cap;
};

/* As sh_rules_load; a playbook whose action is missing is broken too. */
size_t sh_playbooks_load(struct sh_playbooks *p, const struct sh_config *c,
			 struct sh_actions *actions,
			 void (*report)(void *arg, const struct sh_error *err), void *arg);
void sh_playbooks_release(struct sh_playbooks *p);
/*
 * What --check says beyond what makes a playbook unusable: values of a wrong type,
 * steps that can never run, names of steps that are not there yet, ladders that lead
 * nowhere or in a circle. How many errors were reported.
 */
size_t sh_playbooks_check(const struct sh_playbooks *p,
			  void (*report)(void *arg, const struct sh_error *err), void *arg);

const struct sh_playbook *sh_playbooks_find(const struct sh_playbooks *p, const char *id);
/* Whether the list, which may be NULL, has the word. */
bool sh_playbook_names(const char **list, const char *word);
/* The playbooks made for a cause and this type of target, as they are written, at most MOST. How many. */
size_t sh_playbooks_for_cause(const struct sh_playbooks *p, const char *cause, const char *target_type,
			      const struct sh_playbook **out, size_t most);
/* The same for a type of fault. */
size_t sh_playbooks_for_fault(const struct sh_playbooks *p, const char *fault_type, const char *target_type,
			      const struct sh_playbook **out, size_t most);

#endif
