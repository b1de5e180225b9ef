/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/incident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "record/fields.h"
#include "record/json.h"

#define I(member) offsetof(struct sh_incident, member)

const char *const sh_incident_status_words[] = { "open",  "ongoing", "resolved",
						 "stale", "merged",  NULL };

static const struct sh_field fields[] = {
	{ "time", SH_FIELD_TIME, I(time), NULL, false },
	{ "host", SH_FIELD_STRING, I(host), NULL, true },
	{ "entity", SH_FIELD_STRING, I(entity), NULL, true },
	{ "id", SH_FIELD_STRING, I(id), NULL, true },
	{ "status", SH_FIELD_WORD, I(status), sh_incident_status_words, true },
	{ "severity", SH_FIELD_WORD, I(severity), sh_severity_words, true },
	{ "root_cause", SH_FIELD_STRING, I(root_cause), NULL, true },
	{ "confidence", SH_FIELD_NUMBER, I(confidence), NULL, false },
	{ "description", SH_FIELD_STRING, I(description), NULL, false },
	{ "since", SH_FIELD_TIME, I(since), NULL, false },
	{ "open", SH_FIELD_INT, I(open), NULL, true },
	{ "total", SH_FIELD_INT, I(total), NULL, true },
	{ "faults", SH_FIELD_ARRAY, I(faults), NULL, false },
	{ "entities", SH_FIELD_ARRAY, I(entities), NULL, false },
	{ "changes", SH_FIELD_ARRAY, I(changes), NULL, false },
	{ "reopened", SH_FIELD_COUNT, I(reopened), NULL, false },
	{ "merged_into", SH_FIELD_STRING, I(merged_into), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const char *const skip[] = { "kind", NULL };

void sh_incident_release(struct sh_incident *i)
{
	sh_fields_release(i, fields);
	json_decref(i->extra);
	memset(i, 0, sizeof(*i));
}

int sh_incident_from_json(struct sh_incident *i, const json_t *object, struct sh_error *err)
{
	memset(i, 0, sizeof(*i));
	if (sh_fields_load(i, fields, object, skip, &i->extra, err) == 0)
		return 0;
	sh_incident_release(i);
	return -1;
}

/* A new reference. */
static json_t *to_json(const struct sh_incident *i)
{
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string("incident"));
	sh_fields_store(i, fields, object);
	if (i->extra)
		json_object_update_missing(object, i->extra);
	return object;
}

void sh_incident_write(const struct sh_incident *i, struct sh_buf *out)
{
	json_t *object = to_json(i);

	sh_json_dump(out, object);
	sh_buf_addch(out, '\n');
	json_decref(object);
}

void sh_incident_id(char out[SH_INCIDENT_ID_TEXT], const char *fault_id, int64_t time)
{
	char text[SH_HASH_TEXT], at[32];
	struct sh_hash h;

	snprintf(at, sizeof(at), "%" PRId64, time);
	sh_hash_init(&h);
	sh_hash_str(&h, fault_id);
	sh_hash_str(&h, at);
	sh_hash_finish(&h, text);
	snprintf(out, SH_INCIDENT_ID_TEXT, "i-%s", text);
}
