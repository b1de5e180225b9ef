/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "expr/builtin.h"
#include "expr/regex.h"
#include "expr/run.h"

/* A match does not tell its steps, so each counts as much; one that hit its limit as what it took. */
#define MATCH_WORK        500
#define FAILED_MATCH_WORK 200000

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

static struct sh_value fn_matches(const struct sh_call *call)
{
	void *regex = call->at->regex;
	char why[96];
	int r;

	if (!are_strings(call))
		return sh_builtin_no_types(call);
	if (!sh_run_charge(call->run, regex ? MATCH_WORK : 2 * MATCH_WORK))
		return sh_value_error(call, "too much work");
	if (!regex)
		regex = sh_regex_compile(call->arg[1].u.s, why, sizeof(why));
	if (!regex)
		return sh_value_error(call, "bad pattern: %s", why);
	r = sh_regex_search(regex, call->arg[0].u.s, why, sizeof(why));
	if (!call->at->regex)
		sh_regex_free(regex);
	if (r < 0) {
		sh_run_charge(call->run, FAILED_MATCH_WORK);
		return sh_value_error(call, "matches: %s", why);
	}
	return sh_value_bool(r == 1);
}

const struct sh_builtin sh_builtin_string[] = {
	SH_BUILTIN("contains", 2, 2, fn_contains, SH_STYLE_METHOD),
	SH_BUILTIN("startsWith", 2, 2, fn_starts_with, SH_STYLE_METHOD),
	SH_BUILTIN("endsWith", 2, 2, fn_ends_with, SH_STYLE_METHOD),
	SH_BUILTIN("matches", 2, 2, fn_matches, SH_STYLE_BOTH),
	SH_BUILTIN_END,
};
