/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/ast.h"

/* The node of the call ID, or NULL. */
static const struct sh_ast *find_call(const struct sh_ast *node, size_t id)
{
	if (node->kind == SH_AST_CALL && node->function->takes_path && node->id == id)
		return node;
	for (size_t i = 0; i < node->n; i++) {
		const struct sh_ast *found = find_call(node->arg[i], id);

		if (found)
			return found;
	}
	return NULL;
}

/* A literal, perhaps with a minus before it. */
static bool constant(const struct sh_ast *node, struct sh_value *out)
{
	if (node->kind == SH_AST_CONST) {
		*out = node->value;
		return true;
	}
	if (node->kind != SH_AST_NEGATE || !constant(node->arg[0], out))
		return false;
	if (out->type == SH_VALUE_DOUBLE)
		out->u.d = -out->u.d;
	else if (out->type == SH_VALUE_INT || out->type == SH_VALUE_DURATION)
		out->u.i = -out->u.i;
	else
		return false;
	return true;
}

bool sh_expr_call_site(const struct sh_expr *e, size_t id, struct sh_call_site *out)
{
	const struct sh_ast *node = id < e->calls ? find_call(e->root, id) : NULL;

	if (!node)
		return false;
	*out = (struct sh_call_site){ .function = node->function, .path = node->name,
				      .line = node->place.line, .column = node->place.column };
	out->constant = node->n <= 1 + SH_CALL_SITE_ARGS;
	for (size_t i = 1; i < node->n && out->constant; i++)
		out->constant = constant(node->arg[i], &out->arg[out->n++]);
	return true;
}

size_t sh_expr_calls(const struct sh_expr *e)
{
	return e->calls;
}
