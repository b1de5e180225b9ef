/* SPDX-License-Identifier: MIT */
/* ast - a parsed expression: a tree that never changes, all of it in one arena */
#ifndef SH_EXPR_AST_H
#define SH_EXPR_AST_H

#include "expr/expr.h"
#include "expr/lex.h"

#define SH_AST_MAX_HEIGHT 250 /* bounds the recursion of an evaluation */
#define SH_AST_MAX_VARS   32  /* variables of macros within macros */

enum sh_ast_kind {
	SH_AST_CONST,   /* value */
	SH_AST_NAME,    /* name; value is the type of that name, if any */
	SH_AST_VAR,     /* slot */
	SH_AST_SELECT,  /* arg[0].name */
	SH_AST_HAS,     /* has(arg[0].name) */
	SH_AST_INDEX,   /* arg[0][arg[1]] */
	SH_AST_NOT,
	SH_AST_NEGATE,
	SH_AST_AND,     /* n operands */
	SH_AST_OR,
	SH_AST_COMPARE, /* op a token kind: == != < <= > >= */
	SH_AST_IN,
	SH_AST_ARITH,   /* op one of + - * / % */
	SH_AST_CONDITION,
	SH_AST_LIST,
	SH_AST_MAP,     /* key, value, key, value */
	SH_AST_CALL,    /* function, name (the path), id */
	SH_AST_PEERS,   /* op an enum sh_peers_op, slot, name the text; arg: key, expression */
	SH_AST_LOOP,    /* op a macro, slot; arg: range, then the macro's expressions */
};

enum sh_loop {
	SH_LOOP_ALL,
	SH_LOOP_EXISTS,
	SH_LOOP_EXISTS_ONE,
	SH_LOOP_FILTER,
	SH_LOOP_MAP,           /* [condition,] item: the last arg; also transformList */
	SH_LOOP_TRANSFORM_MAP, /* [condition,] value */
	SH_LOOP_MAP_ENTRY,     /* [condition,] map of one */
	SH_LOOP_SORT_BY,       /* key */
	SH_LOOP_BIND,          /* no loop: the range is the value of the variable */
};

struct sh_ast {
	enum sh_ast_kind kind;
	int op;
	unsigned height;
	struct sh_place place;
	size_t n;
	struct sh_ast **arg;
	const char *name;       /* NUL-terminated, in the arena */
	struct sh_value value;
	const struct sh_function *function;
	size_t id;              /* of a call of a caller's function */
	size_t slot, vars;      /* of variables and loops */
	const struct sh_tz *zone; /* of a constant time zone; owned by the expression */
	void *regex;            /* pcre2_code of a constant pattern; owned by the expression */
};

struct sh_expr {
	struct sh_arena arena;
	char *text;
	struct sh_ast *root;
	const char **path;      /* the strings live in the arena */
	size_t paths, path_cap;
	void **regex;
	size_t regexes, regex_cap;
	size_t calls, peers;
	struct sh_tz **zone;
	size_t zones, zone_cap;
	int64_t window;
	bool needs_past;
	bool has_macros;
};

/*
 * Parse one expression that begins at byte *AT of TEXT and moves *AT behind it:
 * to the end, or with IN_BRACES to the '}' that closes it.
 */
struct sh_expr *sh_expr_parse_part(struct sh_span text, size_t *at, bool in_braces,
				   const struct sh_function *functions, struct sh_error *err);

#endif
