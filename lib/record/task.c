/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/task.h"

#include <string.h>

#include "record/fields.h"
#include "record/json.h"

#define T(member) offsetof(struct sh_task, member)

static const struct sh_field task_fields[] = {
	{ "time", SH_FIELD_TIME, T(time), NULL, false },
	{ "host", SH_FIELD_STRING, T(host), NULL, true },
	{ "entity", SH_FIELD_STRING, T(entity), NULL, true },
	{ "task", SH_FIELD_STRING, T(task), NULL, true },
	{ "due", SH_FIELD_TIME, T(due), NULL, false },
	{ "schedule", SH_FIELD_STRING, T(schedule), NULL, false },
	{ "target", SH_FIELD_STRING, T(target), NULL, false },
	{ "last_started", SH_FIELD_TIME, T(last_started), NULL, false },
	{ "last_success", SH_FIELD_TIME, T(last_success), NULL, false },
	{ "failures", SH_FIELD_COUNT, T(failures), NULL, false },
	{ "missed", SH_FIELD_COUNT, T(missed), NULL, false },
	{ "running", SH_FIELD_COUNT, T(running), NULL, false },
	{ "skipped", SH_FIELD_STRING, T(skipped), NULL, false },
	{ "reason", SH_FIELD_STRING, T(reason), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const struct sh_field run_fields[] = {
	{ "started", SH_FIELD_TIME, T(started), NULL, false },
	{ "ended", SH_FIELD_TIME, T(ended), NULL, false },
	{ "success", SH_FIELD_BOOL, T(success), NULL, false },
	{ "attempt", SH_FIELD_COUNT, T(attempt), NULL, false },
	{ "error", SH_FIELD_STRING, T(error), NULL, false },
	{ "repair", SH_FIELD_OBJECT, T(repair), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

void sh_task_init(struct sh_task *t)
{
	memset(t, 0, sizeof(*t));
}

void sh_task_release(struct sh_task *t)
{
	sh_fields_release(t, task_fields);
	sh_fields_release(t, run_fields);
	sh_task_init(t);
}

/* A new reference. */
static json_t *to_json(const struct sh_task *t)
{
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string("task"));
	sh_fields_store(t, task_fields, object);
	if (t->ran)
		sh_fields_store(t, run_fields, object);
	return object;
}

void sh_task_write(const struct sh_task *t, struct sh_buf *out)
{
	json_t *object = to_json(t);

	sh_json_dump(out, object);
	sh_buf_addch(out, '\n');
	json_decref(object);
}
