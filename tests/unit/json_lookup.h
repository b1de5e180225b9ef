/* SPDX-License-Identifier: MIT */
/* json_lookup - names of an expression are members of a JSON object: user is a json_t * */
#ifndef SH_TESTS_JSON_LOOKUP_H
#define SH_TESTS_JSON_LOOKUP_H

#include <jansson.h>

#include "expr/expr.h"

static inline bool json_lookup(void *user, const char *name, struct sh_value *out)
{
	const json_t *json = json_object_get(user, name);

	if (!json)
		return false;
	*out = sh_value_from_json(json);
	return true;
}

#endif
