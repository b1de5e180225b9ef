/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/parse.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "expr/regex.h"

static struct sh_prom_ast *parse_expr(struct sh_prom_parser *s);

#define MAX_ARGS 64

/* What binds stronger has the larger number; a sign binds as "*". */
static const struct {
	const char *text;
	enum sh_prom_op op;
	int strength;
} operators[] = {
	{ "or", SH_PROM_OR, 1 },   { "and", SH_PROM_AND, 2 }, { "unless", SH_PROM_UNLESS, 2 },
	{ "==", SH_PROM_EQ, 3 },   { "!=", SH_PROM_NE, 3 },   { "<", SH_PROM_LT, 3 },
	{ "<=", SH_PROM_LE, 3 },   { ">", SH_PROM_GT, 3 },    { ">=", SH_PROM_GE, 3 },
	{ "+", SH_PROM_ADD, 4 },   { "-", SH_PROM_SUB, 4 },   { "*", SH_PROM_MUL, 5 },
	{ "/", SH_PROM_DIV, 5 },   { "%", SH_PROM_MOD, 5 },   { "atan2", SH_PROM_ATAN2, 5 },
	{ "^", SH_PROM_POW, 6 },
};
#define SIGN_STRENGTH 6
#define POW_STRENGTH  6

struct sh_prom_ast *sh_prom_new_node(struct sh_prom_parser *s, enum sh_prom_kind kind, size_t start)
{
	struct sh_prom_ast *a = sh_arena_alloc(&s->p->arena, sizeof(*a));

	memset(a, 0, sizeof(*a));
	a->kind = kind;
	a->start = a->end = start;
	a->depth = 1;
	return a;
}

int sh_prom_add_arg(struct sh_prom_parser *s, struct sh_prom_ast *to, struct sh_prom_ast *arg)
{
	if (!(to->n & (to->n - 1))) { /* room doubles at powers of two */
		struct sh_prom_ast **more =
			sh_arena_alloc(&s->p->arena, (to->n ? 2 * to->n : 1) * sizeof(*more));

		if (to->n)
			memcpy(more, to->arg, to->n * sizeof(*more));
		to->arg = more;
	}
	to->arg[to->n++] = arg;
	if (arg->depth >= to->depth)
		to->depth = arg->depth + 1;
	if (to->depth > SH_PROMQL_MAX_DEPTH || to->n > MAX_ARGS)
		return sh_prom_lex_fail(&s->lex, arg->start, s->err, "too large an expression");
	return 0;
}

/* "(a, b)" of a call or an aggregation. */
static int parse_args(struct sh_prom_parser *s, struct sh_prom_ast *call)
{
	if (sh_prom_expect(s, "(") < 0)
		return -1;
	while (!sh_prom_lex_is(&s->lex, ")")) {
		struct sh_prom_ast *arg = parse_expr(s);

		if (!arg || sh_prom_add_arg(s, call, arg) < 0)
			return -1;
		if (!sh_prom_lex_is(&s->lex, ","))
			break;
		if (sh_prom_lex_next(&s->lex, s->err) < 0)
			return -1;
	}
	return sh_prom_expect(s, ")");
}

/* Whether the word after the one at hand is MARK or WORD. */
static bool is_followed(const struct sh_prom_parser *s, const char *mark, const char *word,
			const char *word2)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_prom_lex ahead = s->lex;

	if (sh_prom_lex_next(&ahead, &ignored) < 0)
		return false;
	return sh_prom_lex_is(&ahead, mark) ||
	       (word && (sh_prom_lex_is_word(&ahead, word) || sh_prom_lex_is_word(&ahead, word2)));
}

/* by (...) or without (...), before or after the arguments. */
static int parse_by(struct sh_prom_parser *s, struct sh_prom_ast *a, bool *had)
{
	bool without = sh_prom_lex_is_word(&s->lex, "without");

	if (*had || (!without && !sh_prom_lex_is_word(&s->lex, "by")))
		return 0;
	*had = true;
	a->without = without;
	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	return sh_prom_parse_names(s, &a->names);
}

static struct sh_prom_ast *parse_aggregate(struct sh_prom_parser *s, enum sh_prom_aggregate op)
{
	struct sh_prom_ast *a = sh_prom_new_node(s, SH_PROM_AGGREGATE, s->lex.start);
	bool had = false;

