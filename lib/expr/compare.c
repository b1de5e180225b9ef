/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/compare.h"

#include <math.h>
#include <string.h>

#include "expr/collect.h"

#define ORDER(a, b) ((a) < (b) ? SH_ORDER_LESS : (a) > (b) ? SH_ORDER_GREATER : SH_ORDER_EQUAL)

#define TWO_63 9223372036854775808.0
#define TWO_64 18446744073709551616.0

bool sh_value_is_number(const struct sh_value *v)
{
	return v->type == SH_VALUE_INT || v->type == SH_VALUE_UINT || v->type == SH_VALUE_DOUBLE;
}

static enum sh_order reverse(enum sh_order o)
{
	if (o == SH_ORDER_LESS)
		return SH_ORDER_GREATER;
	return o == SH_ORDER_GREATER ? SH_ORDER_LESS : o;
}

static enum sh_order order_doubles(double a, double b)
{
	if (isnan(a) || isnan(b))
		return SH_ORDER_NONE;
	return ORDER(a, b);
}

/* Converting the int would round it: 2^53 + 1 is not 2^53. */
static enum sh_order order_int_double(int64_t i, double d)
{
	double whole;

	if (isnan(d))
		return SH_ORDER_NONE;
	if (d >= TWO_63)
		return SH_ORDER_LESS;
	if (d < -TWO_63)
		return SH_ORDER_GREATER;
	whole = trunc(d);
	if (i != (int64_t)whole)
		return ORDER(i, (int64_t)whole);
	return ORDER(0.0, d - whole);
}

static enum sh_order order_uint_double(uint64_t u, double d)
{
	double whole;

	if (isnan(d))
		return SH_ORDER_NONE;
	if (d >= TWO_64)
		return SH_ORDER_LESS;
	if (d < 0)
		return SH_ORDER_GREATER;
	whole = trunc(d);
	if (u != (uint64_t)whole)
		return ORDER(u, (uint64_t)whole);
	return ORDER(0.0, d - whole);
}

static enum sh_order order_int_uint(int64_t i, uint64_t u)
{
	if (i < 0)
		return SH_ORDER_LESS;
	return ORDER((uint64_t)i, u);
}

static enum sh_order order_numbers(const struct sh_value *a, const struct sh_value *b)
{
	if (a->type == b->type) {
		if (a->type == SH_VALUE_INT)
			return ORDER(a->u.i, b->u.i);
		if (a->type == SH_VALUE_UINT)
			return ORDER(a->u.u, b->u.u);
		return order_doubles(a->u.d, b->u.d);
	}
	if (a->type > b->type)
		return reverse(order_numbers(b, a));
	if (a->type == SH_VALUE_INT)
		return b->type == SH_VALUE_UINT ? order_int_uint(a->u.i, b->u.u)
						: order_int_double(a->u.i, b->u.d);
	return order_uint_double(a->u.u, b->u.d);
}

/* By bytes; for UTF-8 that is the order of code points. */
static enum sh_order order_spans(struct sh_span a, struct sh_span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? ORDER(c, 0) : ORDER(a.len, b.len);
}

static enum sh_order order_instants(struct sh_instant a, struct sh_instant b)
{
	return a.sec != b.sec ? ORDER(a.sec, b.sec) : ORDER(a.ns, b.ns);
}

enum sh_order sh_value_order(const struct sh_value *a, const struct sh_value *b)
{
	if (sh_value_is_number(a) && sh_value_is_number(b))
		return order_numbers(a, b);
	if (a->type != b->type)
		return SH_ORDER_NO_TYPES;
	switch (a->type) {
	case SH_VALUE_BOOL:
		return ORDER(a->u.b, b->u.b);
	case SH_VALUE_STRING:
	case SH_VALUE_BYTES:
		return order_spans(a->u.s, b->u.s);
	case SH_VALUE_DURATION:
		return ORDER(a->u.i, b->u.i);
	case SH_VALUE_TIMESTAMP:
		return order_instants(a->u.t, b->u.t);
	default:
		return SH_ORDER_NO_TYPES;
	}
}

static bool equal_lists(const struct sh_value *a, const struct sh_value *b)
{
	size_t n = sh_value_count(a);

	if (n != sh_value_count(b))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct sh_value x = sh_value_item(a, i), y = sh_value_item(b, i);

		if (!sh_value_equal(&x, &y))
			return false;
	}
	return true;
}

static bool equal_maps(const struct sh_value *a, const struct sh_value *b)
{
	struct sh_map_walk w = { .map = a };
	struct sh_value other;

	if (sh_value_count(a) != sh_value_count(b))
		return false;
	while (sh_map_step(&w))
		if (!sh_value_find(b, &w.key, &other) || !sh_value_equal(&w.value, &other))
			return false;
	return true;
}

bool sh_value_equal(const struct sh_value *a, const struct sh_value *b)
{
	if (sh_value_is_number(a) && sh_value_is_number(b))
		return order_numbers(a, b) == SH_ORDER_EQUAL;
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case SH_VALUE_NULL:
		return true;
	case SH_VALUE_LIST:
		return equal_lists(a, b);
	case SH_VALUE_MAP:
		return equal_maps(a, b);
	case SH_VALUE_TYPE:
	case SH_VALUE_IP:
	case SH_VALUE_CIDR:
		return sh_span_equal(a->u.s, b->u.s);
	default:
		return sh_value_order(a, b) == SH_ORDER_EQUAL;
	}
}
