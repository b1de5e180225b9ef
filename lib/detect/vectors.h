/* SPDX-License-Identifier: MIT */
/*
 * vectors - the rules of a site that are written in PromQL
 *
 * A rule with the key promql is evaluated over the samples of all records instead
 * of one record at a time; each label set of the result is a fault of its own,
 * whose dims are those labels, and whose entity is the one that all of it was
 * measured on, or rule:ID where it was measured on several or on none. With the key
 * record it makes no faults but a metric that other such rules see.
 */
#ifndef SH_DETECT_VECTORS_H
#define SH_DETECT_VECTORS_H

#include "base/error.h"
#include "config/config.h"
#include "detect/damage.h"
#include "detect/hush.h"
#include "detect/prom/engine.h"
#include "record/record.h"
#include "state/state.h"

struct sh_vectors;

struct sh_vectors_calls {
	void (*emit)(void *arg, const char *line, size_t len);
	/* A rule that could not be evaluated: once until it can be again. */
	void (*broken)(void *arg, struct sh_error *err);
	void *arg;
};

/* Whether an entry of the rules section is such a rule. */
bool sh_vectors_is_rule(const struct sh_node *rule);
/*
 * All of the configuration. A broken rule is told through REPORT and left out;
 * *BROKEN is their number. NULL when there are none at all.
 */
struct sh_vectors *sh_vectors_load(const struct sh_config *c,
				   void (*report)(void *arg, const struct sh_error *err), void *arg,
				   size_t *broken);
void sh_vectors_free(struct sh_vectors *v);
/* All of these may be called with no V. CALLS are copied. */
void sh_vectors_call(struct sh_vectors *v, const struct sh_vectors_calls *calls);
/* What suppresses their faults, asked at each evaluation; before the first record and before state is read. */
void sh_vectors_hush(struct sh_vectors *v, struct sh_hush *hush);
/* Nothing before SINCE makes a fault; what rules record is recorded all the same. */
void sh_vectors_since(struct sh_vectors *v, int64_t since);
/*
 * A record of a later time has come: rules are evaluated with what held until then.
 * Before anything else makes use of it, as a fault of it may suppress others. Not for ticks.
 */
void sh_vectors_time(struct sh_vectors *v, const struct sh_record *r);
void sh_vectors_record(struct sh_vectors *v, const struct sh_record *r);
uint64_t sh_vectors_faults(const struct sh_vectors *v);
void sh_vectors_losses(const struct sh_vectors *v, struct sh_prom_losses *out);
/* Each rule in order, for lists; NULL past the end. */
const char *sh_vectors_rule(const struct sh_vectors *v, size_t i, const char **severity,
			    const char **promql);
int sh_vectors_save(const struct sh_vectors *v, struct sh_state *s, struct sh_error *err);
/* Rules whose row is damaged or of a newer form begin anew. */
int sh_vectors_restore(struct sh_vectors *v, struct sh_state *s, const struct sh_damage *damage,
		       struct sh_error *err);

#endif
