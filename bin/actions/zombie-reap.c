/* SPDX-License-Identifier: MIT */
/*
 * zombie-reap - be rid of zombies: remind their parent, or end it
 *
 * A zombie cannot be killed. Its parent is reminded by CHLD; where that does not
 * help and the site allows it the parent ends, and init reaps what it left.
 */
#include "config.h"

#include <signal.h>

#include "action/action.h"
#include "action/proc.h"
#include "base/clock.h"

#define POLL (50 * SH_MS)
#define REMINDED (500 * SH_MS) /* how long a parent that listens needs */
#define GRACE (5 * SH_SEC)
#define AFTER_KILL (3 * SH_SEC)
#define MANY 10

static const struct sh_param params[] = {
	{ "zombies", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param zombies_params[] = {
	{ "allow", SH_PARAM_STRINGS, true },
	{ "many", SH_PARAM_INTEGER, false },
	{ "end_parent", SH_PARAM_BOOLEAN, false },
	{ "grace", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

static size_t zombies_of(const struct sh_procs *all, pid_t parent)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->item[i].state == 'Z' && all->item[i].ppid == parent;
	return n;
}

/* Parents of many zombies that the site allows to be touched. *OF_OTHERS: zombies of all others. */
static int find_parents(const json_t *p, struct sh_procs *out, size_t *of_others, struct sh_error *err)
{
	size_t many = (size_t)sh_param_int(p, "many", MANY);
	struct sh_procs all = SH_PROCS_INIT;
	int rc = sh_procs_read(&all, err);

	*of_others = 0;
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct sh_proc *it = &all.item[i];
		size_t n = it->state == 'Z' ? 0 : zombies_of(&all, it->pid);

		if (n >= many && sh_name_is_allowed(it->name, sh_param_json(p, "allow")) &&
		    !sh_proc_is_protected(it))
			sh_procs_add(out, it);
		else
			*of_others += n;
	}
	sh_procs_release(&all);
	return rc;
}

/* Until none of SET has many zombies any more; a parent that ended has none. 1 in time, 0 not. */
static int await(const json_t *p, const struct sh_procs *set, int64_t timeout, struct sh_error *err)
{
	int64_t until = sh_clock_mono() + timeout;
	size_t many = (size_t)sh_param_int(p, "many", MANY);

	for (;;) {
		struct sh_procs all = SH_PROCS_INIT;
		bool left = false;
		int rc = sh_procs_read(&all, err);

		for (size_t i = 0; rc == 0 && i < set->n; i++)
			left |= sh_proc_is_alive(&set->item[i]) &&
				zombies_of(&all, set->item[i].pid) >= many;
		sh_procs_release(&all);
		if (rc < 0 || !left)
			return rc < 0 ? -1 : 1;
		if (sh_clock_mono() >= until)
			return 0;
		sh_clock_sleep(POLL);
	}
}

static int end_parents(const json_t *p, const struct sh_procs *set, json_t *output, struct sh_error *err)
{
	static const int sig[] = { SIGTERM, SIGKILL };
	static const char *const name[] = { "TERM", "KILL" };
	int64_t wait[] = { sh_param_duration(p, "grace", GRACE), AFTER_KILL };
	int rc = 0;

	if (!sh_param_bool(p, "end_parent"))
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "the parents did not reap when reminded, and may not be ended");
	for (int i = 0; i < 2 && rc == 0; i++) {
		if (sh_procs_signal(set, sig[i], err) < 0)
			return -1;
		rc = await(p, set, wait[i], err);
		json_object_set_new(output, "how", json_string(name[i]));
	}
	return rc == 0 ? sh_error_set(err, SH_ERRC_SYSTEM, "a parent is still there after SIGKILL") :
			 rc < 0 ? -1 : 0;
}

static int reap(const json_t *p, const struct sh_procs *set, json_t *output, struct sh_error *err)
{
	json_t *parents = json_array();
	int rc;

	for (size_t i = 0; i < set->n; i++)
		json_array_append_new(parents, json_integer(set->item[i].pid));
	json_object_set_new(output, "parents", parents);
	if (sh_procs_signal(set, SIGCHLD, err) < 0)
		return -1;
	rc = await(p, set, REMINDED, err);
	if (rc != 1)
		return rc < 0 ? -1 : end_parents(p, set, output, err);
	json_object_set_new(output, "how", json_string("CHLD"));
	return 0;
}

static int find(const struct sh_action_call *call, struct sh_procs *set, json_t *output,
		struct sh_error *err)
{
	const json_t *p = sh_param_json(call->parameters, "zombies");
	size_t of_others;

	if (sh_params_check(p, zombies_params, "zombies", err) < 0)
		return -1;
	if (sh_param_int(p, "many", MANY) < 1)
		return sh_error_set(err, SH_ERRC_INPUT, "'many' must be 1 or more");
	if (find_parents(p, set, &of_others, err) < 0)
		return -1;
	json_object_set_new(output, "zombies_of_others", json_integer((json_int_t)of_others));
	return 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs set = SH_PROCS_INIT;
	int rc = find(call, &set, output, err);

	if (rc == 0 && set.n == 0)
		rc = sh_error_set(err, SH_ERRC_UNAVAILABLE,
				  "no process that may be touched has many zombies");
	if (rc == 0)
		rc = reap(sh_param_json(call->parameters, "zombies"), &set, output, err);
	sh_procs_release(&set);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs set = SH_PROCS_INIT;
	int rc = find(call, &set, output, err);

	if (rc == 0)
		sh_action_state(output, set.n ? "not_done" : "done");
	sh_procs_release(&set);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "zombie-reap", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