	a->aggregate = op;
	if (sh_prom_lex_next(&s->lex, s->err) < 0 || parse_by(s, a, &had) < 0 ||
	    parse_args(s, a) < 0 || parse_by(s, a, &had) < 0)
		return NULL;
	a->end = s->lex.last_end;
	return sh_prom_check_aggregate(s, a) < 0 ? NULL : a;
}

static struct sh_prom_ast *parse_call(struct sh_prom_parser *s)
{
	struct sh_prom_ast *a = sh_prom_new_node(s, SH_PROM_CALL, s->lex.start);

	a->function = sh_prom_function_find(s->lex.word);
	if (!a->function) {
		(void)sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "unknown function '%.*s'",
				       (int)(s->lex.word.len < 80 ? s->lex.word.len : 80),
				       s->lex.word.p);
		return NULL;
	}
	if (sh_prom_lex_next(&s->lex, s->err) < 0 || parse_args(s, a) < 0)
		return NULL;
	a->end = s->lex.last_end;
	return sh_prom_check_call(s, a) < 0 ? NULL : a;
}

static struct sh_prom_ast *parse_brackets(struct sh_prom_parser *s)
{
	size_t start = s->lex.start;
	struct sh_prom_ast *a;

	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return NULL;
	a = parse_expr(s);
	if (!a || sh_prom_expect(s, ")") < 0)
		return NULL;
	a->paren = true;
	a->start = start;
	a->end = s->lex.last_end;
	return a;
}

static struct sh_prom_ast *parse_literal(struct sh_prom_parser *s, double number)
{
	bool is_text = s->lex.token == SH_PROM_T_STRING;
	struct sh_prom_ast *a =
		sh_prom_new_node(s, is_text ? SH_PROM_STRING : SH_PROM_NUMBER, s->lex.start);

	a->type = is_text ? SH_PROM_TEXT : SH_PROM_SCALAR;
	a->string = s->lex.string;
	a->number = number;
	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return NULL;
	a->end = s->lex.last_end;
	return a;
}

static struct sh_prom_ast *parse_word(struct sh_prom_parser *s)
{
	enum sh_prom_aggregate op;

	if (sh_prom_aggregate_find(s->lex.word, &op) && is_followed(s, "(", "by", "without"))
		return parse_aggregate(s, op);
	if (is_followed(s, "(", NULL, NULL))
		return parse_call(s);
	if (sh_prom_lex_is_word(&s->lex, "inf"))
		return parse_literal(s, HUGE_VAL);
	if (sh_prom_lex_is_word(&s->lex, "nan"))
		return parse_literal(s, (double)NAN);
	return sh_prom_parse_selector(s);
}

static struct sh_prom_ast *parse_operand(struct sh_prom_parser *s)
{
	switch (s->lex.token) {
	case SH_PROM_T_NUMBER:
	case SH_PROM_T_DURATION:
		return parse_literal(s, s->lex.number);
	case SH_PROM_T_STRING:
		return parse_literal(s, 0);
	case SH_PROM_T_NAME:
		return parse_word(s);
	case SH_PROM_T_MARK:
		if (sh_prom_lex_is(&s->lex, "("))
			return parse_brackets(s);
		if (sh_prom_lex_is(&s->lex, "{"))
			return sh_prom_parse_selector(s);
		break;
	case SH_PROM_T_END:
		break;
	}
	(void)sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "a value expected%s",
			       s->lex.token == SH_PROM_T_END ? " at the end" : "");
	return NULL;
}

static struct sh_prom_ast *parse_binary(struct sh_prom_parser *s, int strength);

static struct sh_prom_ast *parse_signed(struct sh_prom_parser *s)
{
	size_t start = s->lex.start;
	bool minus = sh_prom_lex_is(&s->lex, "-");
	struct sh_prom_ast *a, *negated;

	if (!minus && !sh_prom_lex_is(&s->lex, "+")) {
		a = parse_operand(s);
		return a ? sh_prom_parse_suffix(s, a) : NULL;
	}
	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return NULL;
	a = parse_binary(s, SIGN_STRENGTH);
	if (!a || !minus)
		return a;
	if (a->type != SH_PROM_SCALAR && a->type != SH_PROM_VECTOR) {
		(void)sh_prom_lex_fail(&s->lex, start, s->err,
				       "a sign before what is neither scalar nor vector");
		return NULL;
	}
	negated = sh_prom_new_node(s, SH_PROM_NEGATE, start);
	negated->type = a->type;
	negated->end = a->end;
	return sh_prom_add_arg(s, negated, a) < 0 ? NULL : negated;
}

