/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/diagnosis.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/fields.h"
#include "record/json.h"

#define C(member) offsetof(struct sh_cause, member)
#define D(member) offsetof(struct sh_diagnosis, member)

static const struct sh_field cause_fields[] = {
	{ "rule_id", SH_FIELD_STRING, C(rule_id), NULL, false },
	{ "root_cause", SH_FIELD_STRING, C(root_cause), NULL, true },
	{ "confidence", SH_FIELD_NUMBER, C(confidence), NULL, true },
	{ "title", SH_FIELD_STRING, C(title), NULL, false },
	{ "recommendation", SH_FIELD_STRING, C(recommendation), NULL, false },
	{ "affected_resources", SH_FIELD_ARRAY, C(affected_resources), NULL, false },
	{ "evidence", SH_FIELD_ARRAY, C(evidence), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const struct sh_field diagnosis_fields[] = {
	{ "time", SH_FIELD_TIME, D(time), NULL, false },
	{ "host", SH_FIELD_STRING, D(host), NULL, true },
	{ "entity", SH_FIELD_STRING, D(entity), NULL, true },
	{ "id", SH_FIELD_STRING, D(id), NULL, true },
	{ "onset", SH_FIELD_TIME, D(onset), NULL, false },
	{ "ranking", SH_FIELD_ARRAY, D(ranking), NULL, false },
	{ "moved", SH_FIELD_ARRAY, D(moved), NULL, false },
	{ "impact", SH_FIELD_OBJECT, D(impact), NULL, false },
	{ "look", SH_FIELD_OBJECT, D(look), NULL, false },
	{ "candidates", SH_FIELD_ARRAY, D(candidates), NULL, false },
	{ "incident", SH_FIELD_STRING, D(incident), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const char *const skip[] = { "kind", "fault", "results", "merged_result", NULL };

/* Never written to: elsewhere the struct owns its texts. */
static const char unknown_word[] = "unknown";
static const struct sh_cause unknown = { .root_cause = (char *)(uintptr_t)unknown_word };

static void release_cause(struct sh_cause *c)
{
	sh_fields_release(c, cause_fields);
}

void sh_diagnosis_release(struct sh_diagnosis *d)
{
	sh_fields_release(d, diagnosis_fields);
	sh_fault_release(&d->fault);
	for (size_t i = 0; i < d->results; i++)
		release_cause(&d->result[i]);
	free(d->result);
	json_decref(d->extra);
	memset(d, 0, sizeof(*d));
}

const struct sh_cause *sh_diagnosis_cause(const struct sh_diagnosis *d)
{
	return d->merged < d->results ? &d->result[d->merged] : &unknown;
}

/* The merged result is one of the results: the first with its rule, cause and confidence. */
static void find_merged(struct sh_diagnosis *d, const json_t *merged)
{
	const char *cause = sh_json_str(merged, "root_cause", "");
	const char *rule = sh_json_str(merged, "rule_id", "");

	d->merged = d->results;
	for (size_t i = 0; i < d->results && d->merged == d->results; i++)
		if (!strcmp(d->result[i].root_cause, cause) &&
		    !strcmp(d->result[i].rule_id ? d->result[i].rule_id : "", rule))
			d->merged = i;
}

static int load_results(struct sh_diagnosis *d, const json_t *object, struct sh_error *err)
{
	const json_t *results;

	if (sh_fields_list(object, "results", &results, err) < 0)
		return -1;
	d->result = sh_calloc(json_array_size(results), sizeof(*d->result));
	for (size_t i = 0; i < json_array_size(results); i++) {
		d->results++;
		if (sh_fields_load(&d->result[i], cause_fields, json_array_get(results, i), NULL,
				   NULL, err) < 0) {
			sh_error_prefix(err, "result %zu", i);
			return -1;
		}
	}
	return 0;
}

int sh_diagnosis_from_json(struct sh_diagnosis *d, const json_t *object, struct sh_error *err)
{
	const json_t *fault = json_object_get(object, "fault");

	memset(d, 0, sizeof(*d));
	if (!json_is_object(fault))
		return sh_error_set(err, SH_ERRC_INPUT, "member 'fault' is not an object");
	if (sh_fields_load(d, diagnosis_fields, object, skip, &d->extra, err) < 0 ||
	    sh_fault_from_json(&d->fault, fault, err) < 0 ||
	    load_results(d, object, err) < 0) {
		sh_diagnosis_release(d);
		return -1;
	}
	find_merged(d, json_object_get(object, "merged_result"));
	return 0;
}

static json_t *cause_to_json(const struct sh_cause *c)
{
	json_t *object = json_object();

	sh_fields_store(c, cause_fields, object);
	return object;
}

json_t *sh_diagnosis_to_json(const struct sh_diagnosis *d)
{
	json_t *object = json_object(), *results = json_array();

	json_object_set_new(object, "kind", json_string("diagnosis"));
	sh_fields_store(d, diagnosis_fields, object);
	json_object_set_new(object, "merged_result", cause_to_json(sh_diagnosis_cause(d)));
	for (size_t i = 0; i < d->results; i++)
		json_array_append_new(results, cause_to_json(&d->result[i]));
	json_object_set_new(object, "results", results);
	json_object_set_new(object, "fault", sh_fault_to_json(&d->fault));
	if (d->extra)
		json_object_update_missing(object, d->extra);
	return object;
}

void sh_diagnosis_write(const struct sh_diagnosis *d, struct sh_buf *out)
{
	json_t *object = sh_diagnosis_to_json(d);

	sh_json_dump(out, object);
	sh_buf_addch(out, '\n');
	json_decref(object);
}
