/* SPDX-License-Identifier: MIT */
/* process-restart - stop what is left of a service and start it anew */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/action.h"
#include "action/service.h"
#include "action/spawn.h"
#include "action/unit.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define POLL_FIRST (5 * SH_MS)
#define POLL_MAX (100 * SH_MS)
#define SETTLE (300 * SH_MS) /* how long a new process must live to count as started */
/* A program that daemonizes has written its pid file by then; one that has not runs in the foreground. */
#define FOREGROUND_AFTER (500 * SH_MS)
/* /proc gives start times in ticks of 10 ms, rounded down. */
#define TICK (20 * SH_MS)

static const struct sh_param params[] = {
	{ "start", SH_PARAM_ARGV, false },
	{ "stop", SH_PARAM_ARGV, false },
	{ "pidfile", SH_PARAM_PATH, false },
	{ "exe", SH_PARAM_PATH, false },
	{ "cmdline", SH_PARAM_STRING, false },
	{ "unit", SH_PARAM_STRING, false },
	{ "manager", SH_PARAM_PATH, false },
	{ "user", SH_PARAM_STRING, false },
	{ "directory", SH_PARAM_PATH, false },
	{ "env", SH_PARAM_OBJECT, false },
	{ "log", SH_PARAM_PATH, false },
	{ "start_timeout", SH_PARAM_DURATION, false },
	{ "stop_timeout", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct restart {
	struct sh_selector who;
	struct sh_spawn start;
	const char **stop; /* NULL none */
	int64_t start_timeout, stop_timeout;
	struct sh_proc started; /* the new process */
	pid_t child;            /* the program we executed; 0 when reaped */
	int status;
};

static void next_pause(int64_t *pause)
{
	sh_clock_sleep(*pause);
	*pause = *pause * 2 < POLL_MAX ? *pause * 2 : POLL_MAX;
}

/* Wait for our child at most until UNTIL; returns whether it ended. */
static bool reap(pid_t pid, int *status, int64_t until)
{
	int64_t pause = POLL_FIRST;

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (sh_clock_mono() >= until)
			return false;
		next_pause(&pause);
	}
	return true;
}

/* The service's own way to stop. Its failure is no error: signals follow. */
static int run_stop(const struct restart *r, struct sh_error *err)
{
	struct sh_spawn stop = r->start;
	int64_t until = sh_clock_mono() + r->stop_timeout;
	int status;
	pid_t pid;

	stop.argv = r->stop;
	if (sh_spawn(&stop, &pid, err) < 0)
		return -1;
	if (!reap(pid, &status, until)) {
		kill(-pid, SIGKILL); /* our child, not yet waited for: the pid is its own */
		waitpid(pid, &status, 0);
	}
	return 0;
}

/* A stopped process sees nothing but KILL until it continues. */
static int stop_set(const struct restart *r, struct sh_procs *set, struct sh_error *err)
{
	struct sh_error ignored = SH_ERROR_INIT;

	if (sh_procs_signal(set, SIGCONT, err) < 0)
		return -1;
	if (r->stop && run_stop(r, &ignored) == 0 && sh_procs_await_end(set, r->stop_timeout))
		return 0;
	if (sh_procs_signal(set, SIGTERM, err) < 0)
		return -1;
	if (sh_procs_await_end(set, r->stop_timeout))
		return 0;
	/* Those that were born meanwhile, too. */
	if (sh_service_find_tree(&r->who, set, err) < 0 || sh_procs_signal(set, SIGKILL, err) < 0)
		return -1;
	if (sh_procs_await_end(set, r->stop_timeout))
		return 0;
	return sh_error_set(err, SH_ERRC_SYSTEM, "%zu processes are still there after SIGKILL",
			    sh_procs_alive(set));
}

static int stop_service(const struct restart *r, json_t *output, struct sh_error *err)
{
	struct sh_procs set = SH_PROCS_INIT;
	json_t *stopped = json_array();
	int rc = sh_service_find_tree(&r->who, &set, err);

	if (rc == 0 && set.n)
		rc = stop_set(r, &set, err);
	for (size_t i = 0; rc == 0 && i < set.n; i++)
		json_array_append_new(stopped, json_integer(set.item[i].pid));
	json_object_set_new(output, "stopped", stopped);
	sh_procs_release(&set);
	return rc == 0 ? sh_service_clear_pidfile(&r->who, err) : rc;
}

static int write_pidfile(const struct restart *r, struct sh_error *err)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", (int)r->child);

	return sh_file_write_atomic(r->who.pidfile, text, (size_t)len, 0644, err);
}

static int child_failed(const struct restart *r, struct sh_error *err)
{
	if (WIFSIGNALED(r->status))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' was ended by signal %d",
				    r->start.argv[0], WTERMSIG(r->status));
	if (WEXITSTATUS(r->status))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' exited with %d", r->start.argv[0],
				    WEXITSTATUS(r->status));
	return 0; /* it daemonized */
}

/* Look for the new process once: 1 found, 0 not yet. */
static int look(struct restart *r, int64_t since, struct sh_error *err)
{
	struct sh_procs found = SH_PROCS_INIT;
	int rc;

	if (r->child && waitpid(r->child, &r->status, WNOHANG) == r->child) {
		r->child = 0;
		if (child_failed(r, err) < 0)
			return -1;
	}
	if (r->child && r->who.pidfile && access(r->who.pidfile, F_OK) < 0 &&
	    sh_clock_mono() - since > FOREGROUND_AFTER && write_pidfile(r, err) < 0)
		return -1;
	rc = sh_service_find(&r->who, &found, err);
	if (rc == 0 && found.n) {
		r->started = found.item[0];
		rc = 1;
	}
	sh_procs_release(&found);
	return rc;
}

