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
#include "expr/utf8.h"

#define MAX_PRECISION 100

/* What %s makes of it. False: a bound was reached. */
static bool put_text(const struct sh_call *call, const struct sh_value *v, struct sh_buf *out);

static bool put_list(const struct sh_call *call, const struct sh_value *v, struct sh_buf *out)
{
	size_t n = sh_value_count(v);

	sh_buf_addch(out, '[');
	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(v, i);

		if (i)
			sh_buf_addstr(out, ", ");
		if (!put_text(call, &item, out))
			return false;
	}
	sh_buf_addch(out, ']');
	return true;
}

/* The values of a map by the text of their keys, in its order; NULL when a bound was reached. */
static const struct sh_value_list *sorted_entries(const struct sh_call *call, const struct sh_value *v)
{
	size_t n = sh_value_count(v), i = 0;
	struct sh_value_entry *pair = sh_builtin_alloc(call, n * sizeof(*pair));
	struct sh_value sorted;

	if (!pair)
		return NULL;
	for (struct sh_map_walk w = { .map = v }; sh_map_step(&w); i++) {
		SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
		struct sh_value_list *entry = sh_run_list(call->run, 2);

		if (!entry || !put_text(call, &w.key, &key))
			return NULL;
		pair[i].key = sh_builtin_string_copy(call, (struct sh_span){ key.data, key.len });
		entry->item[entry->n++] = pair[i].key;
		entry->item[entry->n++] = w.value;
		pair[i].value = sh_list_seal(entry);
		if (sh_value_is_bad(&pair[i].key) || sh_value_is_bad(&pair[i].value))
			return NULL;
	}
	sorted = sh_run_sort(call->run, call->at, pair, n);
	return sorted.type == SH_VALUE_LIST ? sorted.u.list : NULL;
}

static bool put_map(const struct sh_call *call, const struct sh_value *v, struct sh_buf *out)
{
	const struct sh_value_list *entries = sorted_entries(call, v);

	if (!entries)
		return false;
	sh_buf_addch(out, '{');
	for (size_t i = 0; i < entries->n; i++) {
		const struct sh_value *entry = entries->item[i].u.list->item;

		sh_buf_addf(out, "%s%.*s: ", i ? ", " : "", (int)entry[0].u.s.len, entry[0].u.s.p);
		if (!put_text(call, &entry[1], out))
			return false;
	}
	sh_buf_addch(out, '}');
	return true;
}

static bool put_text(const struct sh_call *call, const struct sh_value *v, struct sh_buf *out)
{
	if (out->len > SH_RUN_MAX_STRING)
		return false;
	switch (v->type) {
	case SH_VALUE_DURATION:
		sh_present_seconds(v->u.i, out);
		return true;
	case SH_VALUE_BYTES:
		sh_utf8_repair(v->u.s, out);
		return true;
	case SH_VALUE_LIST:
		return put_list(call, v, out);
	case SH_VALUE_MAP:
		return put_map(call, v, out);
	default:
		sh_value_text(v, out);
		return true;
	}
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

/* Of all but %s. */
static bool put_clause(const struct sh_value *v, char letter, int precision, struct sh_buf *out)
{
	switch (letter) {
	case 'd':
		if (!sh_value_is_number(v))
			return false;
		sh_value_text(v, out);
		return true;
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
		if (!sh_run_charge(call->run, sh_value_weight(&v)) || out.len > SH_RUN_MAX_STRING ||
		    (letter == 's' && !put_text(call, &v, &out)))
			return sh_builtin_too_large(call);
		if (letter != 's' && !put_clause(&v, letter, precision, &out))
			return sh_value_error(call, "format: no %%%c for %s", letter ? letter : ' ',
					      sh_value_type_name(v.type));
	}
	return sh_builtin_string_copy(call, (struct sh_span){ out.data, out.len });
}
