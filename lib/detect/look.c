/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"

int sh_look_check(const struct sh_record *r, struct sh_error *err)
{
	static const char *const objects[] = { "dims", "labels", "metrics", "source" };
	size_t n = r->bare ? 2 : 4; /* what else a bare object holds is no reason to refuse it */

	for (size_t i = 0; i < n; i++) {
		struct sh_slice v = sh_record_member(r, objects[i]);

		if (v.type != SH_JSON_NONE && v.type != SH_JSON_NULL && v.type != SH_JSON_OBJECT)
			return sh_error_set(err, SH_ERRC_INPUT, "byte %zu: %s is no object",
					    (size_t)(v.text.p - r->line.p), objects[i]);
	}
	return 0;
}

void sh_look_release(struct sh_look *l)
{
	json_decref(l->metrics);
	json_decref(l->host);
	json_decref(l->labels);
	json_decref(l->dims);
	sh_buf_release(&l->key);
	free(l->entity);
	free(l->hostname);
}

/*
 * The names a rule can use: metric groups, and besides them host (the latest
 * metrics of the host), params, entity, entity_type, entity_name, hostname,
 * labels, dims. A metric group of such a name is hidden.
 */
static void name_things(struct sh_look *l)
{
	const struct sh_record *r = l->record;

	l->parts.type = l->parts.name = r->entity;
	sh_entity_split(r->entity, &l->parts);
	sh_scope_init(&l->scope, l->metrics);
	sh_scope_text(&l->scope, "entity", r->entity);
	sh_scope_text(&l->scope, "entity_type", l->parts.type);
	sh_scope_text(&l->scope, "entity_name", l->parts.name);
	sh_scope_text(&l->scope, "hostname", r->host);
	sh_scope_json(&l->scope, "host", l->host);
	sh_scope_json(&l->scope, "labels", l->labels);
	sh_scope_json(&l->scope, "dims", l->dims);
}

void sh_look_at(struct sh_look *l, const struct sh_memory *memory)
{
	const struct sh_record *r = l->record;

	l->entity = sh_strndup(r->entity.p, r->entity.len);
	l->hostname = sh_strndup(r->host.p, r->host.len);
	l->labels = sh_record_labels(r);
	l->dims = sh_record_dims(r);
	sh_record_series_key(r, &l->key);
	l->host = sh_memory_host(memory, l->hostname, memory->largest);
	name_things(l);
}

json_t *sh_look_values(struct sh_look *l, const struct sh_rule *rule)
{
	json_t *values = json_object();
	const char *path;

	for (size_t i = 0; (path = sh_expr_path(rule->expr, i)); i++) {
		SH_CLEANUP_FREE char *copy = sh_strdup(path);
		char *rest = copy, *part = strsep(&rest, ".");
		struct sh_value v;
		json_t *json;

		if (!strcmp(part, "params") || !sh_scope_lookup(&l->scope, part, &v))
			continue;
		json = sh_value_to_json(&v);
		while (json && (part = strsep(&rest, "."))) {
			json_t *member = json_incref(json_object_get(json, part));

			json_decref(json);
			json = member;
		}
		if (json_is_number(json) || json_is_string(json) || json_is_boolean(json))
			json_object_set(values, path, json);
		json_decref(json);
	}
	return values;
}
