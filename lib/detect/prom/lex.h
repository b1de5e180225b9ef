/* SPDX-License-Identifier: MIT */
/*
 * lex - words of PromQL
 *
 * Words are borrowed from the text; only a string that holds escapes is built,
 * in the arena. What ":" and "5m" mean depends on brackets, which the lexer counts.
 */
#ifndef SH_DETECT_PROM_LEX_H
#define SH_DETECT_PROM_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "expr/value.h"

enum sh_prom_token {
	SH_PROM_T_END,
	SH_PROM_T_NAME,     /* keywords too: what they are is decided by where they stand */
	SH_PROM_T_NUMBER,
	SH_PROM_T_DURATION,
	SH_PROM_T_STRING,
	SH_PROM_T_MARK,     /* one of ( ) { } [ ] , : @ + - * / % ^ = == != =~ !~ < <= > >= */
};

struct sh_prom_lex {
	const char *text; /* borrowed, NUL-terminated */
	size_t len, at;
	struct sh_arena *arena; /* borrowed */
	bool in_range;  /* within [ ]: ":" stands alone */
	/* The word at hand. */
	enum sh_prom_token token;
	struct sh_span word; /* as written */
	size_t start, end;
	size_t last_end;     /* of the word before */
	double number;
	int64_t duration;    /* ns */
	const char *string;
};

void sh_prom_lex_init(struct sh_prom_lex *l, const char *text, size_t len, struct sh_arena *arena);
/* Go to the next word. -1 with "line:column: what". */
int sh_prom_lex_next(struct sh_prom_lex *l, struct sh_error *err);
/* -1 with the place of byte AT before the text. */
int sh_prom_lex_fail(const struct sh_prom_lex *l, size_t at, struct sh_error *err, const char *fmt,
		     ...) SH_PRINTF(4, 5);
/* Whether the word at hand is this mark, or this keyword in any case. */
bool sh_prom_lex_is(const struct sh_prom_lex *l, const char *mark);
bool sh_prom_lex_is_word(const struct sh_prom_lex *l, const char *keyword);

#endif
