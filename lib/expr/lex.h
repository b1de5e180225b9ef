/* SPDX-License-Identifier: MIT */
/*
 * lex - tokens of the expression language
 *
 * Tokens keep their place as line and column (code points, from 1). Literals
 * come with their value, strings decoded into the arena.
 */
#ifndef SH_EXPR_LEX_H
#define SH_EXPR_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "expr/value.h"

enum sh_token_kind {
	SH_TOKEN_END,
	SH_TOKEN_LITERAL,   /* value; int literals without sign */
	SH_TOKEN_BIG,       /* 9223372036854775808, which only a minus makes an int */
	SH_TOKEN_NAME,      /* text */
	SH_TOKEN_QUOTED,    /* `text` after a dot */
	SH_TOKEN_IN,
	SH_TOKEN_OR,
	SH_TOKEN_AND,
	SH_TOKEN_EQ,
	SH_TOKEN_NE,
	SH_TOKEN_LT,
	SH_TOKEN_LE,
	SH_TOKEN_GT,
	SH_TOKEN_GE,
	SH_TOKEN_CHAR,      /* one of + - * / % ! . , ? : ( ) [ ] { } */
};

struct sh_place {
	uint32_t line, column;
};

struct sh_token {
	enum sh_token_kind kind;
	char ch;              /* of SH_TOKEN_CHAR */
	struct sh_place place;
	struct sh_span text;  /* as written */
	struct sh_value value;
};

struct sh_lexer {
	const char *text;
	size_t len, at;
	struct sh_place place;   /* of mark */
	size_t mark;
	struct sh_arena *arena;  /* borrowed */
	struct sh_error *err;    /* borrowed */
};

void sh_lexer_init(struct sh_lexer *lx, struct sh_span text, size_t at, struct sh_arena *arena,
		   struct sh_error *err);
/* Read the next token. Returns 0 or -1. */
int sh_lexer_next(struct sh_lexer *lx, struct sh_token *t);
/* Set the error "line:column: text"; returns -1. */
int sh_lexer_fail(struct sh_lexer *lx, struct sh_place place, const char *fmt, ...) SH_PRINTF(3, 4);
/* The place of a byte at or after the last one asked for. */
struct sh_place sh_lexer_place(struct sh_lexer *lx, size_t at);

#endif
