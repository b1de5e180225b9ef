/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/typed.h"

#include <math.h>

#include "expr/builtin.h"
#include "expr/path.h"
#include "expr/run.h"

struct typing {
	const struct sh_quick_binder *binder;
	struct sh_arena *arena;
};

/* NULL wherever a part is outside the subset. */
static struct sh_typed *build(struct typing *t, const struct sh_ast *node);

static struct sh_typed *new_node(struct typing *t, enum sh_typed_kind kind, enum sh_typed_type type,
				 size_t n)
{
	struct sh_typed *out = sh_arena_alloc(t->arena, sizeof(*out));

	*out = (struct sh_typed){ .kind = kind, .type = type };
	out->arg = sh_arena_alloc(t->arena, n * sizeof(struct sh_typed *));
	return out;
}

static bool is_builtin(const struct sh_ast *node, const char *name)
{
	return node->kind == SH_AST_CALL &&
	       node->function == &sh_builtin_find(sh_span_of(name))->function;
}

/* Whether the value is the same in every evaluation. */
static bool is_constant(const struct sh_ast *node)
{
	switch (node->kind) {
	case SH_AST_CONST:
		return true;
	case SH_AST_NOT:
	case SH_AST_NEGATE:
	case SH_AST_AND:
	case SH_AST_OR:
	case SH_AST_COMPARE:
	case SH_AST_IN:
	case SH_AST_ARITH:
	case SH_AST_CONDITION:
	case SH_AST_LIST:
		break;
	case SH_AST_CALL:
		if (is_builtin(node, "math.abs") || is_builtin(node, "math.greatest") ||
		    is_builtin(node, "math.least"))
			break;
		return false;
	default:
		return false;
	}
	for (size_t i = 0; i < node->n; i++)
		if (!is_constant(node->arg[i]))
			return false;
	return true;
}

static bool no_lookup(void *user, const char *name, struct sh_value *out)
{
	(void)user;
	(void)name;
	(void)out;
	return false;
}

static struct sh_value evaluate(struct typing *t, const struct sh_ast *node)
{
	struct sh_eval eval = { .lookup = no_lookup, .arena = t->arena };
	struct sh_run run = { .eval = &eval, .memory_start = t->arena->used };

	return sh_run_node(&run, node);
}

/* The number or duration as a double; false when no double has just that value. */
static bool exact(const struct sh_value *v, double *out)
{
	switch (v->type) {
	case SH_VALUE_INT:
	case SH_VALUE_DURATION:
		*out = (double)v->u.i;
		return *out < 0x1p63 && (int64_t)*out == v->u.i;
	case SH_VALUE_UINT:
		*out = (double)v->u.u;
		return *out < 0x1p64 && (uint64_t)*out == v->u.u;
	case SH_VALUE_DOUBLE:
		*out = v->u.d;
		return !isnan(*out);
	default:
		return false;
	}
}

static struct sh_typed *build_constant(struct typing *t, const struct sh_ast *node)
{
	struct sh_typed *out = new_node(t, SH_TYPED_CONST, SH_TYPED_NUMBER, 0);
	struct sh_value v = evaluate(t, node);

	if (v.type == SH_VALUE_BOOL) {
		out->type = SH_TYPED_TRUTH;
		out->c = v.u.b;
		return out;
	}
	if (v.type == SH_VALUE_DOUBLE)
		out->type = SH_TYPED_DOUBLE;
	else if (v.type == SH_VALUE_DURATION)
		out->type = SH_TYPED_DURATION;
	return exact(&v, &out->c) ? out : NULL;
}

static struct sh_typed *build_bound(struct typing *t, struct sh_quick_bound bound)
{
	static const enum sh_typed_type types[] = {
		[SH_QUICK_CONSTANT] = SH_TYPED_DOUBLE,
		[SH_QUICK_NUMBER] = SH_TYPED_DOUBLE,
		[SH_QUICK_TRUTH] = SH_TYPED_TRUTH,
		[SH_QUICK_DURATION] = SH_TYPED_DURATION,
	};
	struct sh_typed *out;

