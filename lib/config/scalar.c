/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
static const char *const trues[] = { "true", "True", "TRUE", NULL };
static const char *const falses[] = { "false", "False", "FALSE", NULL };

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static const char *skip_digits(const char *s)
{
	while (*s >= '0' && *s <= '9')
		s++;
	return s;
}

static const char *skip_sign(const char *s)
{
	return *s == '-' || *s == '+' ? s + 1 : s;
}

/* 8 or 16 for 0o17 and 0x1f, else 0. The core schema gives these no sign. */
static int radix_of(const char *s)
{
	if (s[0] != '0' || (s[1] != 'o' && s[1] != 'x') || !s[2])
		return 0;
	if (s[1] == 'o')
		return s[2 + strspn(s + 2, "01234567")] ? 0 : 8;
	return s[2 + strspn(s + 2, "0123456789abcdefABCDEF")] ? 0 : 16;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(const char *s)
{
	const char *start = skip_sign(s), *p = skip_digits(start);
	bool digits = p > start;

	if (*p == '.') {
		const char *fraction = p + 1;

		p = skip_digits(fraction);
		digits = digits || p > fraction;
	}
	if (!digits)
		return false;
	if (*p == 'e' || *p == 'E') {
		start = skip_sign(p + 1);
		p = skip_digits(start);
		if (p == start)
			return false;
	}
	return *p == '\0';
}

/* Whether it may be one of the words: most texts begin otherwise. Also the empty one. */
static bool begins_word(const char *text)
{
	return strchr("~nNtTfF", *text) != NULL;
}

enum sh_node_type sh_scalar_type(const char *text)
{
	bool word = begins_word(text);

	if (word && is_one_of(text, nulls))
		return SH_NODE_NULL;
	if (word && (is_one_of(text, trues) || is_one_of(text, falses)))
		return SH_NODE_BOOL;
	if (is_decimal(text) || radix_of(text))
		return SH_NODE_NUMBER;
	return SH_NODE_STRING;
}

bool sh_scalar_int(const char *text, int64_t *out)
{
	int radix = radix_of(text);
	long long v;
	char *end;

	if (!radix && *skip_digits(skip_sign(text)))
		return false;
	errno = 0;
	v = strtoll(radix ? text + 2 : text, &end, radix ? radix : 10);
	if (errno || *end || end == text)
		return false;
	*out = v;
	return true;
}

bool sh_scalar_double(const char *text, double *out)
{
	int radix = radix_of(text);
	double v = radix ? (double)strtoull(text + 2, NULL, radix) : strtod(text, NULL);

	if (!isfinite(v))
		return false;
	*out = v;
	return true;
}

bool sh_scalar_is_true(const char *text)
{
	return is_one_of(text, trues);
}
