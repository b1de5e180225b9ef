/* SPDX-License-Identifier: MIT */
/* literal - numbers, durations and quoted strings as the lexer finds them */
#ifndef SH_EXPR_LITERAL_H
#define SH_EXPR_LITERAL_H

#include "expr/lex.h"

/* Both begin at lx->at, move it past the literal and fill kind and value. Return 0 or -1. */
int sh_literal_number(struct sh_lexer *lx, struct sh_token *t);
int sh_literal_string(struct sh_lexer *lx, struct sh_token *t);
/* Whether a string or bytes literal, with its prefixes r and b, begins here. */
bool sh_literal_is_string(const char *p, size_t len);

#endif
