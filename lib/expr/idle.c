/* SPDX-License-Identifier: MIT */
/*
 * What an expression can come to when some paths are absent, whatever the rest
 * is: abstract interpretation (P. Cousot, R. Cousot) over sets of outcomes.
 */
#include "config.h"

#include "expr/ast.h"
#include "expr/path.h"
#include "expr/peers.h"
#include "expr/quick.h"

enum outcome {
	CAN_UNKNOWN = 1,
	CAN_ERROR = 2,
	CAN_TRUE = 4,
	CAN_FALSE = 8,
	CAN_OTHER = 16, /* any value but a truth */
	CAN_BE_BAD = CAN_UNKNOWN | CAN_ERROR,
	CAN_BE_GOOD = CAN_TRUE | CAN_FALSE | CAN_OTHER,
	CAN_BE_ANY = CAN_BE_BAD | CAN_BE_GOOD,
};

struct idle {
	bool (*own)(void *arg, const char *path);
	void *arg;
};

static unsigned outcomes(const struct idle *in, const struct sh_ast *node);

static bool is_own(const struct idle *in, const struct sh_ast *node)
{
	char path[SH_PATH_MAX];

	return sh_path_text(node, path) && in->own(in->arg, path);
}

/*
 * Operands from FIRST on, evaluated in a row: the first that is unknown or an
 * error is the result. CAN_OTHER stands for all of them being there.
 */
static unsigned in_a_row(const struct idle *in, const struct sh_ast *node, size_t first)
{
	unsigned result = 0;

	for (size_t i = first; i < node->n; i++) {
		unsigned one = outcomes(in, node->arg[i]);

		result |= one & CAN_BE_BAD;
		if (!(one & CAN_BE_GOOD))
			return result;
	}
	return result | CAN_OTHER;
}

/* The same, and then something that has these outcomes. */
static unsigned then(unsigned row, unsigned outcome)
{
	return row & CAN_OTHER ? (row & CAN_BE_BAD) | outcome : row;
}

/* As run_logic: the decisive truth, else unknown, else an error, else the other truth. */
static unsigned of_logic(const struct idle *in, const struct sh_ast *node)
{
	unsigned decisive = node->kind == SH_AST_OR ? CAN_TRUE : CAN_FALSE;
	unsigned other = CAN_TRUE | CAN_FALSE, any = 0, all = other, result;
	bool surely_unknown = false;

	for (size_t i = 0; i < node->n; i++) {
		unsigned one = outcomes(in, node->arg[i]);

		if (one == decisive)
			return decisive;
		any |= one;
		all &= one;
		surely_unknown = surely_unknown || one == CAN_UNKNOWN;
	}
	result = any & (decisive | CAN_UNKNOWN);
	if (surely_unknown)
		return result;
	if (any & (CAN_ERROR | CAN_OTHER))
		result |= CAN_ERROR;
	return result | (all & other & ~decisive);
}

static unsigned of_not(unsigned one)
{
	unsigned result = one & CAN_BE_BAD;

	if (one & CAN_TRUE)
		result |= CAN_FALSE;
	if (one & CAN_FALSE)
		result |= CAN_TRUE;
	return one & CAN_OTHER ? result | CAN_ERROR : result;
}

static unsigned of_condition(const struct idle *in, const struct sh_ast *node)
{
	unsigned test = outcomes(in, node->arg[0]), result = test & CAN_BE_BAD;

	if (test & CAN_OTHER)
		result |= CAN_ERROR;
	if (test & CAN_TRUE)
		result |= outcomes(in, node->arg[1]);
	if (test & CAN_FALSE)
		result |= outcomes(in, node->arg[2]);
	return result;
}

static unsigned of_call(const struct idle *in, const struct sh_ast *node)
{
	const struct sh_function *f = node->function;
	unsigned row = in_a_row(in, node, f->takes_path ? 1 : 0);

	if (f->takes_path && !f->is_timed && in->own(in->arg, node->name))
		return then(row, CAN_UNKNOWN);
	return then(row, CAN_BE_ANY);
}

static unsigned of_constant(const struct sh_value *v)
{
	if (v->type != SH_VALUE_BOOL)
		return CAN_OTHER;
	return v->u.b ? CAN_TRUE : CAN_FALSE;
}

static unsigned outcomes(const struct idle *in, const struct sh_ast *node)
{
	switch (node->kind) {
	case SH_AST_CONST:
		return of_constant(&node->value);
	case SH_AST_NAME:
		return is_own(in, node) ? CAN_UNKNOWN : CAN_BE_ANY;
	case SH_AST_SELECT:
		return is_own(in, node) ? CAN_UNKNOWN : then(in_a_row(in, node, 0), CAN_BE_ANY);
	case SH_AST_HAS:
		return is_own(in, node) ? CAN_FALSE : CAN_FALSE | CAN_TRUE | CAN_ERROR;
	case SH_AST_NOT:
		return of_not(outcomes(in, node->arg[0]));
	case SH_AST_AND:
	case SH_AST_OR:
		return of_logic(in, node);
	case SH_AST_COMPARE:
	case SH_AST_IN:
		return then(in_a_row(in, node, 0), CAN_TRUE | CAN_FALSE | CAN_ERROR);
	case SH_AST_NEGATE:
	case SH_AST_ARITH:
	case SH_AST_LIST:
	case SH_AST_MAP:
		return then(in_a_row(in, node, 0), CAN_OTHER | CAN_ERROR);
	case SH_AST_INDEX:
		return then(in_a_row(in, node, 0), CAN_BE_ANY);
	case SH_AST_CONDITION:
		return of_condition(in, node);
	case SH_AST_CALL:
		return of_call(in, node);
	case SH_AST_PEERS: /* without news of its own it says what it said before */
		return sh_peers_reads(node, in->own, in->arg) ? CAN_UNKNOWN : CAN_BE_ANY;
	case SH_AST_VAR:
	case SH_AST_LOOP:
		break;
	}
	return CAN_BE_ANY;
}

bool sh_expr_idle_without(const struct sh_expr *e, bool (*own)(void *arg, const char *path),
			  void *arg)
{
	struct idle in = { own, arg };

	return outcomes(&in, e->root) == CAN_UNKNOWN;
}
