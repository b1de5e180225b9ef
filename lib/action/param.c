/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "action/action.h"
#include "base/clock.h"
#include "base/mem.h"

#define MAX_SECONDS 1e9

static const char *const type_name[] = {
	[SH_PARAM_STRING] = "a string",
	[SH_PARAM_PATH] = "an absolute path without '.' and '..'",
	[SH_PARAM_ARGV] = "a list of strings that starts with an absolute path",
	[SH_PARAM_STRINGS] = "a list of strings",
	[SH_PARAM_INTEGER] = "an integer",
	[SH_PARAM_NUMBER] = "a number",
	[SH_PARAM_BOOLEAN] = "a boolean",
	[SH_PARAM_DURATION] = "a duration such as \"10s\"",
	[SH_PARAM_LIST] = "a list",
	[SH_PARAM_OBJECT] = "an object",
};

bool sh_path_is_plain(const char *path)
{
	const char *p = path;

	if (*p != '/')
		return false;
	if (!p[1])
		return true;
	while (*p) {
		size_t len = strcspn(++p, "/");

		if (len == 0 || (len == 1 && p[0] == '.') ||
		    (len == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += len;
	}
	return true;
}

/* json_string() of jansson cannot hide a NUL byte behind a shorter text here. */
static bool is_text(const json_t *v)
{
	return json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v);
}

static bool is_strings(const json_t *v)
{
	size_t i;
	json_t *item;

	if (!json_is_array(v))
		return false;
	json_array_foreach((json_t *)(uintptr_t)v, i, item)
		if (!is_text(item))
			return false;
	return true;
}

static bool duration_of(const json_t *v, int64_t *out)
{
	double seconds;

	if (is_text(v))
		return sh_duration_parse(json_string_value(v), json_string_length(v), out) == 0 &&
		       *out >= 0;
	if (!json_is_number(v))
		return false;
	seconds = json_number_value(v);
	if (!isfinite(seconds) || seconds < 0 || seconds > MAX_SECONDS)
		return false;
	*out = (int64_t)(seconds * (double)SH_SEC);
	return true;
}

static bool has_type(const json_t *v, enum sh_param_type type)
{
	int64_t d;

	switch (type) {
	case SH_PARAM_STRING:
		return is_text(v);
	case SH_PARAM_PATH:
		return is_text(v) && sh_path_is_plain(json_string_value(v));
	case SH_PARAM_ARGV:
		return is_strings(v) && json_array_size(v) > 0 &&
		       sh_path_is_plain(json_string_value(json_array_get(v, 0)));
	case SH_PARAM_STRINGS:
		return is_strings(v);
	case SH_PARAM_INTEGER:
		return json_is_integer(v);
	case SH_PARAM_NUMBER:
		return json_is_number(v) && isfinite(json_number_value(v));
	case SH_PARAM_BOOLEAN:
		return json_is_boolean(v);
	case SH_PARAM_DURATION:
		return duration_of(v, &d);
	case SH_PARAM_LIST:
		return json_is_array(v);
	case SH_PARAM_OBJECT:
		return json_is_object(v);
	}
	return false;
}

static const struct sh_param *find_param(const struct sh_param *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

int sh_params_check(const json_t *object, const struct sh_param *table, const char *where,
		    struct sh_error *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return sh_error_set(err, SH_ERRC_INPUT, "%s: not an object", where);
	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		const struct sh_param *p = find_param(table, name);

		if (!p)
			return sh_error_set(err, SH_ERRC_INPUT, "%s: unknown parameter '%s'", where,
					    name);
		if (!json_is_null(value) && !has_type(value, p->type))
			return sh_error_set(err, SH_ERRC_INPUT, "%s: '%s' must be %s", where, name,
					    type_name[p->type]);
	}
	for (; table->name; table++)
		if (table->required && !sh_param_json(object, table->name))
			return sh_error_set(err, SH_ERRC_INPUT, "%s: '%s' is required", where,
					    table->name);
	return 0;
}

const json_t *sh_param_json(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	return json_is_null(v) ? NULL : v;
}

const char *sh_param_str(const json_t *object, const char *name)
{
	return json_string_value(sh_param_json(object, name));
}

int64_t sh_param_int(const json_t *object, const char *name, int64_t fallback)
{
	const json_t *v = sh_param_json(object, name);

	return v ? json_integer_value(v) : fallback;
}

double sh_param_number(const json_t *object, const char *name, double fallback)
{
	const json_t *v = sh_param_json(object, name);

	return v ? json_number_value(v) : fallback;
}

bool sh_param_bool(const json_t *object, const char *name)
{
	return json_is_true(sh_param_json(object, name));
}

int64_t sh_param_duration(const json_t *object, const char *name, int64_t fallback)
{
	const json_t *v = sh_param_json(object, name);
	int64_t d;

	return v && duration_of(v, &d) ? d : fallback;
}

const char **sh_param_argv(const json_t *object, const char *name)
{
	const json_t *v = sh_param_json(object, name);
	const char **argv;
	size_t n;

	if (!v)
		return NULL;
	n = json_array_size(v);
	argv = sh_calloc(n + 1, sizeof(*argv));
	for (size_t i = 0; i < n; i++)
		argv[i] = json_string_value(json_array_get(v, i));
	return argv;
}

bool sh_name_is_allowed(const char *name, const json_t *patterns)
{
	size_t i;
	json_t *pattern;

	json_array_foreach((json_t *)(uintptr_t)patterns, i, pattern)
		if (json_is_string(pattern) && fnmatch(json_string_value(pattern), name, 0) == 0)
			return true;
	return false;
}
