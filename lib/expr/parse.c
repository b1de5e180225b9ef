/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/parse.h"

#include <string.h>

#include "base/mem.h"
#include "expr/peers.h"

/* Binding powers, loosest first; the conditional is below all of them. */
enum { POWER_OR = 1, POWER_AND, POWER_RELATION, POWER_SUM, POWER_PRODUCT };

int sh_parse_advance(struct sh_parser *p)
{
	return sh_lexer_next(&p->lexer, &p->token);
}

bool sh_parse_is_char(const struct sh_parser *p, char c)
{
	return p->token.kind == SH_TOKEN_CHAR && p->token.ch == c;
}

char *sh_parse_keep(struct sh_parser *p, struct sh_span s)
{
	char *copy = sh_arena_alloc(&p->expr->arena, s.len + 1);

	if (s.len)
		memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	return copy;
}

struct sh_ast *sh_ast_new(struct sh_parser *p, enum sh_ast_kind kind, struct sh_place place)
{
	struct sh_ast *node = sh_arena_alloc(&p->expr->arena, sizeof(*node));

	*node = (struct sh_ast){ .kind = kind, .place = place, .height = 1 };
	return node;
}

int sh_ast_add(struct sh_parser *p, struct sh_ast *node, struct sh_ast *child)
{
	struct sh_ast **arg = node->arg;

	if ((node->n & (node->n - 1)) == 0) { /* full at each power of two */
		arg = sh_arena_alloc(&p->expr->arena, (node->n ? node->n * 2 : 1) * sizeof(*arg));
		if (node->n)
			memcpy(arg, node->arg, node->n * sizeof(*arg));
		node->arg = arg;
	}
	arg[node->n++] = child;
	if (child->height >= node->height)
		node->height = child->height + 1;
	if (node->height > SH_AST_MAX_HEIGHT)
		return sh_lexer_fail(&p->lexer, node->place, "the expression is nested too deeply");
	return 0;
}

const char *sh_ast_path(struct sh_parser *p, const struct sh_ast *node)
{
	const struct sh_ast *n;
	size_t len = 0;
	char *path;

	for (n = node; n->kind == SH_AST_SELECT; n = n->arg[0])
		len += strlen(n->name) + 1;
	if (n->kind != SH_AST_NAME)
		return NULL;
	len += strlen(n->name);
	path = sh_arena_alloc(&p->expr->arena, len + 1);
	path[len] = '\0';
	for (n = node;; n = n->arg[0]) {
		size_t part = strlen(n->name);

		len -= part;
		memcpy(path + len, n->name, part);
		if (n->kind == SH_AST_NAME)
			return path;
		path[--len] = '.';
	}
}

static struct sh_ast *parse_unary(struct sh_parser *p);

static struct sh_ast *parse_list(struct sh_parser *p)
{
	struct sh_ast *list = sh_ast_new(p, SH_AST_LIST, p->token.place), *item;

	if (sh_parse_advance(p) < 0)
		return NULL;
	while (!sh_parse_is_char(p, ']')) {
		item = sh_parse_expression(p);
		if (!item || sh_ast_add(p, list, item) < 0)
			return NULL;
		if (sh_parse_is_char(p, ']'))
			break;
		if (sh_parse_comma(p, ']', list->place) < 0)
			return NULL;
	}
	return sh_parse_advance(p) < 0 ? NULL : list;
}

static struct sh_ast *parse_map(struct sh_parser *p)
{
	struct sh_ast *map = sh_ast_new(p, SH_AST_MAP, p->token.place), *part;

	if (sh_parse_advance(p) < 0)
		return NULL;
	while (!sh_parse_is_char(p, '}')) {
		part = sh_parse_expression(p);
		if (!part || sh_ast_add(p, map, part) < 0 ||
		    sh_parse_expect(p, ':', "':' after a key") < 0)
			return NULL;
		part = sh_parse_expression(p);
		if (!part || sh_ast_add(p, map, part) < 0)
			return NULL;
		if (sh_parse_is_char(p, '}'))
			break;
		if (sh_parse_comma(p, '}', map->place) < 0)
			return NULL;
	}
	return sh_parse_advance(p) < 0 ? NULL : map;
}

