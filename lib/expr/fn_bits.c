/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/builtin.h"

/* An int or uint as its bits; a double that is a whole number is an int. */
static bool bits_of(const struct sh_call *call, size_t i, uint64_t *bits, enum sh_value_type *type)
{
	struct sh_call one = *call;

	one.arg = &call->arg[i];
	one.n = 1;
	*type = call->arg[i].type == SH_VALUE_UINT ? SH_VALUE_UINT : SH_VALUE_INT;
	if (*type == SH_VALUE_UINT)
		*bits = call->arg[i].u.u;
	else if (sh_builtin_are(&one, "n"))
		*bits = (uint64_t)sh_builtin_whole(&one, 0);
	else
		return false;
	return true;
}

static struct sh_value value_of(uint64_t bits, enum sh_value_type type)
{
	return type == SH_VALUE_UINT ? sh_value_uint(bits) : sh_value_int((int64_t)bits);
}

static struct sh_value pair(const struct sh_call *call, char op)
{
	enum sh_value_type tx, ty;
	uint64_t x, y;

	if (!bits_of(call, 0, &x, &tx) || !bits_of(call, 1, &y, &ty) || tx != ty)
		return sh_builtin_no_types(call);
	return value_of(op == '&' ? (x & y) : op == '|' ? (x | y) : (x ^ y), tx);
}

static struct sh_value fn_and(const struct sh_call *call)
{
	return pair(call, '&');
}

static struct sh_value fn_or(const struct sh_call *call)
{
	return pair(call, '|');
}

static struct sh_value fn_xor(const struct sh_call *call)
{
	return pair(call, '^');
}

static struct sh_value fn_not(const struct sh_call *call)
{
	enum sh_value_type type;
	uint64_t x;

	return bits_of(call, 0, &x, &type) ? value_of(~x, type) : sh_builtin_no_types(call);
}

static struct sh_value shift(const struct sh_call *call, bool left)
{
	enum sh_value_type type, of_count;
	uint64_t x, count;

	if (!bits_of(call, 0, &x, &type) || !bits_of(call, 1, &count, &of_count) ||
	    of_count != SH_VALUE_INT)
		return sh_builtin_no_types(call);
	if ((int64_t)count < 0)
		return sh_value_error(call, "%s: a shift by less than 0", call->function);
	if (count >= 64)
		return value_of(0, type);
	return value_of(left ? x << count : x >> count, type);
}

static struct sh_value fn_shift_left(const struct sh_call *call)
{
	return shift(call, true);
}

/* Zeros come in from the left, also for a negative int, as CEL has it. */
static struct sh_value fn_shift_right(const struct sh_call *call)
{
	return shift(call, false);
}

const struct sh_builtin sh_builtin_bits[] = {
	SH_BUILTIN("math.bitAnd", 2, 2, fn_and, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.bitOr", 2, 2, fn_or, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.bitXor", 2, 2, fn_xor, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.bitNot", 1, 1, fn_not, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.bitShiftLeft", 2, 2, fn_shift_left, SH_STYLE_FUNCTION),
	SH_BUILTIN("math.bitShiftRight", 2, 2, fn_shift_right, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};
