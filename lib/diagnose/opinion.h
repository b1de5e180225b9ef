/* SPDX-License-Identifier: MIT */
/*
 * opinion - expert rules: what a kind of fault usually comes from
 *
 * A diagnosis rule says when it applies and holds cases in order; the first
 * case whose condition is true gives the cause, as the first seed's if / elif /
 * else does. A condition that is unknown is not true.
 */
#ifndef SH_DIAGNOSE_OPINION_H
#define SH_DIAGNOSE_OPINION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/config.h"
#include "expr/expr.h"
#include "record/diagnosis.h"

struct sh_case {
	struct sh_expr *when;          /* owned; NULL: always */
	const char *root_cause;        /* borrowed from the configuration, as all text here */
	double confidence;
	const char *title;             /* NULL none */
	struct sh_template *recommendation, *because; /* owned; NULL none */
	const char *recommendation_text, *because_text; /* as they are written; NULL none */
	struct sh_template **affected; /* NULL-terminated, owned; NULL none */
};

struct sh_opinion {
	const char *id;
	struct sh_expr *when; /* owned; NULL: every fault */
	const char **faults;  /* fault types; array owned; NULL: every one */
	struct sh_case *cases;
	size_t n, cap;
	const struct sh_node *node;
};

struct sh_opinions {
	struct sh_opinion *opinion;
	size_t n, cap;
};

/* Load the diagnoses section; as sh_rules_load. */
size_t sh_opinions_load(struct sh_opinions *o, const struct sh_config *c,
			void (*report)(void *arg, const struct sh_error *err), void *arg);
void sh_opinions_release(struct sh_opinions *o);

/*
 * What one rule says of a fault: true with *out filled (the caller releases it),
 * false when it has no opinion. EVAL answers names; its error text, when set,
 * says what failed.
 */
bool sh_opinion_on(const struct sh_opinion *o, const struct sh_fault *f, struct sh_eval *eval,
		   struct sh_cause *out);

#endif