static int find_operator(const struct sh_prom_lex *l)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (sh_prom_lex_is(l, operators[i].text) || sh_prom_lex_is_word(l, operators[i].text))
			return (int)i;
	return -1;
}

/* bool, on (...), ignoring (...), group_left (...), group_right (...) */
static int parse_modifiers(struct sh_prom_parser *s, struct sh_prom_ast *b)
{
	bool left;

	b->is_bool = sh_prom_lex_is_word(&s->lex, "bool");
	if (b->is_bool && sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	b->has_on = sh_prom_lex_is_word(&s->lex, "on");
	if (!b->has_on && !sh_prom_lex_is_word(&s->lex, "ignoring"))
		return 0;
	if (sh_prom_lex_next(&s->lex, s->err) < 0 || sh_prom_parse_names(s, &b->names) < 0)
		return -1;
	left = sh_prom_lex_is_word(&s->lex, "group_left");
	if (!left && !sh_prom_lex_is_word(&s->lex, "group_right"))
		return 0;
	b->group = left ? SH_PROM_GROUP_LEFT : SH_PROM_GROUP_RIGHT;
	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	return sh_prom_lex_is(&s->lex, "(") ? sh_prom_parse_names(s, &b->include) : 0;
}

static struct sh_prom_ast *parse_right(struct sh_prom_parser *s, struct sh_prom_ast *left, int at)
{
	struct sh_prom_ast *b = sh_prom_new_node(s, SH_PROM_BINARY, left->start), *right;
	int strength = operators[at].strength;

	b->op = operators[at].op;
	if (sh_prom_lex_next(&s->lex, s->err) < 0 || parse_modifiers(s, b) < 0)
		return NULL;
	right = parse_binary(s, strength == POW_STRENGTH ? strength : strength + 1);
	if (!right || sh_prom_add_arg(s, b, left) < 0 || sh_prom_add_arg(s, b, right) < 0)
		return NULL;
	b->end = right->end;
	return sh_prom_check_binary(s, b) < 0 ? NULL : b;
}

static struct sh_prom_ast *parse_binary(struct sh_prom_parser *s, int strength)
{
	struct sh_prom_ast *left;
	int at;

	if (++s->depth > SH_PROMQL_MAX_DEPTH) {
		(void)sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "too deep an expression");
		return NULL;
	}
	left = parse_signed(s);
	while (left && (at = find_operator(&s->lex)) >= 0 && operators[at].strength >= strength)
		left = parse_right(s, left, at);
	s->depth--;
	return left;
}

static struct sh_prom_ast *parse_expr(struct sh_prom_parser *s)
{
	return parse_binary(s, 1);
}

struct sh_promql *sh_promql_parse(const char *text, struct sh_error *err)
{
	struct sh_promql *p = sh_calloc(1, sizeof(*p));
	struct sh_prom_parser s = { .p = p, .err = err };
	size_t len = strlen(text);

	p->text = sh_strdup(text);
	sh_prom_lex_init(&s.lex, p->text, len, &p->arena);
	if (len > SH_PROMQL_MAX_TEXT)
		(void)sh_error_set(err, SH_ERRC_CONFIG, "1:1: an expression of more than %d bytes",
				   SH_PROMQL_MAX_TEXT);
	else if (sh_prom_lex_next(&s.lex, err) == 0)
		p->root = parse_expr(&s);
	if (p->root && s.lex.token != SH_PROM_T_END) {
		(void)sh_prom_lex_fail(&s.lex, s.lex.start, err, "an operator or the end expected");
		p->root = NULL;
	}
	if (p->root)
		return p;
	sh_promql_free(p);
	return NULL;
}

void sh_promql_free(struct sh_promql *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->regexes; i++)
		sh_regex_free(p->regex[i]);
	free(p->regex);
	free(p->selector);
	free(p->text);
	sh_arena_release(&p->arena);
	free(p);
}
