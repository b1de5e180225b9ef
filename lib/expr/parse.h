/* SPDX-License-Identifier: MIT */
/* parse - what the parser's files share: the parser, and making nodes */
#ifndef SH_EXPR_PARSE_H
#define SH_EXPR_PARSE_H

#include "expr/ast.h"

struct sh_parser {
	struct sh_lexer lexer;
	struct sh_token token;   /* the next one, not yet used */
	struct sh_expr *expr;
	const struct sh_function *functions;
	struct sh_span var[SH_AST_MAX_VARS];
	size_t vars;
	unsigned depth;
	struct sh_place open;    /* of the call or macro that begins: its bracket */
};

/* All of these return NULL, false or -1 with the error set. */
struct sh_ast *sh_parse_expression(struct sh_parser *p);
int sh_parse_advance(struct sh_parser *p);
bool sh_parse_is_char(const struct sh_parser *p, char c);
/* Fail because the next token is not what is WANTED. */
int sh_parse_fail(struct sh_parser *p, const char *wanted);
/* Use the token C or fail, naming what it is WANTED for. */
int sh_parse_expect(struct sh_parser *p, char c, const char *wanted);
/* Use the bracket C, which closes the one at OPEN, or fail naming that one. */
int sh_parse_close(struct sh_parser *p, char c, const char *wanted, struct sh_place open);
/* Use a comma between the members of what CLOSE ends, or fail in the same way. */
int sh_parse_comma(struct sh_parser *p, char close, struct sh_place open);

struct sh_ast *sh_ast_new(struct sh_parser *p, enum sh_ast_kind kind, struct sh_place place);
/* Append a child; fails when the tree becomes too high. */
int sh_ast_add(struct sh_parser *p, struct sh_ast *node, struct sh_ast *child);
char *sh_parse_keep(struct sh_parser *p, struct sh_span s);
/* The text of a plain path (a, a.b, a.b.c) or NULL. */
const char *sh_ast_path(struct sh_parser *p, const struct sh_ast *node);

/*
 * The call NAME(...), the opening bracket used; RECEIVER (may be NULL) is its
 * first argument.
 */
struct sh_ast *sh_parse_call(struct sh_parser *p, struct sh_ast *receiver, struct sh_span name,
			     struct sh_place place);
/* Whether NAME is a macro as a method (or, without receiver, as a function). */
bool sh_macro_is_known(struct sh_span name, bool method);
/* Whether RECEIVER.NAME( begins cel.bind(x, value, expression), and to parse it. */
bool sh_macro_is_bind(const struct sh_ast *receiver, struct sh_span name);
struct sh_ast *sh_parse_bind(struct sh_parser *p, struct sh_place place);
struct sh_ast *sh_parse_macro(struct sh_parser *p, struct sh_ast *receiver, struct sh_span name,
			      struct sh_place place);

#endif
