/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/literal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "expr/utf8.h"

#define MAX_NUMBER 80 /* characters */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(const char *p, size_t left)
{
	size_t n = 0;

	while (n < left && is_digit(p[n]))
		n++;
	return n;
}

/* Length of the number at P: digits, fraction, exponent. Sets *is_double. */
static size_t measure(const char *p, size_t left, bool *is_double)
{
	size_t n = count_digits(p, left), more;

	*is_double = false;
	if (n + 1 < left && p[n] == '.' && is_digit(p[n + 1])) {
		*is_double = true;
		n += 1 + count_digits(p + n + 1, left - n - 1);
	}
	if (n < left && (p[n] == 'e' || p[n] == 'E')) {
		size_t sign = n + 1 < left && (p[n + 1] == '+' || p[n + 1] == '-');

		more = count_digits(p + n + 1 + sign, n + 1 + sign < left ? left - n - 1 - sign : 0);
		if (more) {
			*is_double = true;
			n += 1 + sign + more;
		}
	}
	return n;
}

static int set_integer(struct sh_lexer *lx, struct sh_token *t, const char *digits, int base,
		       bool is_unsigned)
{
	unsigned long long v;

	errno = 0;
	v = strtoull(digits, NULL, base);
	t->kind = SH_TOKEN_LITERAL;
	if (is_unsigned && !errno) {
		t->value = sh_value_uint(v);
	} else if (!is_unsigned && !errno && v <= INT64_MAX) {
		t->value = sh_value_int((int64_t)v);
	} else if (!is_unsigned && !errno && v == (unsigned long long)INT64_MAX + 1) {
		t->kind = SH_TOKEN_BIG;
	} else {
		return sh_lexer_fail(lx, t->place, "the integer is beyond 64 bits");
	}
	return 0;
}

static int take_hex(struct sh_lexer *lx, struct sh_token *t)
{
	char digits[MAX_NUMBER];
	size_t n = 2;

	while (n < t->text.len && strchr("0123456789abcdefABCDEF", t->text.p[n]))
		n++;
	if (n == 2 || n >= sizeof(digits))
		return sh_lexer_fail(lx, t->place, "bad hexadecimal number");
	memcpy(digits, t->text.p, n);
	digits[n] = '\0';
	if (n < t->text.len && (t->text.p[n] == 'u' || t->text.p[n] == 'U')) {
		lx->at += n + 1;
		return set_integer(lx, t, digits, 16, true);
	}
	lx->at += n;
	return set_integer(lx, t, digits, 16, false);
}

/* The unit may run into the next number: 1h30m. */
static int take_duration(struct sh_lexer *lx, struct sh_token *t)
{
	int64_t ns;

	if (sh_duration_parse(t->text.p, t->text.len, &ns) < 0)
		return sh_lexer_fail(lx, t->place,
				     "'%.*s' is no number or duration (units are ms s m h d w)",
				     (int)(t->text.len < 40 ? t->text.len : 40), t->text.p);
	lx->at += t->text.len;
	t->kind = SH_TOKEN_LITERAL;
	t->value = sh_value_duration(ns);
	return 0;
}

static int take_double(struct sh_lexer *lx, struct sh_token *t, size_t n)
{
	char digits[MAX_NUMBER];
	double d;

	if (n >= sizeof(digits))
		return sh_lexer_fail(lx, t->place, "the number is too long");
	memcpy(digits, t->text.p, n);
	digits[n] = '\0';
	d = strtod(digits, NULL);
	if (!isfinite(d))
		return sh_lexer_fail(lx, t->place, "the number is too large");
	lx->at += n;
	t->kind = SH_TOKEN_LITERAL;
	t->value = sh_value_double(d);
	return 0;
}

