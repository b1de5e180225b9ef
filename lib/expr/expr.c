/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/expr.h"

#include <string.h>

#include "base/mem.h"
#include "expr/builtin.h"
#include "expr/collect.h"
#include "expr/instant.h"
#include "expr/parse.h"
#include "expr/peers.h"
#include "expr/regex.h"
#include "expr/tz.h"

static void note_path(struct sh_expr *e, const char *path)
{
	for (size_t i = 0; i < e->paths; i++)
		if (!strcmp(e->path[i], path))
			return;
	sh_grow(e->path, e->paths, e->path_cap);
	e->path[e->paths++] = path;
}

/* A list of constants is a constant: no evaluation builds it again. */
static void fold_list(struct sh_expr *e, struct sh_ast *node)
{
	struct sh_value_list *list;
	struct sh_value v;

	for (size_t i = 0; i < node->n; i++)
		if (node->arg[i]->kind != SH_AST_CONST)
			return;
	list = sh_list_new(&e->arena, node->n);
	while (list->n < node->n) {
		list->item[list->n] = node->arg[list->n]->value;
		list->n++;
	}
	v = sh_list_seal(list);
	if (v.type == SH_VALUE_ERROR)
		return; /* said when it is evaluated */
	node->kind = SH_AST_CONST;
	node->value = v;
}

static void note_window(struct sh_expr *e, const struct sh_ast *call)
{
	if (!call->function->needs_past)
		return;
	e->needs_past = true;
	for (size_t i = call->function->takes_path; i < call->n; i++) {
		const struct sh_ast *arg = call->arg[i];

		if (arg->kind == SH_AST_CONST && arg->value.type == SH_VALUE_DURATION &&
		    arg->value.u.i > e->window)
			e->window = arg->value.u.i;
	}
}

static bool is_text(const struct sh_ast *call, size_t i)
{
	return i < call->n && call->arg[i]->kind == SH_AST_CONST &&
	       call->arg[i]->value.type == SH_VALUE_STRING;
}

static bool is_in_table(const struct sh_function *f, const struct sh_builtin *table)
{
	for (; table->function.name; table++)
		if (f == &table->function)
			return true;
	return false;
}

static int compile_pattern(struct sh_parser *p, struct sh_ast *call)
{
	struct sh_expr *e = p->expr;
	char why[128];

	call->regex = sh_regex_compile(call->arg[1]->value.u.s, why, sizeof(why));
	if (!call->regex)
		return sh_lexer_fail(&p->lexer, call->arg[1]->place, "bad pattern: %s", why);
	sh_grow(e->regex, e->regexes, e->regex_cap);
	e->regex[e->regexes++] = call->regex;
	return 0;
}

static int load_zone(struct sh_parser *p, struct sh_ast *call)
{
	struct sh_expr *e = p->expr;
	struct sh_tz *zone = sh_tz_find(call->arg[1]->value.u.s);

	if (!zone)
		return sh_lexer_fail(&p->lexer, call->arg[1]->place, "%s", SH_TZ_UNKNOWN);
	call->zone = zone;
	sh_grow(e->zone, e->zones, e->zone_cap);
	e->zone[e->zones++] = zone;
	return 0;
}

static void fold_duration(struct sh_ast *call)
{
	int64_t ns;

	if (sh_duration_parse_cel(call->arg[0]->value.u.s, &ns) < 0)
		return; /* said when it is evaluated */
	call->kind = SH_AST_CONST;
	call->value = sh_value_duration(ns);
}

static int finish_call(struct sh_parser *p, struct sh_ast *call)
{
	const struct sh_function *f = call->function;

	if (is_in_table(f, sh_builtin_regex) && is_text(call, 1))
		return compile_pattern(p, call);
	if (is_in_table(f, sh_builtin_time) && is_text(call, 1))
		return load_zone(p, call);
	if (f == &sh_builtin_find(sh_span_of("duration"))->function && is_text(call, 0))
		fold_duration(call);
	else
		note_window(p->expr, call);
	return 0;
}

/* What can be known before any evaluation: paths, windows, constants, patterns. */
static int finish(struct sh_parser *p, struct sh_ast *node)
{
	const char *path = NULL;
	size_t first = 0;

	if (node->kind == SH_AST_HAS) {
		node->kind = SH_AST_SELECT;
		path = sh_ast_path(p, node);
		node->kind = SH_AST_HAS;
	} else if (node->kind == SH_AST_SELECT ||
		   (node->kind == SH_AST_NAME && node->value.type != SH_VALUE_TYPE)) {
		path = sh_ast_path(p, node);
	}
	if (path) {
		note_path(p->expr, path);
		return 0;
	}
	if (node->kind == SH_AST_CALL && node->function->takes_path) {
		if (node->function->max_args)
			note_path(p->expr, node->name);
		first = 1;
	}
	if (node->kind == SH_AST_PEERS)
		sh_peers_paths(p, node, note_path);
	for (size_t i = first; i < node->n; i++)
		if (finish(p, node->arg[i]) < 0)
			return -1;
	if (node->kind == SH_AST_LIST)
		fold_list(p->expr, node);
	return node->kind == SH_AST_CALL ? finish_call(p, node) : 0;
}

