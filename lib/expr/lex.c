/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expr/literal.h"

void sh_lexer_init(struct sh_lexer *lx, struct sh_span text, size_t at, struct sh_arena *arena,
		   struct sh_error *err)
{
	*lx = (struct sh_lexer){ .text = text.p, .len = text.len, .arena = arena, .err = err };
	lx->place = (struct sh_place){ 1, 1 };
	sh_lexer_place(lx, at);
	lx->at = at;
}

struct sh_place sh_lexer_place(struct sh_lexer *lx, size_t at)
{
	for (; lx->mark < at; lx->mark++) {
		if (lx->text[lx->mark] == '\n') {
			lx->place.line++;
			lx->place.column = 1;
		} else if (((unsigned char)lx->text[lx->mark] & 0xc0) != 0x80) {
			lx->place.column++;
		}
	}
	return lx->place;
}

int sh_lexer_fail(struct sh_lexer *lx, struct sh_place place, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sh_error_set(lx->err, SH_ERRC_CONFIG, "%u:%u: %s", place.line, place.column, text);
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_blanks(struct sh_lexer *lx)
{
	while (lx->at < lx->len) {
		const char *p = lx->text + lx->at;

		if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == '\f') {
			lx->at++;
		} else if (*p == '/' && lx->at + 1 < lx->len && p[1] == '/') {
			while (lx->at < lx->len && lx->text[lx->at] != '\n')
				lx->at++;
		} else {
			break;
		}
	}
}

static int take_name(struct sh_lexer *lx, struct sh_token *t)
{
	const char *start = lx->text + lx->at;

	while (lx->at < lx->len && (is_name_start(lx->text[lx->at]) || is_digit(lx->text[lx->at])))
		lx->at++;
	t->text = (struct sh_span){ start, (size_t)(lx->text + lx->at - start) };
	t->kind = SH_TOKEN_NAME;
	if (sh_span_is(t->text, "in")) {
		t->kind = SH_TOKEN_IN;
	} else if (sh_span_is(t->text, "true") || sh_span_is(t->text, "false")) {
		t->kind = SH_TOKEN_LITERAL;
		t->value = sh_value_bool(*start == 't');
	} else if (sh_span_is(t->text, "null")) {
		t->kind = SH_TOKEN_LITERAL;
		t->value = sh_value_null();
	}
	return 0;
}

static int take_quoted_name(struct sh_lexer *lx, struct sh_token *t)
{
	const char *start = lx->text + ++lx->at;

	while (lx->at < lx->len && lx->text[lx->at] != '`' && lx->text[lx->at] != '\n')
		lx->at++;
	if (lx->at == lx->len || lx->text[lx->at] != '`' || lx->text + lx->at == start)
		return sh_lexer_fail(lx, t->place, "'`' without a name and a closing '`'");
	t->text = (struct sh_span){ start, (size_t)(lx->text + lx->at++ - start) };
	t->kind = SH_TOKEN_QUOTED;
	return 0;
}

static const struct {
	char text[3];
	enum sh_token_kind kind;
} pairs[] = {
	{ "||", SH_TOKEN_OR }, { "&&", SH_TOKEN_AND }, { "==", SH_TOKEN_EQ }, { "!=", SH_TOKEN_NE },
	{ "<=", SH_TOKEN_LE }, { ">=", SH_TOKEN_GE },  { "<", SH_TOKEN_LT },  { ">", SH_TOKEN_GT },
};

static const char *hint_for(const char *p, size_t left)
{
	if (*p == '=')
		return left > 1 && p[1] == '>' ? " (did you mean '>='?)" :
		       left > 1 && p[1] == '<' ? " (did you mean '<='?)" :
						 " (did you mean '=='?)";
	if (*p == '&')
		return " (did you mean '&&'?)";
	if (*p == '|')
		return " (did you mean '||'?)";
	if (*p == '~')
		return " (did you mean .matches()?)";
	return "";
}

static int take_operator(struct sh_lexer *lx, struct sh_token *t)
{
	const char *p = lx->text + lx->at;
	size_t left = lx->len - lx->at;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t n = strlen(pairs[i].text);

		if (left >= n && !memcmp(p, pairs[i].text, n)) {
			t->kind = pairs[i].kind;
			t->text = (struct sh_span){ p, n };
			lx->at += n;
			return 0;
		}
	}
	if (*p && strchr("+-*/%!.,?:()[]{}", *p)) {
		t->kind = SH_TOKEN_CHAR;
		t->ch = *p;
		t->text = (struct sh_span){ p, 1 };
		lx->at++;
		return 0;
	}
	if (*p > ' ' && *p < 0x7f)
		return sh_lexer_fail(lx, t->place, "unexpected '%c'%s", *p, hint_for(p, left));
	return sh_lexer_fail(lx, t->place, "unexpected byte 0x%02x", (unsigned)(unsigned char)*p);
}

int sh_lexer_next(struct sh_lexer *lx, struct sh_token *t)
{
	const char *p;
	size_t left;

	skip_blanks(lx);
	*t = (struct sh_token){ .kind = SH_TOKEN_END, .place = sh_lexer_place(lx, lx->at) };
	p = lx->text + lx->at;
	left = lx->len - lx->at;
	t->text = (struct sh_span){ p, 0 };
	if (!left)
		return 0;
	if (sh_literal_is_string(p, left))
		return sh_literal_string(lx, t);
	if (is_name_start(*p))
		return take_name(lx, t);
	if (is_digit(*p) || (*p == '.' && left > 1 && is_digit(p[1])))
		return sh_literal_number(lx, t);
	if (*p == '`')
		return take_quoted_name(lx, t);
	return take_operator(lx, t);
}
