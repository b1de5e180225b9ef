/* SPDX-License-Identifier: MIT */
/*
 * typed - an expression whose every part is known to be a truth, a number or a
 * duration, with its names bound to slots: what quick compiles
 */
#ifndef SH_EXPR_TYPED_H
#define SH_EXPR_TYPED_H

#include "expr/ast.h"
#include "expr/quick.h"

enum sh_typed_type {
	SH_TYPED_TRUTH,
	SH_TYPED_DOUBLE,
	SH_TYPED_NUMBER, /* int, uint or double by what happens: to compare, not to calculate */
	SH_TYPED_DURATION,
};

enum sh_typed_kind {
	SH_TYPED_CONST, /* c */
	SH_TYPED_SLOT,
	SH_TYPED_HAS,   /* slot */
	SH_TYPED_NOT,
	SH_TYPED_AND,
	SH_TYPED_OR,
	SH_TYPED_COMPARE, /* op a token kind */
	SH_TYPED_IN,      /* arg[0] in the N_SET numbers of SET */
	SH_TYPED_ARITH,   /* op one of + - * / */
	SH_TYPED_NEGATE,
	SH_TYPED_ABS,
	SH_TYPED_GREATEST,
	SH_TYPED_LEAST,
	SH_TYPED_CONDITION,
	SH_TYPED_OTHER, /* outside the subset: who comes to it asks the evaluator */
};

struct sh_typed {
	enum sh_typed_kind kind;
	enum sh_typed_type type;
	int op;
	double c;
	size_t slot;
	size_t n, n_set;
	struct sh_typed **arg;
	double *set;
};

/* The tree, all of it in ARENA; NULL when E is outside the subset. */
const struct sh_typed *sh_typed_build(const struct sh_expr *e, const struct sh_quick_binder *b,
				      struct sh_arena *arena);

static inline bool sh_typed_is_number(const struct sh_typed *t)
{
	return t->type == SH_TYPED_DOUBLE || t->type == SH_TYPED_NUMBER;
}

#endif
