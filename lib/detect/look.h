/* SPDX-License-Identifier: MIT */
/*
 * look - one series under judgement: the names its rules can use
 *
 * Values are made when a rule asks for them: most rules read numbers alone and
 * never do.
 */
#ifndef SH_DETECT_LOOK_H
#define SH_DETECT_LOOK_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "detect/logs.h"
#include "detect/peers.h"
#include "detect/rule.h"
#include "detect/store.h"
#include "expr/expr.h"
#include "record/record.h"

struct sh_look {
	const struct sh_record *record; /* borrowed: the one judged, or the last of the series */
	struct sh_subject *subject;     /* borrowed */
	struct sh_subject *about;       /* that a fault of the rule is about; borrowed */
	struct sh_store *store;         /* borrowed */
	struct sh_peers *peers;         /* borrowed */
	const struct sh_log_line *log;  /* of a log record; borrowed, NULL none */
	const struct sh_rule *rule;     /* the rule at work; borrowed */
	int64_t now;
	bool timed;                     /* time alone is judged: the record's metrics are past */
	struct sh_arena *arena;         /* borrowed */
	/* The value of a call under way. */
	struct sh_value (*recall)(const struct sh_look *l, const struct sh_call *call);
	const void *user;               /* of recall */
	/* internal: what was made so far, NULL not yet or none */
	json_t *metrics, *host, *labels, *dims, *params, *self, *log_scope;
	unsigned made;
};

static inline bool sh_look_is_object(const struct sh_slice *v)
{
	return v->type == SH_JSON_NONE || v->type == SH_JSON_NULL || v->type == SH_JSON_OBJECT;
}

/* Private: for a record with one that is no object: which, 0 where that is no reason to refuse it. */
int sh_look_refuse(const struct sh_record *r, struct sh_error *err);

/* SH_ERRC_INPUT when a member that says what the sample is about has a wrong type. */
static inline int sh_look_check(const struct sh_record *r, struct sh_error *err)
{
	return sh_look_is_object(&r->dims) && sh_look_is_object(&r->labels) &&
		       sh_look_is_object(&r->metrics) && sh_look_is_object(&r->source) ?
		       0 : sh_look_refuse(r, err);
}

/* The names of RULE from now on: its parameters differ from those of the rule before. */
void sh_look_rule(struct sh_look *l, const struct sh_rule *rule);
void sh_look_release(struct sh_look *l);

struct sh_eval sh_look_eval(struct sh_look *l);
/* For struct sh_function: asks the look that evaluates. */
struct sh_value sh_look_recall(const struct sh_call *call);

/* Borrowed, NULL where there are none. */
json_t *sh_look_metrics(struct sh_look *l);
json_t *sh_look_host(struct sh_look *l);
json_t *sh_look_labels(struct sh_look *l);
json_t *sh_look_dims(struct sh_look *l);
json_t *sh_look_params(struct sh_look *l);

/* {"storage.utilization": 95.2}: what the rule's expression read, with its values. A new reference. */
json_t *sh_look_values(struct sh_look *l);

#endif
