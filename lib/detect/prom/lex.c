/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/lex.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/num.h"
#include "detect/prom/quote.h"

#define MAX_NUMBER 64
#define MAX_DURATION (INT64_C(100) * 365 * SH_DAY)

void sh_prom_lex_init(struct sh_prom_lex *l, const char *text, size_t len, struct sh_arena *arena)
{
	memset(l, 0, sizeof(*l));
	l->text = text;
	l->len = len;
	l->arena = arena;
}

int sh_prom_lex_fail(const struct sh_prom_lex *l, size_t at, struct sh_error *err, const char *fmt,
		     ...)
{
	size_t line = 1, column = 1;
	char what[200];
	va_list ap;

	for (size_t i = 0; i < at && i < l->len; i++) {
		column++;
		if (l->text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return sh_error_set(err, SH_ERRC_CONFIG, "%zu:%zu: %s", line, column, what);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const struct sh_prom_lex *l, size_t ahead)
{
	return l->at + ahead < l->len ? l->text[l->at + ahead] : '\0';
}

static void skip_blanks(struct sh_prom_lex *l)
{
	while (l->at < l->len) {
		char c = l->text[l->at];

		if (c == '#')
			while (l->at < l->len && l->text[l->at] != '\n')
				l->at++;
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			l->at++;
		else
			return;
	}
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int lex_hex(struct sh_prom_lex *l, struct sh_error *err)
{
	double v = 0;

	l->at += 2;
	if (!is_hex(peek(l, 0)))
		return sh_prom_lex_fail(l, l->start, err, "a hexadecimal number without digits");
	for (; is_hex(peek(l, 0)); l->at++) {
		char c = peek(l, 0);

		v = v * 16 + (is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	l->token = SH_PROM_T_NUMBER;
	l->number = v;
	return 0;
}

/* "1h30m": integers and units from weeks to milliseconds; years are 365 days. */
static int lex_duration(struct sh_prom_lex *l, struct sh_error *err)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
		{ "ms", SH_MS }, { "s", SH_SEC }, { "m", SH_MIN },       { "h", SH_HOUR },
		{ "d", SH_DAY }, { "w", 7 * SH_DAY }, { "y", 365 * SH_DAY },
	};
	int64_t sum = 0;

	while (is_digit(peek(l, 0))) {
		int64_t n = 0;
		size_t i = 0;

		for (; is_digit(peek(l, 0)); l->at++)
			n = n > MAX_DURATION / 10 ? MAX_DURATION : n * 10 + (peek(l, 0) - '0');
		while (i < 7 && strncmp(l->text + l->at, units[i].unit, strlen(units[i].unit)) != 0)
			i++;
		if (i == 7 || n > MAX_DURATION / units[i].ns ||
		    (sum += n * units[i].ns) > MAX_DURATION)
			return sh_prom_lex_fail(l, l->start, err, "no duration, or one too long");
		l->at += strlen(units[i].unit);
	}
	if (is_letter(peek(l, 0)))
		return sh_prom_lex_fail(l, l->start, err, "a duration with a unit that is none");
	l->token = SH_PROM_T_DURATION;
	l->duration = sum;
	l->number = (double)sum / 1e9;
	return 0;
}

static void skip_digits(struct sh_prom_lex *l)
{
	while (is_digit(peek(l, 0)))
		l->at++;
}

static int lex_number(struct sh_prom_lex *l, struct sh_error *err)
{
	char text[MAX_NUMBER];
	size_t len;
	int rc;

	if (peek(l, 0) == '0' && (peek(l, 1) | 0x20) == 'x')
		return lex_hex(l, err);
	skip_digits(l);
	if (memchr("smhdwy", peek(l, 0), 6) && peek(l, 0)) {
		l->at = l->start;
		return lex_duration(l, err);
	}
	if (peek(l, 0) == '.') {
		l->at++;
		skip_digits(l);
	}
	if ((peek(l, 0) | 0x20) == 'e') {
		l->at += peek(l, 1) == '+' || peek(l, 1) == '-' ? 2 : 1;
		skip_digits(l);
	}
	len = l->at - l->start;
	/* "5." and ".5" are numbers here; a digit before and after makes them ours. */
	if (len + 3 > sizeof(text) || is_letter(peek(l, 0)))
		return sh_prom_lex_fail(l, l->start, err, "no number");
	snprintf(text, sizeof(text), "%s%.*s%s", l->text[l->start] == '.' ? "0" : "", (int)len,
		 l->text + l->start, l->text[l->at - 1] == '.' ? "0" : "");
	rc = sh_parse_double(text, &l->number);
	if (rc == -ERANGE)
		l->number = HUGE_VAL;
	else if (rc < 0)
		return sh_prom_lex_fail(l, l->start, err, "no number");
	l->token = SH_PROM_T_NUMBER;
	return 0;
}

static int lex_string(struct sh_prom_lex *l, struct sh_error *err)
{
	char quote = peek(l, 0);
	size_t begin = ++l->at;

	while (l->at < l->len && l->text[l->at] != quote) {
		if (l->text[l->at] == '\n' && quote != '`')
			break;
		l->at += quote != '`' && l->text[l->at] == '\\' && l->at + 1 < l->len ? 2 : 1;
	}
	if (l->at >= l->len || l->text[l->at] != quote)
		return sh_prom_lex_fail(l, l->start, err, "a string without its end");
	l->string = sh_prom_unquote((struct sh_span){ l->text + begin, l->at - begin }, quote,
				    l->arena);
	l->at++;
	if (!l->string)
		return sh_prom_lex_fail(l, l->start, err, "an escape in a string that is none");
	l->token = SH_PROM_T_STRING;
	return 0;
}

static void lex_name(struct sh_prom_lex *l)
{
	while (is_letter(peek(l, 0)) || is_digit(peek(l, 0)) || (peek(l, 0) == ':' && !l->in_range))
		l->at++;
	l->token = SH_PROM_T_NAME;
}

static int lex_mark(struct sh_prom_lex *l, struct sh_error *err)
{
	static const char *const two[] = { "==", "!=", "=~", "!~", "<=", ">=" };

	l->token = SH_PROM_T_MARK;
	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
		if (peek(l, 0) == two[i][0] && peek(l, 1) == two[i][1]) {
			l->at += 2;
			return 0;
		}
	if (!peek(l, 0) || !strchr("(){}[],:@+-*/%^=<>", peek(l, 0)))
		return sh_prom_lex_fail(l, l->at, err, "a character that has no meaning here");
	if (peek(l, 0) == '[')
		l->in_range = true;
	else if (peek(l, 0) == ']')
		l->in_range = false;
	l->at++;
	return 0;
}

int sh_prom_lex_next(struct sh_prom_lex *l, struct sh_error *err)
{
	int rc = 0;
	char c;

	l->last_end = l->end;
	skip_blanks(l);
	l->start = l->at;
	c = peek(l, 0);
	if (l->at >= l->len)
		l->token = SH_PROM_T_END;
	else if (is_letter(c) || (c == ':' && !l->in_range))
		lex_name(l);
	else if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
		rc = lex_number(l, err);
	else if (c == '"' || c == '\'' || c == '`')
		rc = lex_string(l, err);
	else
		rc = lex_mark(l, err);
	l->end = l->at;
	l->word = (struct sh_span){ l->text + l->start, l->end - l->start };
	return rc;
}

bool sh_prom_lex_is(const struct sh_prom_lex *l, const char *mark)
{
	return l->token == SH_PROM_T_MARK && sh_span_is(l->word, mark);
}

bool sh_prom_lex_is_word(const struct sh_prom_lex *l, const char *keyword)
{
	return l->token == SH_PROM_T_NAME && l->word.len == strlen(keyword) &&
	       !strncasecmp(l->word.p, keyword, l->word.len);
}
