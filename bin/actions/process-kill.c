/* SPDX-License-Identifier: MIT */
/* process-kill - end the process that the evidence names */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "action/action.h"
#include "action/evidence.h"
#include "action/note.h"
#include "action/proc.h"
#include "base/clock.h"

#define GRACE (5 * SH_SEC)
#define AFTER_KILL (3 * SH_SEC)

static const struct sh_param params[] = {
	SH_EVIDENCE_PARAMS,
	{ "kill", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param kill_params[] = {
	{ "allow", SH_PARAM_STRINGS, true },
	{ "tree", SH_PARAM_BOOLEAN, false },
	{ "grace", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

/* The process: 1, 0 gone, -1. *KILL becomes what the site says. */
static int identify(const struct sh_action_call *call, const json_t **kill, struct sh_proc *out,
		    struct sh_error *err)
{
	*kill = sh_param_json(call->parameters, "kill");
	if (sh_params_check(*kill, kill_params, "kill", err) < 0)
		return -1;
	return sh_evidence_process(call->parameters, sh_param_json(*kill, "allow"), out, err);
}

static int gather(const json_t *p, const struct sh_proc *of, struct sh_procs *set, struct sh_error *err)
{
	struct sh_procs all = SH_PROCS_INIT;
	int rc = 0;

	sh_procs_add(set, of);
	if (sh_param_bool(p, "tree")) {
		rc = sh_procs_read(&all, err);
		if (rc == 0)
			sh_procs_add_tree(set, &all);
	}
	sh_procs_release(&all);
	return rc;
}

static json_t *describe(const struct sh_procs *set)
{
	json_t *list = json_array();
	char boot[SH_BOOT_ID_TEXT];

	for (size_t i = 0; i < set->n; i++) {
		json_t *item = json_pack("{s:i, s:I}", "pid", (int)set->item[i].pid, "start",
					 (json_int_t)set->item[i].start);

		json_object_set_new(item, "name", sh_action_text(set->item[i].name));
		json_array_append_new(list, item);
	}
	sh_clock_boot_id(boot);
	return json_pack("{s:o, s:s}", "processes", list, "boot_id", boot);
}

/* TERM first; one that is stopped takes it only when it goes on. */
static int end_all(const json_t *p, const struct sh_procs *set, json_t *output, struct sh_error *err)
{
	const char *how = "TERM";

	if (sh_procs_signal(set, SIGTERM, err) < 0 || sh_procs_signal(set, SIGCONT, err) < 0)
		return -1;
	if (!sh_procs_await_end(set, sh_param_duration(p, "grace", GRACE))) {
		how = "KILL";
		if (sh_procs_signal(set, SIGKILL, err) < 0)
			return -1;
		if (!sh_procs_await_end(set, AFTER_KILL))
			return sh_error_set(err, SH_ERRC_SYSTEM, "a process is still there after SIGKILL");
	}
	json_object_set_new(output, "ended_by", json_string(how));
	return 0;
}

static int end(const struct sh_action_call *call, const json_t *kill, const struct sh_proc *of,
	       json_t *output, struct sh_error *err)
{
	struct sh_procs set = SH_PROCS_INIT;
	json_auto_t *described = NULL;
	struct sh_note note;
	int rc = gather(kill, of, &set, err);

	sh_note_init(&note, "ended", call);
	described = describe(&set);
	if (rc == 0)
		rc = sh_note_write(&note, described, err);
	if (rc == 0)
		rc = end_all(kill, &set, output, err);
	json_object_update(output, described);
	sh_note_release(&note);
	sh_procs_release(&set);
	return rc;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *kill;
	struct sh_proc p;
	int rc = identify(call, &kill, &p, err);

	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the process of the evidence is gone");
	return rc < 0 ? -1 : end(call, kill, &p, output, err);
}

/* All that the run meant to end, by the note; without one the process of the evidence. */
static size_t count_left(const struct sh_action_call *call, const json_t *note)
{
	json_t *list = json_object_get(note, "processes"), *item;
	struct sh_error ignored = SH_ERROR_INIT;
	char boot[SH_BOOT_ID_TEXT];
	const json_t *kill;
	struct sh_proc p;
	size_t i, left = 0;

	sh_clock_boot_id(boot);
	if (!note)
		return identify(call, &kill, &p, &ignored) != 0;
	if (!sh_param_str(note, "boot_id") || strcmp(sh_param_str(note, "boot_id"), boot))
		return 0; /* nobody outlives a boot */
	json_array_foreach(list, i, item) {
		p = (struct sh_proc){ .pid = (pid_t)sh_param_int(item, "pid", 0),
				      .start = (uint64_t)sh_param_int(item, "start", 0) };
		left += sh_proc_is_alive(&p);
	}
	return left;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_auto_t *known = NULL;
	struct sh_note note;

	(void)err;
	sh_note_init(&note, "ended", call);
	known = sh_note_read(&note);
	/* Who was the hog, only the note knows. */
	if (!known && !sh_param_json(call->parameters, "pid"))
		sh_action_state(output, note.path ? "not_done" : "unknown");
	else
		sh_action_state(output, count_left(call, known) ? "not_done" : "done");
	sh_note_release(&note);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "process-kill", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
