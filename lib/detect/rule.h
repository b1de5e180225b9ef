/* SPDX-License-Identifier: MIT */
/*
 * rule - what counts as a fault, from the rules section
 *
 * A rule is an expression over one record with the terms on which it fires and
 * clears. Rules are immutable once loaded.
 */
#ifndef SH_DETECT_RULE_H
#define SH_DETECT_RULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "detect/watch.h"
#include "expr/expr.h"
#include "record/fault.h"

struct sh_rule {
	const char *id;             /* borrowed from the configuration, as all text here */
	const char *fault_type;     /* default: the id */
	enum sh_severity severity;  /* default medium; of a hit: sh_rule_severity */
	struct sh_expr *severity_expr; /* owned; NULL: always the one above */
	const char **on;            /* entity types it looks at; NULL: all; array owned */
	const char *match;          /* of a rule on logs: the pattern that the text has, NULL any */
	bool is_log;                /* looks at log records, not at samples */
	struct sh_expr *expr;       /* owned */
	struct sh_expr *clear;      /* owned; NULL: not expr */
	struct sh_expr *verify;     /* owned; NULL: by clear */
	int64_t count;              /* hits, in a row or as damping says, default 3 */
	int64_t clear_count;        /* default: count */
	int64_t for_time;           /* ns the hits must have lasted, default 0 */
	int64_t repeat;             /* ns between two "ongoing", default 0 */
	struct sh_watch_damping damping;
	bool eager;                 /* functions over time answer from as little as there is */
	const char **inhibited_by;  /* rules or fault types; array owned, NULL none */
	const char *inhibit_on;     /* "host", "entity" or "labels.NAME": what both have in common */
	bool means_down;            /* its faults make what depends on their entity unreachable */
	struct sh_template *about;  /* owned; the entity that its faults are about; NULL: the one judged */
	struct sh_template *description; /* owned, NULL none */
	const char **affected;      /* affected_metrics; array owned, NULL none */
	const char **group_by;      /* see grouping.h; array owned, NULL none */
	json_t *params;             /* defaults of its parameters; owned, NULL none */
	const struct sh_node *node; /* where it stands, for --list and --test */
	bool stock;
};

struct sh_rules {
	struct sh_rule *rule;
	size_t n, cap;
	struct sh_function *functions; /* over time, which expressions call; owned */
};

/*
 * Load every rule of the configuration. A broken rule is reported through REPORT
 * (may be NULL) and left out: one broken rule does not stop the others. Returns
 * the number of broken rules. COUNT above 0 overrides every rule's count, of hits in
 * a row and of clears in a row.
 */
size_t sh_rules_load(struct sh_rules *rules, const struct sh_config *c, int64_t count,
		     void (*report)(void *arg, const struct sh_error *err), void *arg);
/* The one rule "score" whose expression is TEXT, for struct sh_detector.score. Returns -1 with SH_ERRC_CONFIG. */
int sh_rules_score(struct sh_rules *rules, const char *text, struct sh_error *err);
/* What a rule says of others, for rules that are not in this language too. */
int sh_rule_load_follow(struct sh_rule *rule, const struct sh_node *node, struct sh_error *err);
void sh_rules_release(struct sh_rules *rules);

/*
 * The severity of a hit. *out is to hold the one of the hit before, or the rule's:
 * false when the expression cannot say now (eval tells why), and *out is unchanged.
 */
bool sh_rule_severity(const struct sh_rule *rule, struct sh_eval *eval, enum sh_severity *out);

#endif
