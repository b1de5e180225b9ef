/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/builtin.h"

#include <stdio.h>
#include <string.h>

#include "expr/compare.h"
#include "expr/run.h"
#include "expr/utf8.h"

const struct sh_builtin *sh_builtin_find(struct sh_span name)
{
	for (size_t i = 0; sh_builtin_tables[i]; i++)
		for (const struct sh_builtin *b = sh_builtin_tables[i]; b->function.name; b++)
			if (sh_span_is(name, b->function.name))
				return b;
	return NULL;
}

bool sh_builtin_is_space(struct sh_span name)
{
	static const char *const spaces[] = { "math.",	"strings.", "lists.", "sets.",
					      "regex.", "base64.",  "cel." };

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		size_t n = strlen(spaces[i]);

		if (name.len > n && !memcmp(name.p, spaces[i], n))
			return true;
	}
	return false;
}

#define MAX_NAME 24

/* Levenshtein distance, letters without case; large for names that are too long to be meant. */
static size_t distance(struct sh_span a, const char *b)
{
	size_t row[MAX_NAME + 1], n = strlen(b);

	if (a.len > MAX_NAME || n > MAX_NAME)
		return MAX_NAME;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t up = row[j], best = diagonal + ((a.p[i - 1] | 32) != (b[j - 1] | 32));

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = up;
		}
	}
	return row[n];
}

static void consider(struct sh_span name, const char *known, const char **best, size_t *least)
{
	size_t d = distance(name, known);

	if (d < *least) {
		*least = d;
		*best = known;
	}
}

const char *sh_builtin_nearest(struct sh_span name, const struct sh_function *functions)
{
	static const char *const macros[] = { "has",	   "all",	    "exists",
					      "exists_one", "existsOne",    "filter",
					      "map",	   "transformList", "transformMap",
					      "sortBy",	   "cel.bind",	    "transformMapEntry" };
	size_t least = name.len < 4 ? 2 : 3;
	const char *best = NULL;

	for (const struct sh_function *f = functions; f && f->name; f++)
		consider(name, f->name, &best, &least);
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		consider(name, macros[i], &best, &least);
	for (size_t i = 0; sh_builtin_tables[i]; i++)
		for (const struct sh_builtin *b = sh_builtin_tables[i]; b->function.name; b++)
			consider(name, b->function.name, &best, &least);
	return best;
}

struct sh_value sh_builtin_no_types(const struct sh_call *call)
{
	char types[96] = "";
	size_t n = 0;

	for (size_t i = 0; i < call->n && n < sizeof(types) - 1; i++) {
		int added = snprintf(types + n, sizeof(types) - n, "%s%s", i ? ", " : "",
				     sh_value_type_name(call->arg[i].type));

		n += added > 0 ? (size_t)added : 0;
	}
	return sh_value_error(call, "no %s for (%s)", call->function, types);
}

void *sh_builtin_alloc(const struct sh_call *call, size_t size)
{
	return sh_run_alloc(call->run, size);
}

struct sh_value sh_builtin_too_large(const struct sh_call *call)
{
	return sh_run_too_large(call->run, call->at);
}

struct sh_value sh_builtin_string_copy(const struct sh_call *call, struct sh_span s)
{
	char *copy = s.len <= SH_RUN_MAX_STRING && sh_run_charge(call->run, s.len / 64)
			     ? sh_run_alloc(call->run, s.len + 1)
			     : NULL;

	if (!copy)
		return sh_builtin_too_large(call);
	if (s.len)
		memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	return sh_value_string((struct sh_span){ copy, s.len });
}

bool sh_builtin_has(const struct sh_call *call, size_t i, enum sh_value_type type)
{
	return i < call->n && call->arg[i].type == type;
}

bool sh_builtin_are(const struct sh_call *call, const char *types)
{
	for (size_t i = 0; i < call->n; i++) {
		const struct sh_value *v = &call->arg[i];
		bool fits;

		if (types[i] == 's')
			fits = v->type == SH_VALUE_STRING;
		else if (types[i] == 'l')
			fits = v->type == SH_VALUE_LIST;
		else
			fits = v->type == SH_VALUE_INT ||
			       (v->type == SH_VALUE_DOUBLE && v->u.d > -1e15 && v->u.d < 1e15 &&
				v->u.d == (double)(int64_t)v->u.d);
		if (!fits)
			return false;
	}
	return true;
}

int64_t sh_builtin_whole(const struct sh_call *call, size_t i)
{
	return call->arg[i].type == SH_VALUE_INT ? call->arg[i].u.i : (int64_t)call->arg[i].u.d;
}

static struct sh_value fn_size(const struct sh_call *call)
{
	const struct sh_value *v = &call->arg[0];

	switch (v->type) {
	case SH_VALUE_STRING:
		return sh_value_int((int64_t)sh_utf8_count(v->u.s));
	case SH_VALUE_BYTES:
		return sh_value_int((int64_t)v->u.s.len);
	case SH_VALUE_LIST:
	case SH_VALUE_MAP:
		return sh_value_int((int64_t)sh_value_count(v));
	default:
		return sh_builtin_no_types(call);
	}
}

static struct sh_value fn_dyn(const struct sh_call *call)
{
	return call->arg[0];
}

static struct sh_value fn_type(const struct sh_call *call)
{
	const char *name = sh_value_type_name(call->arg[0].type);

	return (struct sh_value){ .type = SH_VALUE_TYPE, .u.s = sh_span_of(name) };
}

static struct sh_value fn_now(const struct sh_call *call)
{
	return sh_value_timestamp(call->eval->now);
}

static const struct sh_builtin basic[] = {
	SH_BUILTIN("size", 1, 1, fn_size, SH_STYLE_BOTH),
	SH_BUILTIN("dyn", 1, 1, fn_dyn, SH_STYLE_FUNCTION),
	SH_BUILTIN("type", 1, 1, fn_type, SH_STYLE_FUNCTION),
	SH_BUILTIN("now", 0, 0, fn_now, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};

const struct sh_builtin *const sh_builtin_tables[] = {
	basic, sh_builtin_convert, sh_builtin_string, sh_builtin_text,
	sh_builtin_time,  sh_builtin_math,    sh_builtin_bits,   sh_builtin_list,
	sh_builtin_set,   sh_builtin_regex,   sh_builtin_base64, sh_builtin_net,
	NULL,
};
