/* SPDX-License-Identifier: MIT */
/* compare - equality and order of values, numbers by their exact value whatever their types */
#ifndef SH_EXPR_COMPARE_H
#define SH_EXPR_COMPARE_H

#include <stdbool.h>

#include "expr/value.h"

enum sh_order {
	SH_ORDER_LESS = -1,
	SH_ORDER_EQUAL = 0,
	SH_ORDER_GREATER = 1,
	SH_ORDER_NONE,     /* one of them is NaN */
	SH_ORDER_NO_TYPES, /* values of these types have no order */
};

bool sh_value_is_number(const struct sh_value *v);
/* Values of different types are not equal, except numbers. */
bool sh_value_equal(const struct sh_value *a, const struct sh_value *b);
enum sh_order sh_value_order(const struct sh_value *a, const struct sh_value *b);

#endif
