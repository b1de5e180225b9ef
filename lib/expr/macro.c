/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/parse.h"

#include <string.h>

static const struct macro {
	const char *name;
	enum sh_loop loop;
	size_t min_vars, max_vars;
	size_t max_exprs;
} macros[] = {
	{ "all", SH_LOOP_ALL, 1, 2, 1 },
	{ "exists", SH_LOOP_EXISTS, 1, 2, 1 },
	{ "exists_one", SH_LOOP_EXISTS_ONE, 1, 2, 1 },
	{ "existsOne", SH_LOOP_EXISTS_ONE, 1, 2, 1 },
	{ "filter", SH_LOOP_FILTER, 1, 1, 1 },
	{ "map", SH_LOOP_MAP, 1, 1, 2 },
	{ "transformList", SH_LOOP_MAP, 2, 2, 2 },
	{ "transformMap", SH_LOOP_TRANSFORM_MAP, 2, 2, 2 },
	{ "transformMapEntry", SH_LOOP_MAP_ENTRY, 2, 2, 2 },
	{ "sortBy", SH_LOOP_SORT_BY, 1, 1, 1 },
};

static const struct macro *find(struct sh_span name)
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (sh_span_is(name, macros[i].name))
			return &macros[i];
	return NULL;
}

bool sh_macro_is_known(struct sh_span name, bool method)
{
	return method ? find(name) != NULL : sh_span_is(name, "has");
}

static struct sh_ast *parse_has(struct sh_parser *p, struct sh_place place)
{
	struct sh_place open = p->open;
	struct sh_ast *node = sh_parse_expression(p);

	if (!node)
		return NULL;
	if (node->kind != SH_AST_SELECT) {
		sh_lexer_fail(&p->lexer, place, "has() takes a field, such as has(storage.utilization)");
		return NULL;
	}
	node->kind = SH_AST_HAS;
	return sh_parse_close(p, ')', "')'", open) < 0 ? NULL : node;
}

/* Whether a name and then a comma come next: a variable, not an expression. */
static bool next_is_variable(const struct sh_parser *p)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_lexer ahead = p->lexer;
	struct sh_token t;

	ahead.err = &ignored;
	return p->token.kind == SH_TOKEN_NAME && sh_lexer_next(&ahead, &t) == 0 &&
	       t.kind == SH_TOKEN_CHAR && t.ch == ',';
}

static int parse_variable(struct sh_parser *p, const struct macro *m, size_t first)
{
	struct sh_place place = p->token.place;

	if (!next_is_variable(p))
		return sh_lexer_fail(&p->lexer, place, "%s takes %s first, such as x, and an expression",
				     m->name, m->min_vars == 1 ? "a variable" : "two variables");
	if (p->vars == SH_AST_MAX_VARS)
		return sh_lexer_fail(&p->lexer, place, "macros are nested too deeply");
	for (size_t i = first; i < p->vars; i++)
		if (sh_span_equal(p->var[i], p->token.text))
			return sh_lexer_fail(&p->lexer, place, "both variables have the same name");
	p->var[p->vars++] = p->token.text;
	return sh_parse_advance(p) < 0 ? -1 : sh_parse_expect(p, ',', "','");
}

static int parse_variables(struct sh_parser *p, const struct macro *m, struct sh_ast *loop)
{
	while (loop->vars < m->min_vars || (loop->vars < m->max_vars && next_is_variable(p))) {
		if (parse_variable(p, m, loop->slot) < 0)
			return -1;
		loop->vars++;
	}
	return 0;
}

static int parse_body(struct sh_parser *p, const struct macro *m, struct sh_ast *loop,
		      struct sh_place open)
{
	struct sh_ast *body;

	for (size_t i = 0;; i++) {
		body = sh_parse_expression(p);
		if (!body || sh_ast_add(p, loop, body) < 0)
			return -1;
		if (i + 1 == m->max_exprs || sh_parse_is_char(p, ')'))
			return sh_parse_close(p, ')', "')'", open);
		if (sh_parse_comma(p, ')', open) < 0)
			return -1;
	}
}

bool sh_macro_is_bind(const struct sh_ast *receiver, struct sh_span name)
{
	return receiver->kind == SH_AST_NAME && !strcmp(receiver->name, "cel") &&
	       sh_span_is(name, "bind");
}

/* Its place is taken while the value is read, which may have macros but not the variable. */
struct sh_ast *sh_parse_bind(struct sh_parser *p, struct sh_place place)
{
	struct sh_ast *bind = sh_ast_new(p, SH_AST_LOOP, place), *part;
	struct sh_span name = p->token.text;
	struct sh_place open = p->open;

	bind->op = SH_LOOP_BIND;
	bind->slot = p->vars;
	p->expr->has_macros = true;
	if (!next_is_variable(p)) {
		sh_lexer_fail(&p->lexer, p->token.place,
			      "cel.bind takes a variable first, such as x, its value, and an expression");
		return NULL;
	}
	if (p->vars == SH_AST_MAX_VARS) {
		sh_lexer_fail(&p->lexer, place, "macros are nested too deeply");
		return NULL;
	}
	p->var[p->vars++] = (struct sh_span){ "", 0 };
	if (sh_parse_advance(p) < 0 || sh_parse_advance(p) < 0)
		return NULL;
	part = sh_parse_expression(p);
	if (!part || sh_ast_add(p, bind, part) < 0 || sh_parse_expect(p, ',', "','") < 0)
		return NULL;
	p->var[bind->slot] = name;
	part = sh_parse_expression(p);
	if (!part || sh_ast_add(p, bind, part) < 0 || sh_parse_close(p, ')', "')'", open) < 0)
		return NULL;
	p->vars = bind->slot;
	return bind;
}

struct sh_ast *sh_parse_macro(struct sh_parser *p, struct sh_ast *receiver, struct sh_span name,
			      struct sh_place place)
{
	struct sh_place open = p->open;
	const struct macro *m;
	struct sh_ast *loop;

	if (!receiver)
		return parse_has(p, place);
	m = find(name);
	loop = sh_ast_new(p, SH_AST_LOOP, place);
	loop->op = (int)m->loop;
	loop->slot = p->vars;
	p->expr->has_macros = true;
	if (sh_ast_add(p, loop, receiver) < 0 || parse_variables(p, m, loop) < 0 ||
	    parse_body(p, m, loop, open) < 0)
		return NULL;
	p->vars = loop->slot;
	return loop;
}