/* Found, and still the same and alive after a moment. */
static int await_start(struct restart *r, struct sh_error *err)
{
	int64_t since = sh_clock_mono(), until = since + r->start_timeout, pause = POLL_FIRST, alive = 0;
	struct sh_proc first = { 0 };

	for (;;) {
		int rc = look(r, since, err);
		int64_t now = sh_clock_mono();

		if (rc < 0)
			return -1;
		if (rc == 0 || r->started.pid != first.pid || r->started.start != first.start)
			alive = now;
		if (rc == 1 && now - alive >= SETTLE)
			return 0;
		first = rc == 1 ? r->started : (struct sh_proc){ 0 };
		if (now >= until)
			return sh_error_set(err, SH_ERRC_SYSTEM,
					    rc ? "the service did not stay alive within its start_timeout"
					       : "no process of the service appeared within its start_timeout");
		next_pause(&pause);
	}
}

static void describe(const struct sh_proc *p, json_t *output)
{
	char text[SH_TIME_TEXT];

	sh_time_format(text, sh_proc_start_time(p));
	json_object_set_new(output, "pid", json_integer(p->pid));
	json_object_set_new(output, "start_time", json_string(text));
}

/* What did not come up must not stay half up: the next try starts clean. */
static void abandon(const struct restart *r)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_procs set = SH_PROCS_INIT, all = SH_PROCS_INIT;
	struct sh_proc p;

	if (r->child && sh_proc_read(r->child, &p) == 0 && sh_procs_read(&all, &ignored) == 0) {
		sh_procs_add(&set, &p);
		sh_procs_add_tree(&set, &all);
		sh_procs_signal(&set, SIGKILL, &ignored);
		waitpid(r->child, NULL, 0);
	}
	sh_service_clear_pidfile(&r->who, &ignored);
	sh_procs_release(&set);
	sh_procs_release(&all);
}

static int read_params(struct restart *r, const json_t *p, struct sh_error *err)
{
	*r = (struct restart){
		.start = { .user = sh_param_str(p, "user"), .directory = sh_param_str(p, "directory"),
			   .env = sh_param_json(p, "env"), .log = sh_param_str(p, "log") },
		.start_timeout = sh_param_duration(p, "start_timeout", 30 * SH_SEC),
		.stop_timeout = sh_param_duration(p, "stop_timeout", 5 * SH_SEC),
	};
	if (sh_selector_read(&r->who, p, false, err) < 0)
		return -1;
	r->start.argv = sh_param_argv(p, "start");
	r->stop = sh_param_argv(p, "stop");
	if (!r->start.argv)
		return sh_error_set(err, SH_ERRC_INPUT,
				    "the site gives the service no 'start' command and no 'unit'");
	return 0;
}

static void release_params(struct restart *r)
{
	free((void *)(uintptr_t)r->start.argv);
	free(r->stop);
}

static int restart(struct restart *r, json_t *output, struct sh_error *err)
{
	if (access(r->start.argv[0], X_OK) < 0)
		return sh_error_sys(err, "cannot start '%s'", r->start.argv[0]);
	if (stop_service(r, output, err) < 0 || sh_spawn(&r->start, &r->child, err) < 0)
		return -1;
	if (await_start(r, err) < 0) {
		abandon(r);
		return -1;
	}
	describe(&r->started, output);
	return 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const struct sh_unit unit = { sh_param_str(call->parameters, "unit"),
				      sh_param_str(call->parameters, "manager") };
	int64_t begin = sh_clock_mono();
	struct restart r;
	int rc;

	if (unit.name) {
		rc = sh_unit_restart(&unit, sh_param_duration(call->parameters, "start_timeout", 30 * SH_SEC),
				     &r.started, err);
		if (rc == 0)
			describe(&r.started, output);
	} else {
		rc = read_params(&r, call->parameters, err);
		if (rc == 0)
			rc = restart(&r, output, err);
		release_params(&r);
	}
	json_object_set_new(output, "seconds",
			    json_real((double)(sh_clock_mono() - begin) / (double)SH_SEC));
	return rc;
}

static int find_now(const struct sh_action_call *call, struct sh_procs *found, struct sh_error *err)
{
	const struct sh_unit unit = { sh_param_str(call->parameters, "unit"),
				      sh_param_str(call->parameters, "manager") };
	struct sh_selector who;
	struct sh_proc p;

	if (unit.name) {
		int rc = sh_unit_main(&unit, &p, err);

		if (rc == 1)
			sh_procs_add(found, &p);
		return rc < 0 ? -1 : 0;
	}
	if (sh_selector_read(&who, call->parameters, false, err) < 0)
		return -1;
	return sh_service_find(&who, found, err);
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs found = SH_PROCS_INIT;
	bool young = false;

	if (find_now(call, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		if (sh_proc_start_time(&found.item[i]) + TICK < call->started)
			continue;
		young = true;
		describe(&found.item[i], output);
		break;
	}
	sh_procs_release(&found);
	sh_action_state(output, !call->started ? "unknown" : young ? "done" : "not_done");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "process-restart", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
