/* SPDX-License-Identifier: MIT */
/*
 * eval - a PromQL expression at one instant
 *
 * The semantics are those of Prometheus 2 (its documentation, "Querying
 * Prometheus"): a plain selector sees the last point of the five minutes before,
 * a range includes both its ends, rate, increase and delta extrapolate to the ends
 * of the range. Results live in the arena and borrow from the store.
 */
#ifndef SH_DETECT_PROM_EVAL_H
#define SH_DETECT_PROM_EVAL_H

#include "detect/prom/labels.h"
#include "detect/prom/promql.h"
#include "detect/prom/history.h"

struct sh_prom_elem {
	const struct sh_prom_labels *labels;
	double value;
	const char *origin; /* the entity all of it was measured on; NULL when there are several, or none */
};

struct sh_prom_vector {
	struct sh_prom_elem *elem;
	size_t n, cap;
};

struct sh_prom_eval {
	struct sh_prom_watch *const *watch; /* by the id of each selector */
	int64_t now;
	int64_t interval;       /* of the rule: the step of subqueries that say none */
	struct sh_arena *arena;
	size_t work;            /* elements made so far: bounded */
	struct sh_error *err;
};

/* A scalar is one element without labels. -1 with SH_ERRC_CONFIG: two series match where one may. */
int sh_prom_eval(struct sh_prom_eval *e, const struct sh_prom_ast *root, struct sh_prom_vector *out);
/* How far each selector below ROOT looks back, told through SEEN; -1 for what a stream cannot answer. */
int sh_prom_reach(const struct sh_prom_ast *root, int64_t interval,
		  void (*seen)(void *arg, const struct sh_prom_ast *selector, int64_t reach),
		  void *arg, struct sh_error *err);

#endif