	if (bound.kind == SH_QUICK_NONE)
		return NULL;
	out = new_node(t, bound.kind == SH_QUICK_CONSTANT ? SH_TYPED_CONST : SH_TYPED_SLOT,
		       types[bound.kind], 0);
	out->slot = bound.slot;
	out->c = bound.constant;
	return out;
}

static struct sh_typed *build_path(struct typing *t, const struct sh_ast *node)
{
	char path[SH_PATH_MAX];

	if (!sh_path_text(node, path))
		return NULL;
	return build_bound(t, t->binder->path(t->binder->arg, path));
}

static struct sh_typed *build_has(struct typing *t, const struct sh_ast *node)
{
	struct sh_typed *out = build_path(t, node);

	if (!out)
		return NULL;
	out->type = SH_TYPED_TRUTH;
	if (out->kind == SH_TYPED_CONST)
		out->c = 1;
	else
		out->kind = SH_TYPED_HAS;
	return out;
}

/* OUT with the operands of NODE. */
static struct sh_typed *build_operands(struct typing *t, struct sh_typed *out,
				       const struct sh_ast *node)
{
	for (; out->n < node->n; out->n++) {
		out->arg[out->n] = build(t, node->arg[out->n]);
		if (!out->arg[out->n])
			return NULL;
	}
	return out;
}

static struct sh_typed *new_other(struct typing *t)
{
	return new_node(t, SH_TYPED_OTHER, SH_TYPED_TRUTH, 0);
}

/* What is outside the subset may stand behind what is not, which mostly decides. */
static struct sh_typed *build_logic(struct typing *t, const struct sh_ast *node)
{
	enum sh_typed_kind kind = node->kind == SH_AST_NOT   ? SH_TYPED_NOT
				  : node->kind == SH_AST_AND ? SH_TYPED_AND
							     : SH_TYPED_OR;
	struct sh_typed *out = new_node(t, kind, SH_TYPED_TRUTH, node->n);

	for (; out->n < node->n; out->n++) {
		struct sh_typed *one = build(t, node->arg[out->n]);

		if (!one && out->n > 0)
			one = new_other(t);
		if (!one || one->type != SH_TYPED_TRUTH)
			return NULL;
		out->arg[out->n] = one;
	}
	return out;
}

static struct sh_typed *build_compare(struct typing *t, const struct sh_ast *node)
{
	struct sh_typed *out = new_node(t, SH_TYPED_COMPARE, SH_TYPED_TRUTH, 2);
	bool equality = node->op == SH_TOKEN_EQ || node->op == SH_TOKEN_NE;

	out->op = node->op;
	if (!build_operands(t, out, node))
		return NULL;
	if (sh_typed_is_number(out->arg[0]) && sh_typed_is_number(out->arg[1]))
		return out;
	if (out->arg[0]->type != out->arg[1]->type)
		return NULL;
	return out->arg[0]->type == SH_TYPED_DURATION || equality ? out : NULL;
}

/* Two that may be ints would be calculated as ints. */
static struct sh_typed *build_arith(struct typing *t, const struct sh_ast *node)
{
	struct sh_typed *out = new_node(t, SH_TYPED_ARITH, SH_TYPED_DOUBLE, 2);

	out->op = node->op;
	if (node->op == '%' || !build_operands(t, out, node))
		return NULL;
	if (!sh_typed_is_number(out->arg[0]) || !sh_typed_is_number(out->arg[1]))
		return NULL;
	return out->arg[0]->type == SH_TYPED_DOUBLE || out->arg[1]->type == SH_TYPED_DOUBLE ? out
											    : NULL;
}

/* Items that are no numbers, or that no double is equal to, are in it in vain. */
static struct sh_typed *build_in(struct typing *t, const struct sh_ast *node)
{
	struct sh_typed *out = new_node(t, SH_TYPED_IN, SH_TYPED_TRUTH, 1);
	struct sh_value list;

