/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "cli/text_parts.h"
#include "record/json.h"

static void add_due(struct sh_text *t, const json_t *object)
{
	const char *due = sh_json_str(object, "due", NULL);
	const json_t *schedule = json_object_get(object, "schedule");
	int64_t time;

	if (due && !sh_time_parse(due, strlen(due), &time)) {
		sh_buf_addstr(t->out, " due ");
		sh_text_time(t, time);
		t->out->data[--t->out->len] = '\0';
	}
	if (schedule) {
		sh_buf_addstr(t->out, " (");
		sh_text_value(t, schedule);
		sh_buf_addch(t->out, ')');
	}
}

static void add_outcome(struct sh_text *t, const json_t *object)
{
	const json_t *success = json_object_get(object, "success");
	const char *skipped = sh_json_str(object, "skipped", NULL), *reason = sh_json_str(object, "reason", NULL);
	const char *error = sh_json_str(object, "error", NULL);

	if (json_is_boolean(success)) {
		sh_buf_addstr(t->out, ": ");
		sh_text_colored(t, json_is_true(success) ? SH_TEXT_GOOD : SH_TEXT_BAD,
				json_is_true(success) ? "done" : "failed");
	} else if (skipped) {
		sh_buf_addstr(t->out, ": ");
		sh_text_colored(t, SH_TEXT_LOW, "passed over");
	}
	if (error || reason) {
		sh_buf_addstr(t->out, ", ");
		sh_text_add(t, error ? error : reason);
	}
}

/* The task's own line, then the repair that did its work as a line of its own. */
void sh_text_task(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	const json_t *repair = json_object_get(object, "repair");

	sh_text_time(t, r->time);
	sh_buf_addstr(t->out, "task ");
	sh_text_add(t, sh_json_str(object, "task", sh_json_str(object, "id", "?")));
	add_due(t, object);
	add_outcome(t, object);
	sh_buf_addch(t->out, '\n');
	if (json_is_object(repair)) {
		sh_buf_addstr(t->out, SH_TEXT_INDENT);
		sh_text_plan(t, r, repair);
	}
}
