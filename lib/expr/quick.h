/* SPDX-License-Identifier: MIT */
/*
 * quick - an expression over plain numbers, compiled
 *
 * The same answer as sh_expr_truth, without names, values or memory: the caller
 * says which place of an array of doubles each path and call has, and NaN there
 * means that it is absent. The program is a graph of tests, each of which knows
 * where to go when it is true, false or unknown, so that a truth with && and ||
 * of unknowns is decided by jumps alone.
 *
 * In the subset: numbers, paths, calls of functions that take a path, durations
 * to compare a call with, + - * / on doubles, comparisons, in [numbers], has(),
 * ! && || ?:, true and false, math.abs, math.greatest, math.least. Arithmetic of
 * constants is done when it is compiled, as the evaluator does it. What is outside
 * may stand behind an operand of && or || that is not, or in a branch of ?: beside
 * one that is not; the answer is PUNT where it comes to that.
 */
#ifndef SH_EXPR_QUICK_H
#define SH_EXPR_QUICK_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/expr.h"

struct sh_quick;

enum sh_quick_kind {
	SH_QUICK_NONE,     /* not to be had as a number: the expression is not compiled */
	SH_QUICK_CONSTANT, /* a double that never changes, and is there: params.x */
	SH_QUICK_NUMBER,   /* a double */
	SH_QUICK_TRUTH,    /* 0 false, else true */
	SH_QUICK_DURATION, /* whole nanoseconds */
};

struct sh_quick_bound {
	enum sh_quick_kind kind;
	size_t slot;     /* of NUMBER, TRUTH and DURATION */
	double constant; /* of CONSTANT, finite */
};

/*
 * What the caller's names are. A path may only be bound when the evaluator's
 * lookup would find a double there, or nothing; a call when it would give such a
 * value, or unknown, whatever its arguments are. CALL may be NULL.
 */
struct sh_quick_binder {
	struct sh_quick_bound (*path)(void *arg, const char *path);
	/* ID and PATH as in struct sh_call. */
	struct sh_quick_bound (*call)(void *arg, const struct sh_function *f, const char *path,
				      size_t id);
	void *arg;
};

/* Returns NULL when E is no truth or uses anything outside the subset. Owned by the caller; does not borrow from E. */
struct sh_quick *sh_quick_compile(const struct sh_expr *e, const struct sh_quick_binder *b);
void sh_quick_free(struct sh_quick *q);

enum sh_quick_answer {
	SH_QUICK_FALSE = SH_FALSE,
	SH_QUICK_TRUE = SH_TRUE,
	SH_QUICK_UNKNOWN = SH_UNKNOWN,
	SH_QUICK_PUNT, /* division by zero, what is outside: ask sh_expr_truth or sh_expr_eval */
};

enum sh_quick_answer sh_quick_truth(const struct sh_quick *q, const double *value);

/* Values of one slot. */
struct sh_quick_gate {
	size_t slot;
	double low, high; /* both included */
};

/*
 * Find, among the slots below SLOTS, one whose value alone can make the truth
 * certainly false, whatever there is in the others, and for which values it does.
 * Returns false when there is none. Costs more than a truth: asked once.
 */
bool sh_quick_gate(const struct sh_quick *q, size_t slots, struct sh_quick_gate *out);

/* Whether the truth can only be false or unknown while SLOT is absent, whatever else there is. */
bool sh_quick_needs(const struct sh_quick *q, size_t slot);

/*
 * Whether E is certainly unknown - neither true nor false nor an error - when
 * every path for which OWN is true is absent, whatever else there is. A function
 * that takes such a path is then unknown too, unless it is_timed.
 */
bool sh_expr_idle_without(const struct sh_expr *e, bool (*own)(void *arg, const char *path),
			  void *arg);

#endif
