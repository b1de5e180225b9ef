/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/fault.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "record/fields.h"
#include "record/json.h"

const char *const sh_severity_words[] = { "info", "low", "medium", "high", "critical", NULL };
const char *const sh_fault_status_words[] = { "pending",  "open",     "ongoing",
						 "resolved", "flapping", "stale",
						 NULL };

#define F(member) offsetof(struct sh_fault, member)
#define E(member) offsetof(struct sh_evidence, member)

static const struct sh_field fault_fields[] = {
	{ "time", SH_FIELD_TIME, F(time), NULL, false },
	{ "host", SH_FIELD_STRING, F(host), NULL, true },
	{ "entity", SH_FIELD_STRING, F(entity), NULL, true },
	{ "dims", SH_FIELD_OBJECT, F(dims), NULL, false },
	{ "labels", SH_FIELD_OBJECT, F(labels), NULL, false },
	{ "id", SH_FIELD_STRING, F(id), NULL, true },
	{ "fingerprint", SH_FIELD_STRING, F(fingerprint), NULL, true },
	{ "status", SH_FIELD_WORD, F(status), sh_fault_status_words, true },
	{ "fault_type", SH_FIELD_STRING, F(fault_type), NULL, true },
	{ "rule_id", SH_FIELD_STRING, F(rule_id), NULL, true },
	{ "severity", SH_FIELD_WORD, F(severity), sh_severity_words, true },
	{ "group", SH_FIELD_OBJECT, F(group), NULL, false },
	{ "suppressed", SH_FIELD_OBJECT, F(suppressed), NULL, false },
	{ "description", SH_FIELD_STRING, F(description), NULL, false },
	{ "affected_metrics", SH_FIELD_ARRAY, F(affected_metrics), NULL, false },
	{ "count", SH_FIELD_COUNT, F(count), NULL, false },
	{ "for_seconds", SH_FIELD_COUNT, F(for_seconds), NULL, false },
	{ "detection_count", SH_FIELD_INT, F(detection_count), NULL, false },
	{ "total_hits", SH_FIELD_INT, F(total_hits), NULL, false },
	{ "detected_at", SH_FIELD_TIME, F(detected_at), NULL, false },
	{ "source", SH_FIELD_OBJECT, F(source), NULL, false },
	{ "expr", SH_FIELD_STRING, F(expr), NULL, false },
	{ "clear", SH_FIELD_STRING, F(clear), NULL, false },
	{ "verify", SH_FIELD_STRING, F(verify), NULL, false },
	{ "params", SH_FIELD_OBJECT, F(params), NULL, false },
	{ "context", SH_FIELD_OBJECT, F(context), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const struct sh_field evidence_fields[] = {
	{ "since", SH_FIELD_TIME, E(since), NULL, false },
	{ "until", SH_FIELD_TIME, E(until), NULL, false },
	{ "hits", SH_FIELD_INT, E(hits), NULL, false },
	{ "values", SH_FIELD_OBJECT, E(values), NULL, false },
	{ "score", SH_FIELD_COUNT, E(score), NULL, false },
	{ "flapping_since", SH_FIELD_TIME, E(flapping_since), NULL, false },
	{ "silent_since", SH_FIELD_TIME, E(silent_since), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const char *const skip[] = { "kind", "evidence", NULL };

int sh_evidence_from_json(struct sh_evidence *e, const json_t *object, struct sh_error *err)
{
	if (!object || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return sh_error_set(err, SH_ERRC_INPUT, "member 'evidence' is not an object");
	return sh_fields_load(e, evidence_fields, object, NULL, NULL, err);
}

json_t *sh_evidence_to_json(const struct sh_evidence *e)
{
	json_t *object = json_object();

	sh_fields_store(e, evidence_fields, object);
	return object;
}

void sh_evidence_release(struct sh_evidence *e)
{
	sh_fields_release(e, evidence_fields);
}

void sh_fault_release(struct sh_fault *f)
{
	sh_fields_release(f, fault_fields);
	sh_evidence_release(&f->evidence);
	json_decref(f->extra);
	memset(f, 0, sizeof(*f));
}

int sh_fault_from_json(struct sh_fault *f, const json_t *object, struct sh_error *err)
{
	memset(f, 0, sizeof(*f));
	if (sh_fields_load(f, fault_fields, object, skip, &f->extra, err) < 0 ||
	    sh_evidence_from_json(&f->evidence, json_object_get(object, "evidence"), err) < 0) {
		sh_fault_release(f);
		return -1;
	}
	return 0;
}

json_t *sh_fault_to_json(const struct sh_fault *f)
{
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string("fault"));
	sh_fields_store(f, fault_fields, object);
	json_object_set_new(object, "evidence", sh_evidence_to_json(&f->evidence));
	if (f->extra)
		json_object_update_missing(object, f->extra);
	return object;
}

void sh_fault_write(const struct sh_fault *f, struct sh_buf *out)
{
	json_t *object = sh_fault_to_json(f);

	sh_json_dump(out, object);
	sh_buf_addch(out, '\n');
	json_decref(object);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Members in the order of their names, so that the digest does not depend on how they were written. */
static void hash_dims(struct sh_hash *h, const json_t *dims)
{
	size_t n = json_object_size(dims), i = 0;
	const char **names = sh_calloc(n + 1, sizeof(*names));
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)dims, name, v)
		names[i++] = name;
	qsort(names, n, sizeof(*names), by_name);
	for (i = 0; i < n; i++) {
		sh_hash_str(h, names[i]);
		sh_hash_str(h, json_string_value(json_object_get(dims, names[i])));
	}
	free(names);
}

static void digest(char out[SH_FAULT_ID_TEXT], const char *rule_id, const char *entity,
		   const json_t *dims, const int64_t *first_hit)
{
	char text[SH_HASH_TEXT];
	struct sh_hash h;

	sh_hash_init(&h);
	sh_hash_str(&h, rule_id);
	sh_hash_str(&h, entity);
	hash_dims(&h, dims);
	if (first_hit)
		sh_hash_part(&h, first_hit, sizeof(*first_hit));
	sh_hash_finish(&h, text);
	snprintf(out, SH_FAULT_ID_TEXT, "f-%s", text);
}

void sh_fault_id(char out[SH_FAULT_ID_TEXT], const char *rule_id, const char *entity,
		 const json_t *dims, int64_t first_hit)
{
	digest(out, rule_id, entity, dims, &first_hit);
}

void sh_fault_fingerprint(char out[SH_FAULT_ID_TEXT], const char *rule_id, const char *entity,
			  const json_t *dims)
{
	digest(out, rule_id, entity, dims, NULL);
}

int64_t sh_fault_onset(const struct sh_fault *f)
{
	if (f->evidence.since)
		return f->evidence.since;
	return f->detected_at ? f->detected_at : f->time;
}
