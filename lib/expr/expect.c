/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>

#include "expr/parse.h"

static int fail_with(struct sh_parser *p, const char *wanted, const char *hint)
{
	const struct sh_token *t = &p->token;
	struct sh_span s = t->text;

	if (t->kind == SH_TOKEN_END)
		return sh_lexer_fail(&p->lexer, t->place, "%s expected at the end%s", wanted, hint);
	return sh_lexer_fail(&p->lexer, t->place, "%s expected, not '%.*s'%s", wanted,
			     (int)(s.len < 40 ? s.len : 40), s.p, hint);
}

int sh_parse_fail(struct sh_parser *p, const char *wanted)
{
	const struct sh_token *t = &p->token;
	bool unequal = t->kind == SH_TOKEN_GT && t->text.p > p->lexer.text && t->text.p[-1] == '<';

	return fail_with(p, wanted, unequal ? " (did you mean '!='?)" : "");
}

int sh_parse_close(struct sh_parser *p, char c, const char *wanted, struct sh_place open)
{
	char hint[64] = "";

	if (sh_parse_is_char(p, c))
		return sh_parse_advance(p);
	if (p->token.kind == SH_TOKEN_END || sh_parse_is_char(p, ')') || sh_parse_is_char(p, ']') ||
	    sh_parse_is_char(p, '}'))
		snprintf(hint, sizeof(hint), " (the '%c' at %u:%u is open)",
			 c == ')' ? '(' : c == ']' ? '[' : '{', open.line, open.column);
	return fail_with(p, wanted, hint);
}

int sh_parse_expect(struct sh_parser *p, char c, const char *wanted)
{
	if (!sh_parse_is_char(p, c))
		return sh_parse_fail(p, wanted);
	return sh_parse_advance(p);
}

int sh_parse_comma(struct sh_parser *p, char close, struct sh_place open)
{
	const char wanted[] = { '\'', ',', '\'', ' ', 'o', 'r', ' ', '\'', close, '\'', '\0' };

	if (sh_parse_is_char(p, ','))
		return sh_parse_advance(p);
	return sh_parse_close(p, close, wanted, open);
}
