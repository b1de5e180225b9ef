/* SPDX-License-Identifier: MIT */
/* service-reload - have a service read its configuration again, without a stop */
#include "config.h"

#include <signal.h>
#include <stdlib.h>

#include "action/action.h"
#include "action/command.h"
#include "action/service.h"
#include "action/unit.h"
#include "base/clock.h"

/* A service that does not bear it is dead by then. */
#define SETTLE (300 * SH_MS)

static const struct sh_param params[] = {
	{ "reload", SH_PARAM_ARGV, false },
	{ "reload_signal", SH_PARAM_STRING, false },
	{ "pidfile", SH_PARAM_PATH, false },
	{ "exe", SH_PARAM_PATH, false },
	{ "cmdline", SH_PARAM_STRING, false },
	{ "start", SH_PARAM_ARGV, false },
	{ "unit", SH_PARAM_STRING, false },
	{ "manager", SH_PARAM_PATH, false },
	{ "timeout", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

static struct sh_unit unit_of(const json_t *p)
{
	return (struct sh_unit){ sh_param_str(p, "unit"), sh_param_str(p, "manager") };
}

static int find(const json_t *p, struct sh_procs *out, struct sh_error *err)
{
	const struct sh_unit unit = unit_of(p);
	struct sh_selector who;
	struct sh_proc main;
	int rc;

	if (!unit.name)
		return sh_selector_read(&who, p, false, err) < 0 ? -1 : sh_service_find(&who, out, err);
	rc = sh_unit_main(&unit, &main, err);
	if (rc == 1)
		sh_procs_add(out, &main);
	return rc < 0 ? -1 : 0;
}

static int signal_them(const struct sh_procs *set, const char *name, struct sh_error *err)
{
	int sig = sh_signal_from_name(name);

	if (!sig || sig == SIGKILL || sig == SIGSTOP)
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no signal that reloads", name);
	return sh_procs_signal(set, sig, err);
}

/* The declared command, the declared signal, or what the unit has. */
static int reload(const json_t *p, const struct sh_procs *set, struct sh_error *err)
{
	const char **argv = sh_param_argv(p, "reload"), *sig = sh_param_str(p, "reload_signal");
	int64_t timeout = sh_param_duration(p, "timeout", 20 * SH_SEC);
	const struct sh_unit unit = unit_of(p);
	int rc;

	if (argv)
		rc = sh_command_run(argv, NULL, timeout, NULL, NULL, err);
	else if (sig)
		rc = signal_them(set, sig, err);
	else if (unit.name)
		rc = sh_unit_reload(&unit, timeout, err);
	else
		rc = sh_error_set(err, SH_ERRC_INPUT, "the site gives the service no 'reload'");
	free(argv);
	return rc;
}

/* Each process of the service that ran before runs on; a worker may have been replaced by its master. */
static int look_after(const json_t *p, const struct sh_procs *before, json_t *output,
		      struct sh_error *err)
{
	struct sh_procs now = SH_PROCS_INIT;
	json_t *pids = json_array();
	int rc;

	sh_clock_sleep(SETTLE);
	rc = find(p, &now, err);
	for (size_t i = 0; i < now.n; i++)
		json_array_append_new(pids, json_integer(now.item[i].pid));
	json_object_set_new(output, "pids", pids);
	json_object_set_new(output, "stayed",
			    json_boolean(before->n && sh_proc_is_alive(&before->item[0])));
	if (rc == 0 && now.n == 0)
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "the service ended when it was to reload");
	sh_procs_release(&now);
	return rc;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs set = SH_PROCS_INIT;
	int rc = find(call->parameters, &set, err);

	if (rc == 0 && set.n == 0)
		rc = sh_error_set(err, SH_ERRC_UNAVAILABLE, "no process of the service is running");
	if (rc == 0)
		rc = reload(call->parameters, &set, err);
	if (rc == 0)
		rc = look_after(call->parameters, &set, output, err);
	sh_procs_release(&set);
	return rc;
}

/* Nothing shows from outside what a process has read. Once more does no harm, but nobody may claim it was done. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	(void)call;
	(void)err;
	sh_action_state(output, "unknown");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "service-reload", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
