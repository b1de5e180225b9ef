/* SPDX-License-Identifier: MIT */
/*
 * JSON of any layout: pretty printed, concatenated, or in an array at the top.
 * A record goes on as it is; an object without kind is a sample of this host.
 */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "collect/format/each.h"
#include "collect/format/formats.h"
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

/* Of a bare object each member that is an object of numbers is a group of metrics. */
static bool is_group(const char *name, const json_t *value)
{
	static const char *const own[] = { "dims", "labels", "source", "metrics", NULL };
	json_t *object = (json_t *)(uintptr_t)value; /* iterating changes nothing */

	for (const char *const *o = own; *o; o++)
		if (!strcmp(name, *o))
			return false;
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
		if (json_is_number(json_object_iter_value(i)))
			return true;
	return false;
}

static void gather_groups(json_t *record)
{
	json_t *metrics = json_object_get(record, "metrics"), *value;
	const char *name;
	void *next;

	if (metrics)
		return;
	metrics = json_object();
	json_object_foreach_safe(record, next, name, value) {
		if (!is_group(name, value))
			continue;
		json_object_set(metrics, name, value);
		json_object_del(record, name);
	}
	if (json_object_size(metrics))
		json_object_set(record, "metrics", metrics);
	json_decref(metrics);
}

/* What a record must have and this one lacks. */
static void complete(struct sh_import *in, json_t *record)
{
	struct sh_buf entity = SH_BUF_INIT;
	char time[SH_TIME_TEXT];

	if (!json_object_get(record, "kind"))
		gather_groups(record);
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

static int add_record(struct sh_import *in, json_t *value, struct sh_error *err)
{
	if (!json_is_object(value))
		return sh_error_set(err, SH_ERRC_INPUT, "wanted an object");
	complete(in, value);
	sh_json_dump(&in->c->out, value);
	sh_buf_addch(&in->c->out, '\n');
	return 0;
}

int sh_format_json(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	(void)err;
	sh_import_each(in, text, add_record);
	return 0;
}