/* What may have been meant by what stands behind an expression. */
static const char *rest_hint(const struct sh_parser *p)
{
	static const char *const methods[] = { "contains", "startsWith", "endsWith", "matches" };
	const struct sh_ast *root = p->expr->root;

	if (sh_parse_is_char(p, ')') || sh_parse_is_char(p, ']') || sh_parse_is_char(p, '}'))
		return " (nothing opened it)";
	if (sh_parse_is_char(p, '{'))
		return " (there are no messages; {\"key\": 1} is a map)";
	if (p->token.kind != SH_TOKEN_NAME)
		return "";
	if (root->kind == SH_AST_NAME && !strcmp(root->name, "not"))
		return " (did you mean '!'?)";
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (sh_span_is(p->token.text, methods[i]))
			return " (write it as a method: text.contains(part))";
	return "";
}

static int fail_rest(struct sh_parser *p)
{
	static const struct {
		const char *word, *op;
	} words[] = { { "and", "&&" }, { "AND", "&&" }, { "or", "||" }, { "OR", "||" },
		      { "not", "!" },  { "is", "==" },  { "mod", "%" } };
	const struct sh_token *t = &p->token;
	struct sh_span s = t->text;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (t->kind == SH_TOKEN_NAME && sh_span_is(s, words[i].word))
			return sh_lexer_fail(&p->lexer, t->place, "unexpected '%s' (did you mean '%s'?)",
					     words[i].word, words[i].op);
	return sh_lexer_fail(&p->lexer, t->place, "unexpected '%.*s' after the expression%s",
			     (int)(s.len < 40 ? s.len : 40), s.p, rest_hint(p));
}

static int parse_all(struct sh_parser *p, bool in_braces)
{
	struct sh_place open = p->lexer.place; /* behind the brace */

	if (sh_parse_advance(p) < 0)
		return -1;
	if (p->token.kind == SH_TOKEN_END)
		return sh_lexer_fail(&p->lexer, p->token.place, "the expression is empty");
	p->expr->root = sh_parse_expression(p);
	if (!p->expr->root)
		return -1;
	if (in_braces && p->token.kind == SH_TOKEN_END)
		return sh_lexer_fail(&p->lexer, p->token.place, "'}' expected at the end (the '{' at %u:%u is open)", open.line,
				     open.column - 1);
	if (in_braces ? !sh_parse_is_char(p, '}') : p->token.kind != SH_TOKEN_END)
		return fail_rest(p);
	return finish(p, p->expr->root);
}

#define SMALL 224

struct sh_expr *sh_expr_parse_part(struct sh_span text, size_t *at, bool in_braces,
				   const struct sh_function *functions, struct sh_error *err)
{
	struct sh_expr *e = sh_calloc(1, sizeof(*e));
	struct sh_parser p = { .expr = e, .functions = functions };
	size_t start = *at;

	e->arena.first = SMALL; /* there are thousands, most of a name or two */
	sh_lexer_init(&p.lexer, text, start, &e->arena, err);
	if (parse_all(&p, in_braces) < 0) {
		sh_expr_free(e);
		return NULL;
	}
	*at = (size_t)(p.token.text.p - text.p);
	e->text = sh_strndup(text.p + start, *at - start);
	return e;
}

struct sh_expr *sh_expr_parse(const char *text, const struct sh_function *functions,
			      struct sh_error *err)
{
	struct sh_span s = sh_span_of(text);
	size_t at = 0;

	if (s.len > SH_EXPR_MAX_TEXT) {
		(void)sh_error_set(err, SH_ERRC_CONFIG, "1:1: the expression is longer than %d bytes",
				   SH_EXPR_MAX_TEXT);
		return NULL;
	}
	return sh_expr_parse_part(s, &at, false, functions, err);
}

void sh_expr_free(struct sh_expr *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->regexes; i++)
		sh_regex_free(e->regex[i]);
	free(e->regex);
	for (size_t i = 0; i < e->zones; i++)
		sh_tz_free(e->zone[i]);
	free(e->zone);
	free(e->path);
	free(e->text);
	sh_arena_release(&e->arena);
	free(e);
}

const char *sh_expr_text(const struct sh_expr *e)
{
	return e->text;
}

bool sh_expr_needs_past(const struct sh_expr *e)
{
	return e->needs_past;
}

int64_t sh_expr_window(const struct sh_expr *e)
{
	return e->window;
}

const char *sh_expr_path(const struct sh_expr *e, size_t i)
{
	return i < e->paths ? e->path[i] : NULL;
}

