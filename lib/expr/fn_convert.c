/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "expr/builtin.h"
#include "expr/instant.h"
#include "expr/present.h"
#include "expr/utf8.h"

#define TWO_63 9223372036854775808.0
#define TWO_64 18446744073709551616.0
#define MAX_NUMBER 400 /* characters */

static struct sh_value no_conversion(const struct sh_call *call, const char *why)
{
	return sh_value_error(call, "%s(): %s", call->function, why);
}

static struct sh_value out_of_range(const struct sh_call *call)
{
	return no_conversion(call, "out of range");
}

/* A string argument as a C string; false when it cannot be a number. */
static bool number_text(const struct sh_value *v, char out[MAX_NUMBER])
{
	struct sh_span s = v->u.s;

	if (!s.len || s.len >= MAX_NUMBER || memchr(s.p, '\0', s.len))
		return false;
	memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

static struct sh_value fn_int(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];
	char text[MAX_NUMBER];
	int64_t i;

	switch (v->type) {
	case SH_VALUE_INT:
		return *v;
	case SH_VALUE_UINT:
		return v->u.u > INT64_MAX ? out_of_range(call) : sh_value_int((int64_t)v->u.u);
	case SH_VALUE_DOUBLE:
		/* Both ends are left out: near them a double no longer says which integer. */
		if (!(v->u.d > -TWO_63 && v->u.d < TWO_63))
			return out_of_range(call);
		return sh_value_int((int64_t)v->u.d);
	case SH_VALUE_TIMESTAMP:
		return sh_value_int(v->u.t.sec);
	case SH_VALUE_STRING:
		if (!number_text(v, text) || sh_parse_i64(text[0] == '+' ? text + 1 : text, &i) < 0)
			return no_conversion(call, "the text is no integer");
		return sh_value_int(i);
	default:
		return sh_builtin_no_types(call);
	}
}

static struct sh_value fn_uint(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];
	char text[MAX_NUMBER];
	uint64_t u;

	switch (v->type) {
	case SH_VALUE_UINT:
		return *v;
	case SH_VALUE_INT:
		return v->u.i < 0 ? out_of_range(call) : sh_value_uint((uint64_t)v->u.i);
	case SH_VALUE_DOUBLE:
		if (!(v->u.d >= 0 && v->u.d < TWO_64))
			return out_of_range(call);
		return sh_value_uint((uint64_t)v->u.d);
	case SH_VALUE_STRING:
		if (!number_text(v, text) || sh_parse_u64(text, &u) < 0)
			return no_conversion(call, "the text is no unsigned integer");
		return sh_value_uint(u);
	default:
		return sh_builtin_no_types(call);
	}
}

static struct sh_value double_from_text(const struct sh_call *call)
{
	char text[MAX_NUMBER], *end;
	double d;

	if (!number_text(&call->arg[0], text) || strpbrk(text, "xXpP( \t\n\r\v\f"))
		return no_conversion(call, "the text is no number");
	errno = 0;
	d = strtod(text, &end);
	if (*end || (errno == ERANGE && isinf(d)))
		return no_conversion(call, "the text is no number");
	return sh_value_double(d);
}

static struct sh_value fn_double(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];

	switch (v->type) {
	case SH_VALUE_DOUBLE:
		return *v;
	case SH_VALUE_INT:
		return sh_value_double((double)v->u.i);
	case SH_VALUE_UINT:
		return sh_value_double((double)v->u.u);
	case SH_VALUE_STRING:
		return double_from_text(call);
	default:
		return sh_builtin_no_types(call);
	}
}

static struct sh_value fn_string(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	switch (v->type) {
	case SH_VALUE_STRING:
		return *v;
	case SH_VALUE_BYTES:
		if (!sh_utf8_is_valid(v->u.s))
			return no_conversion(call, "the bytes are not UTF-8");
		return sh_value_string(v->u.s);
	case SH_VALUE_DURATION:
		sh_present_seconds(v->u.i, &text);
		break;
	case SH_VALUE_BOOL:
	case SH_VALUE_INT:
	case SH_VALUE_UINT:
	case SH_VALUE_DOUBLE:
	case SH_VALUE_TIMESTAMP:
	case SH_VALUE_IP:
	case SH_VALUE_CIDR:
		sh_value_text(v, &text);
		break;
	default:
		return sh_builtin_no_types(call);
	}
	return sh_builtin_string_copy(call, (struct sh_span){ text.data, text.len });
}

static struct sh_value fn_bytes(const struct sh_call *call)
{
	struct sh_value v = call->arg[0];

	if (v.type != SH_VALUE_BYTES && v.type != SH_VALUE_STRING)
		return sh_builtin_no_types(call);
	v.type = SH_VALUE_BYTES;
	return v;
}

static struct sh_value fn_bool(const struct sh_call *call)
{
	static const char *const words[] = { "false", "true", "False", "True", "FALSE",
					     "TRUE",  "f",    "t",     "F",    "T",
					     "0",     "1" }; /* odd ones are true */
	const struct sh_value *v = &call->arg[0];

	if (v->type == SH_VALUE_BOOL)
		return *v;
	if (v->type != SH_VALUE_STRING)
		return sh_builtin_no_types(call);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sh_span_is(v->u.s, words[i]))
			return sh_value_bool(i % 2 == 1);
	return no_conversion(call, "the text is neither true nor false");
}

static struct sh_value fn_duration(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];
	int64_t ns;
	int r;

	if (v->type == SH_VALUE_DURATION)
		return *v;
	if (v->type != SH_VALUE_STRING)
		return sh_builtin_no_types(call);
	r = sh_duration_parse_cel(v->u.s, &ns);
	if (r == -ERANGE)
		return out_of_range(call);
	return r < 0 ? no_conversion(call, "the text is no duration") : sh_value_duration(ns);
}

static struct sh_value fn_timestamp(const struct sh_call *call)
{
	struct sh_value t = { .type = SH_VALUE_TIMESTAMP };
	const struct sh_value *v = &call->arg[0];
	int r;

	switch (v->type) {
	case SH_VALUE_TIMESTAMP:
		return *v;
	case SH_VALUE_INT:
		t.u.t = (struct sh_instant){ v->u.i, 0 };
		return sh_instant_is_valid(t.u.t) ? t : out_of_range(call);
	case SH_VALUE_STRING:
		r = sh_instant_parse(v->u.s, &t.u.t);
		if (r == -ERANGE)
			return out_of_range(call);
		return r < 0 ? no_conversion(call, "the text is no RFC 3339 time") : t;
	default:
		return sh_builtin_no_types(call);
	}
}

const struct sh_builtin sh_builtin_convert[] = {
	SH_BUILTIN("int", 1, 1, fn_int, SH_STYLE_FUNCTION),
	SH_BUILTIN("uint", 1, 1, fn_uint, SH_STYLE_FUNCTION),
	SH_BUILTIN("double", 1, 1, fn_double, SH_STYLE_FUNCTION),
	SH_BUILTIN("string", 1, 1, fn_string, SH_STYLE_FUNCTION),
	SH_BUILTIN("bytes", 1, 1, fn_bytes, SH_STYLE_FUNCTION),
	SH_BUILTIN("bool", 1, 1, fn_bool, SH_STYLE_FUNCTION),
	SH_BUILTIN("duration", 1, 1, fn_duration, SH_STYLE_FUNCTION),
	SH_BUILTIN("timestamp", 1, 1, fn_timestamp, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};
