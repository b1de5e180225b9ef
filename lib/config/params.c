/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "config/params.h"

#include <stdint.h>

json_t *sh_rule_params(const json_t *defaults, const json_t *site)
{
	const char *name;
	json_t *params, *v;

	if (!defaults)
		return NULL;
	params = json_copy((json_t *)(uintptr_t)defaults);
	json_object_foreach((json_t *)(uintptr_t)defaults, name, v) {
		json_t *own = json_object_get(site, name);

		if (own)
			json_object_set(params, name, own);
	}
	return params;
}