static bool is_reserved(struct sh_span s)
{
	static const char *const words[] = { "as",     "break",     "const",   "continue", "else",
					     "for",    "function",  "if",      "import",   "let",
					     "loop",   "namespace", "package", "return",   "var",
					     "void",   "while" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sh_span_is(s, words[i]))
			return true;
	return false;
}

/* The type that a name means when nothing else has that name. */
static struct sh_value type_named(struct sh_span s)
{
	for (int t = SH_VALUE_NULL; t <= SH_VALUE_CIDR; t++)
		if (sh_span_is(s, sh_value_type_name((enum sh_value_type)t)))
			return (struct sh_value){ .type = SH_VALUE_TYPE, .u.s = sh_span_of(
				sh_value_type_name((enum sh_value_type)t)) };
	return sh_value_unknown();
}

static struct sh_ast *make_name(struct sh_parser *p, struct sh_span name, struct sh_place place,
				bool global)
{
	struct sh_ast *node;

	if (is_reserved(name)) {
		sh_lexer_fail(&p->lexer, place, "'%.*s' is a reserved word%s", (int)name.len, name.p,
			      sh_span_is(name, "if") ? " (write condition ? a : b)" : "");
		return NULL;
	}
	for (size_t i = p->vars; i-- > 0 && !global;) {
		if (sh_span_equal(p->var[i], name)) {
			node = sh_ast_new(p, SH_AST_VAR, place);
			node->slot = i;
			return node;
		}
	}
	node = sh_ast_new(p, SH_AST_NAME, place);
	node->name = sh_parse_keep(p, name);
	node->value = type_named(name);
	return node;
}

static struct sh_ast *parse_name(struct sh_parser *p, bool global)
{
	struct sh_token t = p->token;

	if (t.kind != SH_TOKEN_NAME) {
		sh_parse_fail(p, "a name");
		return NULL;
	}
	if (sh_parse_advance(p) < 0)
		return NULL;
	if (!sh_parse_is_char(p, '('))
		return make_name(p, t.text, t.place, global);
	p->open = p->token.place;
	if (sh_parse_advance(p) < 0)
		return NULL;
	if (sh_macro_is_known(t.text, false))
		return sh_parse_macro(p, NULL, t.text, t.place);
	return sh_parse_call(p, NULL, t.text, t.place);
}

static struct sh_ast *parse_literal(struct sh_parser *p)
{
	struct sh_ast *node = sh_ast_new(p, SH_AST_CONST, p->token.place);

	node->value = p->token.value;
	return sh_parse_advance(p) < 0 ? NULL : node;
}

static struct sh_ast *parse_group(struct sh_parser *p)
{
	struct sh_place open = p->token.place;
	struct sh_ast *node;

	if (sh_parse_advance(p) < 0)
		return NULL;
	node = sh_parse_expression(p);
	return !node || sh_parse_close(p, ')', "')'", open) < 0 ? NULL : node;
}

static struct sh_ast *parse_primary(struct sh_parser *p)
{
	if (p->token.kind == SH_TOKEN_LITERAL)
		return parse_literal(p);
	if (p->token.kind == SH_TOKEN_BIG) {
		sh_lexer_fail(&p->lexer, p->token.place, "the integer is beyond 64 bits");
		return NULL;
	}
	if (p->token.kind == SH_TOKEN_NAME)
		return parse_name(p, false);
	if (sh_parse_is_char(p, '('))
		return parse_group(p);
	if (sh_parse_is_char(p, '['))
		return parse_list(p);
	if (sh_parse_is_char(p, '{'))
		return parse_map(p);
	if (sh_parse_is_char(p, '.'))
		return sh_parse_advance(p) < 0 ? NULL : parse_name(p, true);
	sh_parse_fail(p, "a value");
	return NULL;
}

/* google.protobuf.Timestamp, google.protobuf.Duration, net.IP and net.CIDR are types. */
static struct sh_ast *name_type(struct sh_parser *p, struct sh_ast *node)
{
	const char *const last = node->name, *path;