	if (!is_constant(node->arg[1]))
		return NULL;
	out->arg[0] = build(t, node->arg[0]);
	list = evaluate(t, node->arg[1]);
	if (!out->arg[0] || !sh_typed_is_number(out->arg[0]) || list.type != SH_VALUE_LIST)
		return NULL;
	out->n = 1;
	out->set = sh_arena_alloc(t->arena, sh_value_count(&list) * sizeof(double));
	for (size_t i = 0; i < sh_value_count(&list); i++) {
		struct sh_value v = sh_value_item(&list, i);

		if (v.type != SH_VALUE_DURATION && exact(&v, &out->set[out->n_set]))
			out->n_set++;
	}
	return out;
}

static struct sh_typed *build_condition(struct typing *t, const struct sh_ast *node)
{
	struct sh_typed *out = new_node(t, SH_TYPED_CONDITION, SH_TYPED_NUMBER, 3);
	struct sh_typed *test = build(t, node->arg[0]);
	struct sh_typed *yes = build(t, node->arg[1]), *no = build(t, node->arg[2]);

	if (!yes && no && no->type == SH_TYPED_TRUTH)
		yes = new_other(t);
	if (!no && yes && yes->type == SH_TYPED_TRUTH)
		no = new_other(t);
	if (!test || test->type != SH_TYPED_TRUTH || !yes || !no)
		return NULL;
	out->arg[out->n++] = test;
	out->arg[out->n++] = yes;
	out->arg[out->n++] = no;
	if (yes->type == no->type)
		out->type = yes->type;
	else if (!sh_typed_is_number(yes) || !sh_typed_is_number(no))
		return NULL;
	return out;
}

/* A minus or math.abs: of ints they are others. */
static struct sh_typed *build_sign(struct typing *t, const struct sh_ast *node,
				   enum sh_typed_kind kind)
{
	struct sh_typed *out = build_operands(t, new_node(t, kind, SH_TYPED_DOUBLE, node->n), node);

	return out && out->arg[0]->type == SH_TYPED_DOUBLE ? out : NULL;
}

static struct sh_typed *build_extreme(struct typing *t, const struct sh_ast *node,
				      enum sh_typed_kind kind)
{
	struct sh_typed *out = build_operands(t, new_node(t, kind, SH_TYPED_DOUBLE, node->n), node);

	for (size_t i = 0; out && i < out->n; i++) {
		if (!sh_typed_is_number(out->arg[i]))
			return NULL;
		if (out->arg[i]->type == SH_TYPED_NUMBER)
			out->type = SH_TYPED_NUMBER;
	}
	return out;
}

static struct sh_typed *build_call(struct typing *t, const struct sh_ast *node)
{
	if (is_builtin(node, "math.abs"))
		return build_sign(t, node, SH_TYPED_ABS);
	if (is_builtin(node, "math.greatest"))
		return build_extreme(t, node, SH_TYPED_GREATEST);
	if (is_builtin(node, "math.least"))
		return build_extreme(t, node, SH_TYPED_LEAST);
	if (!node->function->takes_path || !t->binder->call)
		return NULL;
	for (size_t i = 1; i < node->n; i++)
		if (node->arg[i]->kind != SH_AST_CONST)
			return NULL;
	return build_bound(t, t->binder->call(t->binder->arg, node->function, node->name, node->id));
}

static struct sh_typed *build(struct typing *t, const struct sh_ast *node)
{
	if (is_constant(node))
		return build_constant(t, node);
	switch (node->kind) {
	case SH_AST_NAME:
	case SH_AST_SELECT:
		return build_path(t, node);
	case SH_AST_HAS:
		return build_has(t, node);
	case SH_AST_NOT:
	case SH_AST_AND:
	case SH_AST_OR:
		return build_logic(t, node);
	case SH_AST_NEGATE:
		return build_sign(t, node, SH_TYPED_NEGATE);
	case SH_AST_COMPARE:
		return build_compare(t, node);
	case SH_AST_IN:
		return build_in(t, node);
	case SH_AST_ARITH:
		return build_arith(t, node);
	case SH_AST_CONDITION:
		return build_condition(t, node);
	case SH_AST_CALL:
		return build_call(t, node);
	default:
		return NULL;
	}
}

const struct sh_typed *sh_typed_build(const struct sh_expr *e, const struct sh_quick_binder *b,
				      struct sh_arena *arena)
{
	struct typing t = { b, arena };

	return build(&t, e->root);
}
