/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "expr/builtin.h"

static bool are_strings(const struct sh_call *call)
{
	for (size_t i = 0; i < call->n; i++)
		if (call->arg[i].type != SH_VALUE_STRING)
			return false;
	return true;
}

static struct sh_value fn_contains(const struct sh_call *call)
{
	struct sh_span s, part;

	if (!are_strings(call))
		return sh_builtin_no_types(call);
	s = call->arg[0].u.s;
	part = call->arg[1].u.s;
	return sh_value_bool(!part.len || (s.len && memmem(s.p, s.len, part.p, part.len)));
}

static struct sh_value fn_starts_with(const struct sh_call *call)
{
	struct sh_span s, part;

	if (!are_strings(call))
		return sh_builtin_no_types(call);
	s = call->arg[0].u.s;
	part = call->arg[1].u.s;
	return sh_value_bool(!part.len || (part.len <= s.len && !memcmp(s.p, part.p, part.len)));
}

static struct sh_value fn_ends_with(const struct sh_call *call)
{
	struct sh_span s, part;

	if (!are_strings(call))
		return sh_builtin_no_types(call);
	s = call->arg[0].u.s;
	part = call->arg[1].u.s;
	return sh_value_bool(!part.len || (part.len <= s.len && !memcmp(s.p + s.len - part.len, part.p,
									part.len)));
}

const struct sh_builtin sh_builtin_string[] = {
	SH_BUILTIN("contains", 2, 2, fn_contains, SH_STYLE_METHOD),
	SH_BUILTIN("startsWith", 2, 2, fn_starts_with, SH_STYLE_METHOD),
	SH_BUILTIN("endsWith", 2, 2, fn_ends_with, SH_STYLE_METHOD),
	SH_BUILTIN_END,
};
