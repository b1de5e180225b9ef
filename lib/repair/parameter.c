/* SPDX-License-Identifier: MIT */
/* One value against its declaration, for actions and for playbooks alike. */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/clock.h"
#include "repair/descriptor.h"

static const char *const type_words[] = { "string",  "integer", "number", "boolean", "duration",
					  "strings", "list",    "object", NULL };
enum type { STRING, INTEGER, NUMBER, BOOLEAN, DURATION, STRINGS, LIST, OBJECT };

static bool are_strings(const json_t *value)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return false;
	json_array_foreach(value, i, item)
		if (!json_is_string(item))
			return false;
	return true;
}

static bool is_duration(const json_t *value)
{
	int64_t d;

	return json_is_number(value) ||
	       (json_is_string(value) &&
		sh_duration_parse(json_string_value(value), json_string_length(value), &d) == 0);
}

static bool has_type(enum type type, const json_t *value)
{
	switch (type) {
	case STRING:
		return json_is_string(value) &&
		       strlen(json_string_value(value)) == json_string_length(value);
	case INTEGER:
		return json_is_integer(value);
	case NUMBER:
		return json_is_number(value);
	case BOOLEAN:
		return json_is_boolean(value);
	case DURATION:
		return is_duration(value);
	case STRINGS:
		return are_strings(value);
	case LIST:
		return json_is_array(value);
	case OBJECT:
		return json_is_object(value);
	}
	return false;
}

/* The whole text must match. A pattern that does not compile matches nothing. */
static bool matches(const char *pattern, const char *text, size_t len)
{
	int code;
	PCRE2_SIZE offset;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				       PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY,
				       &code, &offset, NULL);
	pcre2_match_data *data = re ? pcre2_match_data_create(1, NULL) : NULL;
	bool ok = data && pcre2_match(re, (PCRE2_SPTR)text, len, 0, 0, data, NULL) >= 0;

	pcre2_match_data_free(data);
	pcre2_code_free(re);
	return ok;
}

/* A text, or each text of a list. */
static int check_pattern(const char *pattern, const char *what, const json_t *value,
			 struct sh_error *err)
{
	size_t i;
	json_t *item;

	if (json_is_string(value) &&
	    !matches(pattern, json_string_value(value), json_string_length(value)))
		return sh_error_set(err, SH_ERRC_CONFIG, "parameter '%s': '%s' does not match '%s'",
				    what, json_string_value(value), pattern);
	json_array_foreach(value, i, item)
		if (check_pattern(pattern, what, item, err) < 0)
			return -1;
	return 0;
}

int sh_parameter_check(const struct sh_node *spec, const char *what, const json_t *value,
		       struct sh_error *err)
{
	const char *pattern = NULL;
	int type = STRING;

	if (sh_node_choice(spec, "type", type_words, &type, err) < 0 ||
	    sh_node_string(spec, "pattern", &pattern, err) < 0)
		return -1;
	if (!has_type((enum type)type, value))
		return sh_error_set(err, SH_ERRC_CONFIG, "parameter '%s' is not of type %s", what,
				    type_words[type]);
	return pattern ? check_pattern(pattern, what, value, err) : 0;
}
