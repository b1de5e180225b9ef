/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/condition.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/record.h"
#include "schedule/maintenance.h"
#include "schedule/tell.h"

#define FRESH	(10 * SH_SEC)
#define TIMEOUT (30 * SH_SEC)

/* Several power supplies are one: whichever says more. */
static void merge_group(json_t *into, const char *name, json_t *group)
{
	json_t *known = json_object_get(into, name), *value;
	const char *key;

	if (!json_is_object(known)) {
		json_object_set(into, name, group);
		return;
	}
	json_object_foreach(group, key, value) {
		json_t *old = json_object_get(known, key);

		if (!old || json_number_value(value) > json_number_value(old))
			json_object_set(known, key, value);
	}
}

static void take_sample(json_t *facts, const char *line, size_t len, const char *host, int64_t now)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	json_t *object = NULL, *group;
	const char *entity, *name;

	if (sh_record_view(&r, line, len, host, now, &ignored) == 0 && r.kind == SH_KIND_SAMPLE)
		object = sh_record_json(&r);
	entity = json_string_value(json_object_get(object, "entity"));
	if (entity && (!strncmp(entity, "host:", 5) || !strncmp(entity, "power_supply:", 13)))
		json_object_foreach(json_object_get(object, "metrics"), name, group)
			merge_group(facts, name, group);
	json_decref(object);
	sh_record_release(&r);
}

static void take_lines(json_t *facts, const struct sh_buf *out, const char *host, int64_t now)
{
	const char *line = sh_buf_str(out), *end = line + out->len, *newline;

	for (; line < end && (newline = memchr(line, '\n', (size_t)(end - line))); line = newline + 1)
		take_sample(facts, line, (size_t)(newline - line), host, now);
}

/* A new object; empty, with *ERR, when nothing could be measured. */
static json_t *measure(const struct sh_scheduler *s, struct sh_error *err)
{
	SH_CLEANUP_FREE char *program = sh_run_program("sh-collect", err);
	const char *argv[] = { program, "-n", "1", "--gap", "50ms", "-o", "ndjson", "--no-stock", NULL };
	struct sh_child_options opt = { .argv = argv, .timeout = TIMEOUT, .max_output = (size_t)4 << 20 };
	char **env = sh_run_environment();
	json_t *facts = json_object();
	struct sh_child child;

	opt.envp = (const char *const *)env;
	if (program && sh_child_start(&child, &opt, err) == 0) {
		if (sh_child_wait(&child, err) == 0)
			take_lines(facts, &child.stdout_data, s->place.host, sh_clock_wall());
		if (sh_child_exit_code(&child) != 0)
			sh_error_set_(err, SH_ERRC_UNAVAILABLE, 0, "sh-collect ended with %d", sh_child_exit_code(&child));
		sh_child_release(&child);
	}
	sh_run_free_environment(env);
	return facts;
}

/* What cannot be known is absent, and so are conditions on it unknown. */
static void add_maintenance(struct sh_scheduler *s, const struct sh_item *i, struct sh_error *err)
{
	int holds = sh_maintenance_holds(s, i, err);

	if (holds < 0)
		json_object_del(s->facts, "maintenance");
	else
		json_object_set_new(s->facts, "maintenance", json_boolean(holds));
}

static bool look_up(void *facts, const char *name, struct sh_value *out)
{
	const json_t *value = json_object_get(facts, name);

	if (value)
		*out = sh_value_from_json(value);
	return value != NULL;
}

bool sh_condition_holds(struct sh_scheduler *s, const struct sh_item *i, char *why, size_t len)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = look_up, .now = sh_tell_time(s), .arena = &arena };
	int64_t mono = sh_clock_mono();
	enum sh_truth truth;

	if (!s->facts || mono - s->measured >= FRESH) {
		json_decref(s->facts);
		s->facts = measure(s, &err);
		s->measured = mono;
	}
	add_maintenance(s, i, &err);
	eval.user = s->facts;
	truth = sh_expr_truth(i->task->condition, &eval);
	sh_arena_release(&arena);
	if (truth == SH_UNKNOWN)
		snprintf(why, len, "whether %.60s is not known: %s", sh_expr_text(i->task->condition),
			 sh_error_is_set(&err) ? err.text : eval.missing[0] ? eval.missing : eval.error);
	else
		snprintf(why, len, "not %.120s", sh_expr_text(i->task->condition));
	return truth == SH_TRUE;
}