	if (strcmp(last, "Timestamp") != 0 && strcmp(last, "Duration") != 0 &&
	    strcmp(last, "IP") != 0 && strcmp(last, "CIDR") != 0)
		return node;
	path = sh_ast_path(p, node);
	if (!path || type_named(sh_span_of(path)).type != SH_VALUE_TYPE)
		return node;
	node->value = type_named(sh_span_of(path));
	node->kind = SH_AST_CONST;
	node->n = 0;
	return node;
}

/* .name, .`name`, .name(...) after a value; the dot is used. */
static struct sh_ast *parse_member(struct sh_parser *p, struct sh_ast *left)
{
	struct sh_token t = p->token;
	struct sh_ast *node;

	if (t.kind != SH_TOKEN_NAME && t.kind != SH_TOKEN_QUOTED) {
		sh_parse_fail(p, "a name after '.'");
		return NULL;
	}
	if (sh_parse_advance(p) < 0)
		return NULL;
	if (t.kind == SH_TOKEN_NAME && sh_parse_is_char(p, '(')) {
		p->open = p->token.place;
		if (sh_parse_advance(p) < 0)
			return NULL;
		if (sh_peers_is_macro(left, t.text))
			return sh_peers_parse(p, left, t.text, t.place);
		if (sh_macro_is_bind(left, t.text))
			return sh_parse_bind(p, t.place);
		if (sh_macro_is_known(t.text, true))
			return sh_parse_macro(p, left, t.text, t.place);
		return sh_parse_call(p, left, t.text, t.place);
	}
	node = sh_ast_new(p, SH_AST_SELECT, t.place);
	node->name = sh_parse_keep(p, t.text);
	return sh_ast_add(p, node, left) < 0 ? NULL : name_type(p, node);
}

static struct sh_ast *parse_index(struct sh_parser *p, struct sh_ast *left)
{
	struct sh_ast *node = sh_ast_new(p, SH_AST_INDEX, p->token.place), *index;

	if (sh_parse_advance(p) < 0)
		return NULL;
	index = sh_parse_expression(p);
	if (!index || sh_ast_add(p, node, left) < 0 || sh_ast_add(p, node, index) < 0)
		return NULL;
	return sh_parse_close(p, ']', "']'", node->place) < 0 ? NULL : node;
}

static struct sh_ast *parse_postfix(struct sh_parser *p)
{
	struct sh_ast *node = parse_primary(p);

	while (node) {
		if (sh_parse_is_char(p, '.'))
			node = sh_parse_advance(p) < 0 ? NULL : parse_member(p, node);
		else if (sh_parse_is_char(p, '['))
			node = parse_index(p, node);
		else
			break;
	}
	return node;
}

/* Only with its minus is 9223372036854775808 an int. */
static void negate_literal(struct sh_token *t)
{
	if (t->kind == SH_TOKEN_BIG) {
		t->kind = SH_TOKEN_LITERAL;
		t->value = sh_value_int(INT64_MIN);
	} else if (t->value.type == SH_VALUE_DOUBLE) {
		t->value.u.d = -t->value.u.d;
	} else {
		t->value.u.i = -t->value.u.i;
	}
}

static bool is_signed_literal(const struct sh_token *t)
{
	return t->kind == SH_TOKEN_BIG ||
	       (t->kind == SH_TOKEN_LITERAL &&
		(t->value.type == SH_VALUE_INT || t->value.type == SH_VALUE_DOUBLE ||
		 t->value.type == SH_VALUE_DURATION));
}

static struct sh_ast *parse_unary(struct sh_parser *p)
{
	struct sh_place place = p->token.place;
	struct sh_ast *node = NULL, *operand;
	bool minus = sh_parse_is_char(p, '-');

	if (!minus && !sh_parse_is_char(p, '!'))
		return parse_postfix(p);
	if (sh_parse_advance(p) < 0)
		return NULL;
	if (minus && is_signed_literal(&p->token)) {
		negate_literal(&p->token);
		p->token.place = place;
		return parse_postfix(p);
	}
	if (++p->depth > SH_EXPR_MAX_DEPTH) {
		sh_lexer_fail(&p->lexer, place, "the expression is nested too deeply");
		return NULL;
	}
	operand = parse_unary(p);
	p->depth--;
	if (operand) {
		node = sh_ast_new(p, minus ? SH_AST_NEGATE : SH_AST_NOT, place);
		if (sh_ast_add(p, node, operand) < 0)
			return NULL;
	}
	return node;
}

