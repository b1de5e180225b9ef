/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/builtin.h"
#include "expr/collect.h"
#include "expr/compare.h"
#include "expr/run.h"

static bool is_member(const struct sh_value *list, const struct sh_value *v)
{
	size_t n = sh_value_count(list);

	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(list, i);

		if (sh_value_equal(&item, v))
			return true;
	}
	return false;
}

/* Whether some item of PART is in LIST (IN), or is not. */
static bool any_member(const struct sh_value *list, const struct sh_value *part, bool in)
{
	size_t n = sh_value_count(part);

	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(part, i);

		if (is_member(list, &item) == in)
			return true;
	}
	return false;
}

/* Two lists whose items may be compared with each other. False: the error is in *bad. */
static bool are_sets(const struct sh_call *call, struct sh_value *bad)
{
	size_t work;

	if (!sh_builtin_are(call, "ll")) {
		*bad = sh_builtin_no_types(call);
		return false;
	}
	work = sh_value_weight(&call->arg[0]) * (1 + sh_value_count(&call->arg[1])) +
	       sh_value_weight(&call->arg[1]) * (1 + sh_value_count(&call->arg[0]));
	if (!sh_run_charge(call->run, work)) {
		*bad = sh_value_error(call, "too much work");
		return false;
	}
	return true;
}

static struct sh_value fn_contains(const struct sh_call *call)
{
	struct sh_value bad;

	if (!are_sets(call, &bad))
		return bad;
	return sh_value_bool(!any_member(&call->arg[0], &call->arg[1], false));
}

static struct sh_value fn_equivalent(const struct sh_call *call)
{
	struct sh_value bad;

	if (!are_sets(call, &bad))
		return bad;
	return sh_value_bool(!any_member(&call->arg[0], &call->arg[1], false) &&
			     !any_member(&call->arg[1], &call->arg[0], false));
}

static struct sh_value fn_intersects(const struct sh_call *call)
{
	struct sh_value bad;

	if (!are_sets(call, &bad))
		return bad;
	return sh_value_bool(any_member(&call->arg[0], &call->arg[1], true));
}

const struct sh_builtin sh_builtin_set[] = {
	SH_BUILTIN("sets.contains", 2, 2, fn_contains, SH_STYLE_FUNCTION),
	SH_BUILTIN("sets.equivalent", 2, 2, fn_equivalent, SH_STYLE_FUNCTION),
	SH_BUILTIN("sets.intersects", 2, 2, fn_intersects, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};
