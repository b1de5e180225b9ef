/* SPDX-License-Identifier: MIT */
/*
 * JSON of any layout: pretty printed, concatenated, or in an array at the top.
 * A record goes on as it is; an object without kind is a sample of this host.
 */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "collect/format/formats.h"
#include "collect/format/values.h"
#include "record/entity.h"
#include "record/json.h"

static void put_default(json_t *record, const char *key, const char *value)
{
	if (!json_object_get(record, key))
		json_object_set_new(record, key, json_string(value));
}

/* Of what a check looks at, unless the record says what it is about. */
static void put_dims(const struct sh_import *in, json_t *record)
{
	json_t *dims = json_object();

	for (const char *const *pair = in->dims; pair && *pair; pair += 2)
		json_object_set_new(dims, pair[0], json_string(pair[1]));
	if (json_object_get(record, "dims"))
		json_object_update(dims, json_object_get(record, "dims"));
	json_object_set_new(record, "dims", dims);
}

static void put_source(const struct sh_import *in, json_t *record)
{
	if (!json_object_get(record, "source"))
		json_object_set_new(record, "source",
				    json_pack("{s:s,s:s}", "collector", in->c->current->name,
					      "target", in->target));
}

/* What a record must have and this one lacks. */
static void complete(struct sh_import *in, json_t *record)
{
	struct sh_buf entity = SH_BUF_INIT;
	char time[SH_TIME_TEXT];

	sh_time_format(time, in->time ? in->time : sh_collect_time(in->c));
	put_default(record, "kind", "sample");
	put_default(record, "time", time);
	put_default(record, "host", in->c->host);
	if (in->target)
		put_source(in, record);
	if (in->dims && !json_object_get(record, "entity"))
		put_dims(in, record);
	if (in->entity) {
		sh_buf_addf(&entity, "%s@%s", in->entity, in->c->host);
		put_default(record, "entity", sh_buf_str(&entity));
	}
	sh_buf_release(&entity);
}

static void add_record(struct sh_import *in, uint64_t line, json_t *value)
{
	struct sh_error e = SH_ERROR_INIT;

	if (!json_is_object(value)) {
		sh_error_set(&e, SH_ERRC_INPUT, "wanted an object");
		sh_import_bad(in, line, &e);
		return;
	}
	complete(in, value);
	sh_json_dump(&in->c->out, value);
	sh_buf_addch(&in->c->out, '\n');
}

static void add_value(struct sh_import *in, uint64_t line, json_t *value)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value)) {
		add_record(in, line, value);
		return;
	}
	json_array_foreach(value, i, item)
		add_record(in, line, item);
}

int sh_format_json(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct sh_values values = SH_VALUES(text);
	struct sh_span one;

	(void)err;
	while (sh_values_next(&values, &one)) {
		struct sh_error e = SH_ERROR_INIT;
		json_t *value = sh_json_parse(one.p, one.len, &e);

		in->line = values.line;
		if (value)
			add_value(in, in->line, value);
		else
			sh_import_bad(in, in->line, &e);
		json_decref(value);
	}
	return 0;
}
