/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <math.h>

#include "base/num.h"
#include "expr/builtin.h"
#include "expr/collect.h"
#include "expr/compare.h"
#include "expr/present.h"
#include "expr/run.h"

#define MAX_PRECISION 100

/* %s: durations in seconds, everything else as a person would write it. */
static void put_text(const struct sh_value *v, struct sh_buf *out)
{
	if (v->type == SH_VALUE_DURATION)
		sh_present_seconds(v->u.i, out);
	else if (v->type == SH_VALUE_BYTES)
		sh_buf_add(out, v->u.s.p, v->u.s.len);
	else
		sh_value_text(v, out);
}

static bool put_decimal(const struct sh_value *v, struct sh_buf *out)
{
	if (v->type == SH_VALUE_DOUBLE && v->u.d != trunc(v->u.d))
		return false;
	sh_value_text(v, out);
	return true;
}

static bool put_fixed(const struct sh_value *v, char letter, int precision, struct sh_buf *out)
{
	double d = v->type == SH_VALUE_DOUBLE ? v->u.d :
		   v->type == SH_VALUE_INT    ? (double)v->u.i :
						(double)v->u.u;

	if (!isfinite(d))
		sh_present_double(d, out);
	else if (letter == 'e')
		sh_buf_addf(out, "%.*e", precision, d);
	else
		sh_buf_addf(out, "%.*f", precision, d);
	return true;
}

static void put_digits(uint64_t u, char letter, struct sh_buf *out)
{
	char digits[65];
	int n = (int)sizeof(digits) - 1;

	if (letter == 'x')
		sh_buf_addf(out, "%" PRIx64, u);
	else if (letter == 'X')
		sh_buf_addf(out, "%" PRIX64, u);
	else if (letter == 'o')
		sh_buf_addf(out, "%" PRIo64, u);
	if (letter != 'b')
		return;
	digits[n] = '\0';
	do
		digits[--n] = (char)('0' + (u & 1));
	while (u >>= 1);
	sh_buf_addstr(out, digits + n);
}

static bool put_based(const struct sh_value *v, char letter, struct sh_buf *out)
{
	uint64_t u = v->u.u;

	if (v->type == SH_VALUE_BOOL && letter == 'b') {
		sh_buf_addch(out, v->u.b ? '1' : '0');
		return true;
	}
	if ((v->type == SH_VALUE_STRING || v->type == SH_VALUE_BYTES) && (letter | 32) == 'x') {
		for (size_t i = 0; i < v->u.s.len; i++)
			sh_buf_addf(out, letter == 'x' ? "%02x" : "%02X",
				    (unsigned)(unsigned char)v->u.s.p[i]);
		return true;
	}
	if (v->type != SH_VALUE_INT && v->type != SH_VALUE_UINT)
		return false;
	if (v->type == SH_VALUE_INT && v->u.i < 0) {
		sh_buf_addch(out, '-');
		u = 0 - u;
	}
	put_digits(u, letter, out);
	return true;
}

static bool put_clause(const struct sh_value *v, char letter, int precision, struct sh_buf *out)
{
	switch (letter) {
	case 's':
		put_text(v, out);
		return true;
	case 'd':
		return sh_value_is_number(v) && put_decimal(v, out);
	case 'f':
	case 'e':
		return sh_value_is_number(v) && put_fixed(v, letter, precision, out);
	case 'x':
	case 'X':
	case 'o':
	case 'b':
		return put_based(v, letter, out);
	default:
		return false;
	}
}

/* Reads ".2f" at S; the letter is 0 when there is none. */
static char take_clause(struct sh_span *s, int *precision)
{
	char letter = 0;

	*precision = 6;
	if (s->len && *s->p == '.') {
		*precision = 0;
		for (s->p++, s->len--; s->len && *s->p >= '0' && *s->p <= '9'; s->p++, s->len--)
			if (*precision <= MAX_PRECISION)
				*precision = *precision * 10 + (*s->p - '0');
	}
	if (s->len) {
		letter = *s->p++;
		s->len--;
	}
	return *precision <= MAX_PRECISION ? letter : 0;
}

struct sh_value sh_builtin_format(const struct sh_call *call)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	size_t used = 0;
	struct sh_span s;

	if (!sh_builtin_has(call, 0, SH_VALUE_STRING) || !sh_builtin_has(call, 1, SH_VALUE_LIST))
		return sh_builtin_no_types(call);
	for (s = call->arg[0].u.s; s.len;) {
		struct sh_value v;
		int precision;
		char letter, c = *s.p++;

		s.len--;
		if (c != '%' || (s.len && *s.p == '%')) {
			sh_buf_addch(&out, c);
			s.p += c == '%';
			s.len -= c == '%';
			continue;
		}
		letter = take_clause(&s, &precision);
		if (used == sh_value_count(&call->arg[1]))
			return sh_value_error(call, "format: more %%-clauses than values");
		v = sh_value_item(&call->arg[1], used++);
		if (!sh_run_charge(call->run, sh_value_weight(&v)) || out.len > SH_RUN_MAX_STRING)
			return sh_builtin_too_large(call);
		if (!put_clause(&v, letter, precision, &out))
			return sh_value_error(call, "format: no %%%c for %s", letter ? letter : ' ',
					      sh_value_type_name(v.type));
	}
	return sh_builtin_string_copy(call, (struct sh_span){ out.data, out.len });
}