int sh_literal_number(struct sh_lexer *lx, struct sh_token *t)
{
	const char *p = lx->text + lx->at;
	size_t left = lx->len - lx->at, n, word;
	char digits[MAX_NUMBER];
	bool is_double, is_unsigned;

	t->text = (struct sh_span){ p, left };
	if (left > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return take_hex(lx, t);
	n = measure(p, left, &is_double);
	for (word = n; word < left && is_word(p[word]);)
		word++;
	t->text.len = word;
	if (is_double && word == n)
		return take_double(lx, t, n);
	is_unsigned = !is_double && word == n + 1 && (p[n] == 'u' || p[n] == 'U');
	if (word > n && !is_unsigned)
		return take_duration(lx, t);
	if (n >= sizeof(digits))
		return sh_lexer_fail(lx, t->place, "the number is too long");
	memcpy(digits, p, n);
	digits[n] = '\0';
	lx->at += word;
	return set_integer(lx, t, digits, 10, is_unsigned);
}

/* How a string literal is written. */
struct quoting {
	bool raw, bytes;
	char quote;
	size_t marks; /* 1 or 3 */
};

static size_t measure_prefix(const char *p, size_t len, struct quoting *q)
{
	size_t n = 0;

	*q = (struct quoting){ .marks = 1 };
	for (; n < len && n < 2; n++) {
		if ((p[n] == 'r' || p[n] == 'R') && !q->raw)
			q->raw = true;
		else if ((p[n] == 'b' || p[n] == 'B') && !q->bytes)
			q->bytes = true;
		else
			break;
	}
	if (n == len || (p[n] != '"' && p[n] != '\''))
		return 0;
	q->quote = p[n];
	if (len - n >= 3 && p[n + 1] == p[n] && p[n + 2] == p[n])
		q->marks = 3;
	return n + q->marks;
}

bool sh_literal_is_string(const char *p, size_t len)
{
	struct quoting q;

	return measure_prefix(p, len, &q) > 0;
}

static bool closes(const struct sh_lexer *lx, const struct quoting *q)
{
	if (lx->len - lx->at < q->marks)
		return false;
	for (size_t i = 0; i < q->marks; i++)
		if (lx->text[lx->at + i] != q->quote)
			return false;
	return true;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* N digits of BASE after the backslash and its letter; -1 when they are not there. */
static int64_t take_code(struct sh_lexer *lx, size_t n, int base)
{
	int64_t v = 0;

	if (lx->len - lx->at < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int digit = hex_value(lx->text[lx->at + i]);

		if (digit < 0 || digit >= base)
			return -1;
		v = v * base + digit;
	}
	lx->at += n;
	return v;
}

/* The code after a backslash: \x and octal are bytes in bytes, code points elsewhere. */
static int64_t take_numeric_escape(struct sh_lexer *lx, char c, bool bytes)
{
	switch (c) {
	case 'x':
	case 'X':
		return take_code(lx, 2, 16);
	case 'u':
		return bytes ? -1 : take_code(lx, 4, 16);
	case 'U':
		return bytes ? -1 : take_code(lx, 8, 16);
	case '0':
	case '1':
	case '2':
	case '3':
		lx->at--;
		return take_code(lx, 3, 8);
	default:
		return -1;
	}
}

static int take_escape(struct sh_lexer *lx, bool bytes, char **out)
{
	static const char letters[] = "abfnrtv\\?\"'`", means[] = "\a\b\f\n\r\t\v\\?\"'`";
	size_t start = lx->at;
	const char *letter;
	int64_t code;
	char c;

	if (++lx->at == lx->len)
		return 0; /* the missing quote is reported */
	c = lx->text[lx->at++];
	letter = c ? strchr(letters, c) : NULL;
	if (letter) {
		*(*out)++ = means[letter - letters];
		return 0;
	}
	code = take_numeric_escape(lx, c, bytes);
	if (code < 0 || (!bytes && !sh_utf8_is_scalar((uint32_t)code)))
		return sh_lexer_fail(lx, sh_lexer_place(lx, start),
				     "bad escape in the string (use r'...' for a backslash as it is)");
	if (bytes)
		*(*out)++ = (char)code;
	else
		*out += sh_utf8_put(*out, (uint32_t)code);
	return 0;
}

static int take_body(struct sh_lexer *lx, struct sh_token *t, const struct quoting *q, char **out)
{
	while (lx->at < lx->len && !closes(lx, q)) {
		char c = lx->text[lx->at];

		if (c == '\\' && !q->raw) {
			if (take_escape(lx, q->bytes, out) < 0)
				return -1;
			continue;
		}
		if ((c == '\n' || c == '\r') && q->marks == 1)
			break;
		lx->at++;
		if (c == '\r') { /* all line ends are \n */
			c = '\n';
			if (lx->at < lx->len && lx->text[lx->at] == '\n')
				lx->at++;
		}
		*(*out)++ = c;
	}
	if (lx->at >= lx->len || !closes(lx, q))
		return sh_lexer_fail(lx, t->place, "the string is not closed");
	lx->at += q->marks;
	return 0;
}

/* Bytes up to the closing quote: no escape is shorter than what it means. */
static size_t bound(const struct sh_lexer *lx, const struct quoting *q)
{
	struct sh_lexer scan = *lx;

	while (scan.at < scan.len && !closes(&scan, q))
		scan.at += scan.text[scan.at] == '\\' && !q->raw ? 2 : 1;
	return scan.at - lx->at;
}

int sh_literal_string(struct sh_lexer *lx, struct sh_token *t)
{
	struct quoting q;
	size_t start = lx->at;
	char *text, *out;

	lx->at += measure_prefix(lx->text + lx->at, lx->len - lx->at, &q);
	text = out = sh_arena_alloc(lx->arena, bound(lx, &q) + 4);
	if (take_body(lx, t, &q, &out) < 0)
		return -1;
	t->kind = SH_TOKEN_LITERAL;
	t->text = (struct sh_span){ lx->text + start, lx->at - start };
	t->value = sh_value_string((struct sh_span){ text, (size_t)(out - text) });
	if (q.bytes)
		t->value.type = SH_VALUE_BYTES;
	else if (!sh_utf8_is_valid(t->value.u.s))
		return sh_lexer_fail(lx, t->place, "the string is not UTF-8");
	return 0;
}