struct operator {
	enum sh_ast_kind kind;
	int op, power;
};

static struct operator next_operator(const struct sh_token *t)
{
	switch (t->kind) {
	case SH_TOKEN_OR:
		return (struct operator){ SH_AST_OR, 0, POWER_OR };
	case SH_TOKEN_AND:
		return (struct operator){ SH_AST_AND, 0, POWER_AND };
	case SH_TOKEN_EQ:
	case SH_TOKEN_NE:
	case SH_TOKEN_LT:
	case SH_TOKEN_LE:
	case SH_TOKEN_GT:
	case SH_TOKEN_GE:
		return (struct operator){ SH_AST_COMPARE, (int)t->kind, POWER_RELATION };
	case SH_TOKEN_IN:
		return (struct operator){ SH_AST_IN, 0, POWER_RELATION };
	case SH_TOKEN_CHAR:
		if (t->ch == '+' || t->ch == '-')
			return (struct operator){ SH_AST_ARITH, t->ch, POWER_SUM };
		if (t->ch == '*' || t->ch == '/' || t->ch == '%')
			return (struct operator){ SH_AST_ARITH, t->ch, POWER_PRODUCT };
		break;
	default:
		break;
	}
	return (struct operator){ SH_AST_CONST, 0, 0 };
}

static struct sh_ast *join(struct sh_parser *p, struct operator o, struct sh_place place,
			   struct sh_ast *left, struct sh_ast *right)
{
	struct sh_ast *node;

	/* A chain of && or || is one node, so that a long one is not a high tree. */
	if ((o.kind == SH_AST_AND || o.kind == SH_AST_OR) && left->kind == o.kind)
		return sh_ast_add(p, left, right) < 0 ? NULL : left;
	node = sh_ast_new(p, o.kind, place);
	node->op = o.op;
	if (sh_ast_add(p, node, left) < 0 || sh_ast_add(p, node, right) < 0)
		return NULL;
	return node;
}

static struct sh_ast *parse_binary(struct sh_parser *p, int power)
{
	struct sh_ast *left = parse_unary(p), *right;

	while (left) {
		struct operator o = next_operator(&p->token);
		struct sh_place place = p->token.place;

		if (o.power < power || !o.power)
			break;
		if (sh_parse_advance(p) < 0)
			return NULL;
		if (o.op == '%' && p->token.kind == SH_TOKEN_END) {
			sh_lexer_fail(&p->lexer, place, "nothing after '%%' (percent is written "
							"without its sign)");
			return NULL;
		}
		right = parse_binary(p, o.power + 1);
		left = right ? join(p, o, place, left, right) : NULL;
	}
	return left;
}

static struct sh_ast *parse_condition(struct sh_parser *p)
{
	struct sh_ast *test = parse_binary(p, POWER_OR), *node, *branch;

	if (!test || !sh_parse_is_char(p, '?'))
		return test;
	node = sh_ast_new(p, SH_AST_CONDITION, p->token.place);
	if (sh_ast_add(p, node, test) < 0 || sh_parse_advance(p) < 0)
		return NULL;
	branch = parse_binary(p, POWER_OR);
	if (!branch || sh_ast_add(p, node, branch) < 0 ||
	    sh_parse_expect(p, ':', "':' of the conditional") < 0)
		return NULL;
	branch = sh_parse_expression(p);
	return !branch || sh_ast_add(p, node, branch) < 0 ? NULL : node;
}

struct sh_ast *sh_parse_expression(struct sh_parser *p)
{
	struct sh_ast *node;

	if (p->depth >= SH_EXPR_MAX_DEPTH) {
		sh_lexer_fail(&p->lexer, p->token.place, "the expression is nested too deeply");
		return NULL;
	}
	p->depth++;
	node = parse_condition(p);
	p->depth--;
	return node;
}
