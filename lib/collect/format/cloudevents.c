/* SPDX-License-Identifier: MIT */
/*
 * CloudEvents 1.0 as JSON, one, several or a batch: event records. The subject and
 * the source are labels; the text is what data says in words, else the type.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "collect/format/each.h"
#include "collect/format/formats.h"
#include "record/entity.h"
#include "record/json.h"

static const char *words(json_t *event)
{
	static const char *const usual[] = { "text", "message", "msg", "description", "summary", NULL };
	json_t *data = json_object_get(event, "data");

	if (json_is_string(data))
		return json_string_value(data);
	for (const char *const *key = usual; *key; key++)
		if (json_is_string(json_object_get(data, *key)))
			return json_string_value(json_object_get(data, *key));
	return sh_json_str(event, "type", "");
}

/* The attributes that every event must have, and none that is of another version. */
static int check(json_t *event, struct sh_error *err)
{
	static const char *const wanted[] = { "id", "source", "type", NULL };

	if (strncmp(sh_json_str(event, "specversion", ""), "1.", 2) != 0)
		return sh_error_set(err, SH_ERRC_INPUT, "no event of specversion 1");
	for (const char *const *key = wanted; *key; key++)
		if (!*sh_json_str(event, *key, ""))
			return sh_error_set(err, SH_ERRC_INPUT, "the event has no '%s'", *key);
	return 0;
}

static json_t *labels(json_t *event)
{
	static const char *const kept[] = { "source", "subject", NULL };
	json_t *out = json_object();

	for (const char *const *key = kept; *key; key++)
		if (*sh_json_str(event, *key, ""))
			json_object_set_new(out, *key,
					    json_string(sh_json_str(event, *key, "")));
	return out;
}

static int read_event(struct sh_import *in, json_t *event, struct sh_error *err)
{
	const char *stamp = sh_json_str(event, "time", NULL);
	int64_t time = in->time;
	SH_CLEANUP_BUF struct sh_buf entity = SH_BUF_INIT;
	char text[SH_TIME_TEXT];
	json_t *out;

	if (check(event, err) < 0)
		return -1;
	if (stamp && sh_time_parse(stamp, strlen(stamp), &time) < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'%.40s' is no time", stamp);
	sh_time_format(text, time ? time : sh_collect_time(in->c));
	if (in->entity)
		sh_buf_addf(&entity, "%s@%s", in->entity, in->c->host);
	else
		sh_entity_add(&entity, "host", in->c->host, NULL);
	out = json_pack("{s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:{s:s}}", "kind", "event", "time", text,
			"host", in->c->host, "entity", sh_buf_str(&entity), "labels", labels(event),
			"type", sh_json_str(event, "type", ""), "text", words(event), "id",
			sh_json_str(event, "id", ""), "source", "collector",
			in->target ? in->c->current->name : in->format->name);
	if (!out)
		return sh_error_set(err, SH_ERRC_INPUT, "the event holds text that is none");
	if (in->target)
		json_object_set_new(json_object_get(out, "source"), "target", json_string(in->target));
	if (json_object_get(event, "data"))
		json_object_set(out, "data", json_object_get(event, "data"));
	sh_json_dump(&in->c->out, out);
	sh_buf_addch(&in->c->out, '\n');
	json_decref(out);
	return 0;
}

int sh_format_cloudevents(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	(void)err;
	sh_import_each(in, text, read_event);
	return 0;
}
