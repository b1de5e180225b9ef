/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "collect/check/plugin.h"
#include "record/entity.h"
#include "record/json.h"
#include "record/record.h"

/* Plans, faults and the rest of what the programs say to each other are not a plugin's to write. */
#define ALLOWED                                                                                  \
	(SH_KIND_BIT(SH_KIND_SAMPLE) | SH_KIND_BIT(SH_KIND_LOG) | SH_KIND_BIT(SH_KIND_EVENT) |   \
	 SH_KIND_BIT(SH_KIND_EDGE))

static const char *const head[] = { "kind", "time", "host", "entity", "dims", "labels", "source",
				    NULL };

static bool is_among(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

/* Things without a host, such as clusters, are nobody's. */
static bool is_of_host(struct sh_span entity, const char *host)
{
	struct sh_entity e;

	if (!sh_entity_split(entity, &e))
		return false;
	if (sh_span_is(e.type, "host"))
		return sh_span_is(e.name, host);
	return !e.host.p || sh_span_is(e.host, host);
}

static int check_host(const struct sh_collect *c, const struct sh_record *r, const json_t *record,
		      struct sh_error *err)
{
	const char *from = sh_json_str(record, "from", NULL);

	if (!sh_span_is(r->host, c->host))
		return sh_error_set(err, SH_ERRC_INPUT, "it speaks for host '%.*s' without 'any_host'",
				    (int)(r->host.len < 80 ? r->host.len : 80), r->host.p);
	if (!is_of_host(r->entity, c->host))
		return sh_error_set(err, SH_ERRC_INPUT,
				    "entity '%.*s' is another host's, without 'any_host'",
				    (int)(r->entity.len < 80 ? r->entity.len : 80), r->entity.p);
	if (r->kind == SH_KIND_EDGE && from && !is_of_host(sh_span_of(from), c->host))
		return sh_error_set(err, SH_ERRC_INPUT,
				    "an edge from '%.80s' is another host's, without 'any_host'", from);
	return 0;
}

/* A number, or null for what was not measured. */
static int check_group(const char *name, const json_t *group, struct sh_error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(group))
		return sh_error_set(err, SH_ERRC_INPUT, "'metrics.%.60s' is no object of numbers", name);
	json_object_foreach((json_t *)(uintptr_t)group, key, value)
		if (!json_is_number(value) && !json_is_null(value))
			return sh_error_set(err, SH_ERRC_INPUT, "'%.60s.%.60s' is no number", name, key);
	return 0;
}

static int check_sample(const struct sh_record *r, const json_t *record, struct sh_error *err)
{
	json_t *metrics = json_object_get(record, "metrics"), *group;
	const char *name;

	if (metrics && !json_is_object(metrics))
		return sh_error_set(err, SH_ERRC_INPUT, "'metrics' is no object");
	json_object_foreach(metrics, name, group)
		if (check_group(name, group, err) < 0)
			return -1;
	if (!metrics && !r->bare)
		return sh_error_set(err, SH_ERRC_INPUT, "a sample needs 'metrics'");
	return 0;
}

static int check_texts(const json_t *record, const char *const *names, const char *kind,
		       struct sh_error *err)
{
	for (; *names; names++)
		if (!json_string_length(json_object_get(record, *names)))
			return sh_error_set(err, SH_ERRC_INPUT, "%s needs the text '%s'", kind, *names);
	return 0;
}

static int check_members(const struct sh_record *r, const json_t *record, struct sh_error *err)
{
	static const char *const of_edge[] = { "from", "to", "type", NULL };
	static const char *const of_log[] = { "text", NULL };

	if (r->kind == SH_KIND_EDGE)
		return check_texts(record, of_edge, "an edge", err);
	if (r->kind == SH_KIND_LOG)
		return check_texts(record, of_log, "a log", err);
	return r->kind == SH_KIND_SAMPLE ? check_sample(r, record, err) : 0;
}

static void put(json_t *to, const char *name, json_t *value_new)
{
	if (value_new)
		json_object_set_new(to, name, value_new);
}

static json_t *source_of(const struct sh_collect *c, const struct sh_plugin_origin *from)
{
	return json_pack("{s:s,s:s}", "collector", c->current->name, "target", from->target);
}

/* The members in the order of all records, and what belongs to every one of them. */
static json_t *complete(const struct sh_collect *c, const struct sh_plugin_origin *from,
			const struct sh_record *r, json_t *record)
{
	json_t *out = json_object(), *value;
	char time[SH_TIME_TEXT];
	const char *name;

	sh_time_format(time, r->time);
	put(out, "kind", json_string(sh_kind_name(r->kind)));
	put(out, "time", json_string(time));
	put(out, "host", json_stringn(r->host.p, r->host.len));
	if (json_object_get(record, "entity"))
		put(out, "entity", json_stringn(r->entity.p, r->entity.len));
	else if (r->kind != SH_KIND_EDGE)
		put(out, "entity", json_string(from->entity));
	put(out, "dims", sh_record_dims(r));
	put(out, "labels", sh_record_labels(r));
	put(out, "source", source_of(c, from));
	if (r->kind == SH_KIND_SAMPLE)
		put(out, "metrics", sh_record_metrics(r));
	json_object_foreach(record, name, value)
		if (!is_among(head, name) && !json_object_get(out, name) &&
		    !json_object_get(json_object_get(out, "metrics"), name))
			json_object_set(out, name, value);
	return out;
}

static int add(struct sh_collect *c, const struct sh_plugin_origin *from, const struct sh_record *r,
	       json_t *record, struct sh_error *err)
{
	json_t *out;
	int rc = 0;

	if (check_members(r, record, err) < 0 ||
	    (!from->any_host && check_host(c, r, record, err) < 0))
		return -1;
	out = complete(c, from, r, record);
	if (r->kind == SH_KIND_SAMPLE && !json_object_size(json_object_get(out, "metrics"))) {
		rc = sh_error_set(err, SH_ERRC_INPUT, "a sample without any number");
	} else {
		sh_json_dump(&c->out, out);
		sh_buf_addch(&c->out, '\n');
	}
	json_decref(out);
	return rc;
}

int sh_plugin_record(struct sh_collect *c, const struct sh_plugin_origin *from, struct sh_span line,
		     struct sh_error *err)
{
	struct sh_record r = SH_RECORD_INIT;
	int64_t now = sh_collect_time(c);
	int rc = sh_record_view(&r, line.p, line.len, c->host, now, err);

	if (rc == 0 && !(SH_KIND_BIT(r.kind) & ALLOWED)) {
		const json_t *kind = sh_record_json(&r);

		rc = sh_error_set(err, SH_ERRC_INPUT, "records of kind '%.40s' are not a plugin's",
				  sh_json_str(kind, "kind", ""));
		json_decref((json_t *)(uintptr_t)kind);
	} else if (rc == 0) {
		json_t *record = sh_record_json(&r);

		rc = add(c, from, &r, record, err);
		json_decref(record);
	}
	sh_record_release(&r);
	return rc;
}
