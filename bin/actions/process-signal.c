/* SPDX-License-Identifier: MIT */
/* process-signal - send a signal to a service's process, its group or its tree */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "action/action.h"
#include "action/service.h"

static const struct sh_param params[] = {
	{ "pidfile", SH_PARAM_PATH, false },
	{ "exe", SH_PARAM_PATH, false },
	{ "cmdline", SH_PARAM_STRING, false },
	{ "start", SH_PARAM_ARGV, false },
	{ "signal", SH_PARAM_STRING, true },
	{ "to", SH_PARAM_STRING, false },
	{ NULL, SH_PARAM_STRING, false },
};

/* Each member of the group is signalled by itself, so that none can be mistaken. */
static void add_group(struct sh_procs *set, const struct sh_procs *all)
{
	size_t named = set->n;

	for (size_t i = 0; i < all->n; i++) {
		const struct sh_proc *p = &all->item[i];
		bool member = false;

		for (size_t j = 0; j < named; j++)
			member |= p->pgid == set->item[j].pgid;
		if (member && !sh_procs_find(set, p->pid) && !sh_proc_is_protected(p))
			sh_procs_add(set, p);
	}
}

static int find_targets(const json_t *p, struct sh_procs *set, struct sh_error *err)
{
	const char *to = sh_param_str(p, "to");
	struct sh_procs all = SH_PROCS_INIT;
	struct sh_selector who;
	int rc;

	if (to && strcmp(to, "process") && strcmp(to, "group") && strcmp(to, "tree"))
		return sh_error_set(err, SH_ERRC_INPUT, "'to' must be process, group or tree");
	if (sh_selector_read(&who, p, false, err) < 0)
		return -1;
	if (to && !strcmp(to, "tree"))
		return sh_service_find_tree(&who, set, err);
	rc = sh_service_find(&who, set, err);
	if (rc == 0 && to && !strcmp(to, "group")) {
		rc = sh_procs_read(&all, err);
		if (rc == 0)
			add_group(set, &all);
		sh_procs_release(&all);
	}
	return rc;
}

static int signal_of(const json_t *p, int *sig, struct sh_error *err)
{
	*sig = sh_signal_from_name(sh_param_str(p, "signal"));
	if (!*sig)
		return sh_error_set(err, SH_ERRC_INPUT, "no such signal '%s'", sh_param_str(p, "signal"));
	return 0;
}

static int send_all(const struct sh_procs *set, int sig, json_t *output, struct sh_error *err)
{
	json_t *pids = json_array();
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < set->n; i++) {
		rc = sh_proc_signal(&set->item[i], sig, err);
		if (rc == 1)
			json_array_append_new(pids, json_integer(set->item[i].pid));
	}
	json_object_set_new(output, "pids", pids);
	if (rc >= 0 && json_array_size(pids) == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such process is running");
	return rc < 0 ? -1 : 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs set = SH_PROCS_INIT;
	int sig, rc = signal_of(call->parameters, &sig, err);

	if (rc == 0)
		rc = find_targets(call->parameters, &set, err);
	if (rc == 0)
		rc = send_all(&set, sig, output, err);
	sh_procs_release(&set);
	return rc;
}

/* Only of CONT and STOP does a process show that it had it. */
static const char *judge(const struct sh_procs *set, int sig)
{
	size_t stopped = 0;

	for (size_t i = 0; i < set->n; i++)
		stopped += set->item[i].state == 'T' || set->item[i].state == 't';
	if ((sig != SIGCONT && sig != SIGSTOP) || set->n == 0)
		return "unknown";
	return stopped == (sig == SIGSTOP ? set->n : 0) ? "done" : "not_done";
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs set = SH_PROCS_INIT;
	int sig, rc = signal_of(call->parameters, &sig, err);

	if (rc == 0)
		rc = find_targets(call->parameters, &set, err);
	if (rc == 0)
		sh_action_state(output, judge(&set, sig));
	sh_procs_release(&set);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "process-signal", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
