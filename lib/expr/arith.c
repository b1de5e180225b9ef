/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "expr/collect.h"
#include "expr/compare.h"
#include "expr/instant.h"
#include "expr/run.h"

static struct sh_value no_operator(struct sh_run *run, const struct sh_ast *at,
				   const struct sh_value *x, const struct sh_value *y)
{
	bool text = (x->type == SH_VALUE_STRING && sh_value_is_number(y)) ||
		    (y->type == SH_VALUE_STRING && sh_value_is_number(x));
	const char *hint = "";

	if (at->op == '%' && (x->type == SH_VALUE_DOUBLE || y->type == SH_VALUE_DOUBLE))
		hint = " (int() makes a whole number)";
	else if (text)
		hint = at->op == '+' ? " (string() makes text of a number)"
				     : " (double() makes a number of text)";
	else if (sh_value_is_number(x) && sh_value_is_number(y))
		hint = " (int() makes one of the other)";
	return sh_run_error(run, at, "no '%c' for %s and %s%s", at->op, sh_value_type_name(x->type),
			    sh_value_type_name(y->type), hint);
}

static struct sh_value zero_divisor(struct sh_run *run, const struct sh_ast *at)
{
	return sh_run_error(run, at, at->op == '%' ? "modulus by zero" : "division by zero");
}

static struct sh_value overflow(struct sh_run *run, const struct sh_ast *at)
{
	return sh_run_error(run, at, "the integer result is beyond 64 bits");
}

static struct sh_value arith_int(struct sh_run *run, const struct sh_ast *at, int64_t x, int64_t y)
{
	int64_t r = 0;
	bool over = false;

	switch (at->op) {
	case '+':
		over = __builtin_add_overflow(x, y, &r);
		break;
	case '-':
		over = __builtin_sub_overflow(x, y, &r);
		break;
	case '*':
		over = __builtin_mul_overflow(x, y, &r);
		break;
	default:
		if (y == 0)
			return zero_divisor(run, at);
		over = x == INT64_MIN && y == -1;
		if (!over)
			r = at->op == '/' ? x / y : x % y;
	}
	return over ? overflow(run, at) : sh_value_int(r);
}

static struct sh_value arith_uint(struct sh_run *run, const struct sh_ast *at, uint64_t x, uint64_t y)
{
	uint64_t r = 0;
	bool over = false;

	switch (at->op) {
	case '+':
		over = __builtin_add_overflow(x, y, &r);
		break;
	case '-':
		over = __builtin_sub_overflow(x, y, &r);
		break;
	case '*':
		over = __builtin_mul_overflow(x, y, &r);
		break;
	default:
		if (y == 0)
			return zero_divisor(run, at);
		r = at->op == '/' ? x / y : x % y;
	}
	return over ? overflow(run, at) : sh_value_uint(r);
}

static double as_double(const struct sh_value *v)
{
	if (v->type == SH_VALUE_DOUBLE)
		return v->u.d;
	return v->type == SH_VALUE_INT ? (double)v->u.i : (double)v->u.u;
}

static struct sh_value arith_double(struct sh_run *run, const struct sh_ast *at,
				    const struct sh_value *vx, const struct sh_value *vy)
{
	double x = as_double(vx), y = as_double(vy);

	switch (at->op) {
	case '+':
		return sh_value_double(x + y);
	case '-':
		return sh_value_double(x - y);
	case '*':
		return sh_value_double(x * y);
	case '/':
		/* Not infinity: a rule must not fire on it. */
		return y == 0 ? zero_divisor(run, at) : sh_value_double(x / y);
	default:
		return no_operator(run, at, vx, vy);
	}
}

static struct sh_value arith_numbers(struct sh_run *run, const struct sh_ast *at,
				     const struct sh_value *x, const struct sh_value *y)
{
	if (x->type == SH_VALUE_DOUBLE || y->type == SH_VALUE_DOUBLE)
		return arith_double(run, at, x, y);
	if (x->type != y->type)
		return no_operator(run, at, x, y);
	return x->type == SH_VALUE_INT ? arith_int(run, at, x->u.i, y->u.i)
				       : arith_uint(run, at, x->u.u, y->u.u);
}

static struct sh_value join_text(struct sh_run *run, const struct sh_ast *at,
				 const struct sh_value *x, const struct sh_value *y)
{
	size_t n = x->u.s.len + y->u.s.len;
	struct sh_value v = *x;
	char *p;

	if (n > SH_RUN_MAX_STRING || !sh_run_charge(run, n / 64))
		return sh_run_too_large(run, at);
	p = sh_run_alloc(run, n + 1);
	if (!p)
		return sh_run_too_large(run, at);
	if (x->u.s.len)
		memcpy(p, x->u.s.p, x->u.s.len);
	if (y->u.s.len)
		memcpy(p + x->u.s.len, y->u.s.p, y->u.s.len);
	v.u.s = (struct sh_span){ p, n };
	return v;
}

