/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>

#include "expr/builtin.h"
#include "expr/compare.h"

/* The largest (SIGN 1) or smallest (-1) of the arguments, or of the one list. */
static struct sh_value pick(const struct sh_call *call, int sign)
{
	const struct sh_value *list = &call->arg[0];
	bool of_list = call->n == 1 && list->type == SH_VALUE_LIST;
	size_t n = of_list ? sh_value_count(list) : call->n;
	struct sh_value best = { .type = SH_VALUE_UNKNOWN };

	for (size_t i = 0; i < n; i++) {
		struct sh_value v = of_list ? sh_value_item(list, i) : call->arg[i];

		if (!sh_value_is_number(&v))
			return sh_builtin_no_types(call);
		if (i == 0 || (int)sh_value_order(&v, &best) == sign)
			best = v;
	}
	return n ? best : sh_value_error(call, "%s of an empty list", call->function);
}

static struct sh_value fn_greatest(const struct sh_call *call)
{
	return pick(call, SH_ORDER_GREATER);
}

static struct sh_value fn_least(const struct sh_call *call)
{
	return pick(call, SH_ORDER_LESS);
}

static struct sh_value fn_abs(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];

	if (v->type == SH_VALUE_DOUBLE)
		return sh_value_double(fabs(v->u.d));
	if (v->type == SH_VALUE_UINT)
		return *v;
	if (v->type != SH_VALUE_INT)
		return sh_builtin_no_types(call);
	if (v->u.i == INT64_MIN)
		return sh_value_error(call, "the integer result is beyond 64 bits");
	return sh_value_int(v->u.i < 0 ? -v->u.i : v->u.i);
}

/* Whole numbers are what they are; CEL has these for doubles only, but numbers mix here. */
static struct sh_value rounded(const struct sh_call *call, double (*how)(double))
{
	const struct sh_value *v = &call->arg[0];

	if (v->type == SH_VALUE_INT || v->type == SH_VALUE_UINT)
		return *v;
	return v->type == SH_VALUE_DOUBLE ? sh_value_double(how(v->u.d)) : sh_builtin_no_types(call);
}

static struct sh_value fn_ceil(const struct sh_call *call)
{
	return rounded(call, ceil);
}

static struct sh_value fn_floor(const struct sh_call *call)
{
	return rounded(call, floor);
}

static struct sh_value fn_round(const struct sh_call *call)
{
	return rounded(call, round);
}

static struct sh_value fn_trunc(const struct sh_call *call)
{
	return rounded(call, trunc);
}

static struct sh_value fn_sign(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];

	switch (v->type) {
	case SH_VALUE_INT:
		return sh_value_int((v->u.i > 0) - (v->u.i < 0));
	case SH_VALUE_UINT:
		return sh_value_uint(v->u.u > 0);
	case SH_VALUE_DOUBLE:
		return isnan(v->u.d) ? *v : sh_value_double((v->u.d > 0) - (v->u.d < 0));
	default:
		return sh_builtin_no_types(call);
	}
}

static struct sh_value fn_sqrt(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];

	if (!sh_value_is_number(v))
		return sh_builtin_no_types(call);
	return sh_value_double(sqrt(v->type == SH_VALUE_DOUBLE ? v->u.d :
				    v->type == SH_VALUE_INT    ? (double)v->u.i :
								 (double)v->u.u));
}

/* Whole numbers are finite; CEL asks doubles only, but numbers mix here. */
static struct sh_value asked(const struct sh_call *call, bool nan, bool inf, bool finite)
{
	const struct sh_value *v = &call->arg[0];

	if (!sh_value_is_number(v))
		return sh_builtin_no_types(call);
	if (v->type != SH_VALUE_DOUBLE)
		return sh_value_bool(finite);
	return sh_value_bool(isnan(v->u.d) ? nan : isinf(v->u.d) ? inf : finite);
}

static struct sh_value fn_is_nan(const struct sh_call *call)
{
	return asked(call, true, false, false);
}

static struct sh_value fn_is_inf(const struct sh_call *call)
{
	return asked(call, false, true, false);
}

static struct sh_value fn_is_finite(const struct sh_call *call)
{
	return asked(call, false, false, true);
}

const struct sh_builtin sh_builtin_math[] = {
	SH_BUILTIN("math.greatest", 1, -1, fn_greatest, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.least", 1, -1, fn_least, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.abs", 1, 1, fn_abs, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.ceil", 1, 1, fn_ceil, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.floor", 1, 1, fn_floor, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.round", 1, 1, fn_round, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.trunc", 1, 1, fn_trunc, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.sign", 1, 1, fn_sign, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.sqrt", 1, 1, fn_sqrt, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.isInf", 1, 1, fn_is_inf, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.isNaN", 1, 1, fn_is_nan, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.isFinite", 1, 1, fn_is_finite, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};
