/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/params.h"
#include "record/entity.h"
#include "record/json.h"

enum { METRICS = 1, HOST = 2, LABELS = 4, DIMS = 8, PARAMS = 16, SELF = 32, LOG = 64 };

static int refuse(const struct sh_record *r, const struct sh_slice *v, const char *name,
		  struct sh_error *err)
{
	return sh_error_set(err, SH_ERRC_INPUT, "byte %zu: %s is no object",
			    (size_t)(v->text.p - r->line.p), name);
}

int sh_look_refuse(const struct sh_record *r, struct sh_error *err)
{
	if (!sh_look_is_object(&r->dims))
		return refuse(r, &r->dims, "dims", err);
	if (!sh_look_is_object(&r->labels))
		return refuse(r, &r->labels, "labels", err);
	if (r->bare) /* what else it holds is no reason to refuse it */
		return 0;
	if (!sh_look_is_object(&r->metrics))
		return refuse(r, &r->metrics, "metrics", err);
	return sh_look_is_object(&r->source) ? 0 : refuse(r, &r->source, "source", err);
}

void sh_look_release(struct sh_look *l)
{
	if (!l->made)
		return;
	json_decref(l->metrics);
	json_decref(l->host);
	json_decref(l->labels);
	json_decref(l->dims);
	json_decref(l->params);
	json_decref(l->self);
	json_decref(l->log_scope);
}

void sh_look_rule(struct sh_look *l, const struct sh_rule *rule)
{
	l->rule = rule;
	if (!(l->made & PARAMS))
		return;
	json_decref(l->params);
	l->params = NULL;
	l->made &= ~(unsigned)PARAMS;
}

/* Whether WHAT is still to be made; it is taken to be made now. */
static bool make(struct sh_look *l, unsigned what)
{
	bool first = !(l->made & what);

	l->made |= what;
	return first;
}

json_t *sh_look_metrics(struct sh_look *l)
{
	if (make(l, METRICS))
		l->metrics = l->timed ? json_object() : sh_record_metrics(l->record);
	return l->metrics;
}

json_t *sh_look_host(struct sh_look *l)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	if (make(l, HOST) && l->store) {
		const struct sh_subject *host;

		sh_buf_addstr(&name, "host:");
		sh_buf_addstr(&name, l->subject->host->name);
		host = sh_store_key(l->store, (struct sh_span){ name.data, name.len }, name.len);
		if (host)
			l->host = sh_latest_fresh(&host->latest, l->now);
	}
	return l->host;
}

json_t *sh_look_labels(struct sh_look *l)
{
	if (make(l, LABELS))
		l->labels = sh_record_labels(l->record);
	return l->labels;
}

json_t *sh_look_dims(struct sh_look *l)
{
	if (make(l, DIMS))
		l->dims = sh_record_dims(l->record);
	return l->dims;
}

json_t *sh_look_params(struct sh_look *l)
{
	if (make(l, PARAMS))
		l->params = sh_rule_params(l->rule->params, l->subject->params);
	return l->params;
}

static json_t *look_log(struct sh_look *l)
{
	if (make(l, LOG) && l->log)
		l->log_scope = sh_log_line_scope(l->log, l->record);
	return l->log_scope;
}

static bool give_json(const json_t *value, struct sh_value *out)
{
	if (value)
		*out = sh_value_from_json(value);
	return value != NULL;
}

static bool give_text(struct sh_span text, struct sh_value *out)
{
	*out = sh_value_string(text);
	return text.p != NULL;
}

/*
 * The names a rule can use: metric groups, and besides them host (the latest
 * metrics of the host), params, entity, entity_type, entity_name, hostname,
 * labels, dims. A metric group of such a name is hidden.
 */
static bool lookup(void *user, const char *name, struct sh_value *out)
{
	struct sh_look *l = user;
	struct sh_span entity = l->record->entity;
	struct sh_entity parts = { .type = entity, .name = entity };

	if (!strcmp(name, "host"))
		return give_json(sh_look_host(l), out);
	if (!strcmp(name, "params"))
		return give_json(sh_look_params(l), out);
	if (!strcmp(name, "labels"))
		return give_json(sh_look_labels(l), out);
	if (!strcmp(name, "dims"))
		return give_json(sh_look_dims(l), out);
	if (l->log && !strcmp(name, "log"))
		return give_json(look_log(l), out);
	if (!strcmp(name, "hostname"))
		return give_text(l->record->host, out);
	if (strncmp(name, "entity", 6))
		return give_json(json_object_get(sh_look_metrics(l), name), out);
	sh_entity_split(entity, &parts);
	if (!name[6])
		return give_text(entity, out);
	if (!strcmp(name + 6, "_type"))
		return give_text(parts.type, out);
	if (!strcmp(name + 6, "_name"))
		return give_text(parts.name, out);
	return give_json(json_object_get(sh_look_metrics(l), name), out);
}

/* The record as peers() hands it to its macros: groups, and what it is about. */
static bool self(void *user, struct sh_value *out)
{
	struct sh_look *l = user;

	if (make(l, SELF)) {
		const struct sh_record *r = l->record;
		json_t *labels = sh_look_labels(l), *dims = sh_look_dims(l);

		l->self = json_copy(sh_look_metrics(l));
		json_object_set_new(l->self, "entity", json_stringn(r->entity.p, r->entity.len));
		json_object_set_new(l->self, "hostname", json_stringn(r->host.p, r->host.len));
		if (labels)
			json_object_set(l->self, "labels", labels);
		if (dims)
			json_object_set(l->self, "dims", dims);
	}
	return give_json(l->self, out);
}

static struct sh_value ask_peers(void *user, const struct sh_peers_query *q)
{
	struct sh_look *l = user;
	struct sh_span member = { l->subject->key, l->subject->key_len };

	/* By the clock of all, not by that of the one that asks: it may be ahead. */
	return sh_peers_ask(l->peers, l->rule, member, l->store->largest, q);
}

struct sh_eval sh_look_eval(struct sh_look *l)
{
	return (struct sh_eval){ .lookup = lookup, .user = l,	 .now = l->now, .self = self,
				 .peers = ask_peers, .arena = l->arena };
}

struct sh_value sh_look_recall(const struct sh_call *call)
{
	const struct sh_look *l = call->user;

	return l->recall(l, call);
}

/* The value at a path; a new reference, NULL when there is none. */
static json_t *value_at(struct sh_look *l, const char *path)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(path);
	char *rest = copy, *part = strsep(&rest, ".");
	struct sh_value v;
	json_t *json;

	if (!strcmp(part, "params") || !lookup(l, part, &v))
		return NULL;
	json = sh_value_to_json(&v);
	while (json && (part = strsep(&rest, "."))) {
		json_t *member = json_incref(json_object_get(json, part));

		json_decref(json);
		json = member;
	}
	return json;
}

json_t *sh_look_values(struct sh_look *l)
{
	json_t *values = json_object();
	const char *path;

	for (size_t i = 0; (path = sh_expr_path(l->rule->expr, i)); i++) {
		json_t *json = value_at(l, path);

		if (json_is_number(json) || json_is_string(json) || json_is_boolean(json))
			json_object_set(values, path, json);
		json_decref(json);
	}
	return values;
}