static struct sh_value join_lists(struct sh_run *run, const struct sh_ast *at,
				  const struct sh_value *x, const struct sh_value *y)
{
	size_t nx = sh_value_count(x), n = nx + sh_value_count(y);
	struct sh_value_list *list;
	struct sh_value v;

	if (n > SH_RUN_MAX_ITEMS || !sh_run_charge(run, n) ||
	    !sh_run_alloc(run, n * sizeof(struct sh_value)))
		return sh_run_too_large(run, at);
	list = sh_list_new(run->eval->arena, n);
	for (; list->n < n; list->n++)
		list->item[list->n] = list->n < nx ? sh_value_item(x, list->n)
						   : sh_value_item(y, list->n - nx);
	v = sh_list_seal(list);
	return v.type == SH_VALUE_ERROR || !sh_run_charge(run, list->weight) ? sh_run_too_large(run, at)
									     : v;
}

static struct sh_value arith_durations(struct sh_run *run, const struct sh_ast *at, int64_t x, int64_t y)
{
	int64_t r;
	bool over = at->op == '+' ? __builtin_add_overflow(x, y, &r) : __builtin_sub_overflow(x, y, &r);

	return over ? sh_run_error(run, at, "the duration is out of range") : sh_value_duration(r);
}

static struct sh_value shift_instant(struct sh_run *run, const struct sh_ast *at,
				     struct sh_instant t, int64_t ns)
{
	struct sh_value v = { .type = SH_VALUE_TIMESTAMP };

	if (ns == INT64_MIN || sh_instant_add(t, at->op == '-' ? -ns : ns, &v.u.t) < 0)
		return sh_run_error(run, at, "the timestamp is out of range");
	return v;
}

static struct sh_value instants_apart(struct sh_run *run, const struct sh_ast *at,
				      struct sh_instant x, struct sh_instant y)
{
	int64_t ns;

	if (sh_instant_diff(x, y, &ns) < 0)
		return sh_run_error(run, at, "the duration is out of range");
	return sh_value_duration(ns);
}

static struct sh_value arith_sum(struct sh_run *run, const struct sh_ast *at,
				 const struct sh_value *x, const struct sh_value *y)
{
	bool plus = at->op == '+';

	if (x->type == SH_VALUE_DURATION && y->type == SH_VALUE_DURATION)
		return arith_durations(run, at, x->u.i, y->u.i);
	if (x->type == SH_VALUE_TIMESTAMP && y->type == SH_VALUE_DURATION)
		return shift_instant(run, at, x->u.t, y->u.i);
	if (plus && x->type == SH_VALUE_DURATION && y->type == SH_VALUE_TIMESTAMP)
		return shift_instant(run, at, y->u.t, x->u.i);
	if (!plus && x->type == SH_VALUE_TIMESTAMP && y->type == SH_VALUE_TIMESTAMP)
		return instants_apart(run, at, x->u.t, y->u.t);
	if (plus && x->type == y->type && (x->type == SH_VALUE_STRING || x->type == SH_VALUE_BYTES))
		return join_text(run, at, x, y);
	if (plus && x->type == SH_VALUE_LIST && y->type == SH_VALUE_LIST)
		return join_lists(run, at, x, y);
	return no_operator(run, at, x, y);
}

struct sh_value sh_run_arith(struct sh_run *run, const struct sh_ast *at, const struct sh_value *x,
			     const struct sh_value *y)
{
	if (sh_value_is_number(x) && sh_value_is_number(y))
		return arith_numbers(run, at, x, y);
	if (at->op == '+' || at->op == '-')
		return arith_sum(run, at, x, y);
	return no_operator(run, at, x, y);
}

struct sh_value sh_run_negate(struct sh_run *run, const struct sh_ast *at, const struct sh_value *x)
{
	if (x->type == SH_VALUE_DOUBLE)
		return sh_value_double(-x->u.d);
	if (x->type != SH_VALUE_INT && x->type != SH_VALUE_DURATION)
		return sh_run_error(run, at, "no '-' of %s", sh_value_type_name(x->type));
	if (x->u.i == INT64_MIN)
		return overflow(run, at);
	return x->type == SH_VALUE_INT ? sh_value_int(-x->u.i) : sh_value_duration(-x->u.i);
}
