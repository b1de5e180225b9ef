/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/each.h"

#include "collect/format/values.h"
#include "record/json.h"

typedef int take_fn(struct sh_import *in, json_t *value, struct sh_error *err);

static void take_one(struct sh_import *in, json_t *value, take_fn *take)
{
	struct sh_error e = SH_ERROR_INIT;

	if (take(in, value, &e) < 0)
		sh_import_bad(in, in->line, &e);
}

static void take_all(struct sh_import *in, json_t *value, take_fn *take)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value)) {
		take_one(in, value, take);
		return;
	}
	json_array_foreach(value, i, item)
		take_one(in, item, take);
}

void sh_import_each(struct sh_import *in, struct sh_span text, take_fn *take)
{
	struct sh_values values = SH_VALUES(text);
	struct sh_span one;

	while (sh_values_next(&values, &one)) {
		struct sh_error e = SH_ERROR_INIT;
		json_t *value = sh_json_parse(one.p, one.len, &e);

		in->line = values.line;
		if (value)
			take_all(in, value, take);
		else
			sh_import_bad(in, in->line, &e);
		json_decref(value);
	}
}
