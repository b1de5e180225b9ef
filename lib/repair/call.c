/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/call.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "record/json.h"

char **sh_child_environment(void)
{
	static const char *const passed[] = { "SH_STOCK", "SH_LIBEXEC", "SH_BINDIR", "SH_HOST",
					      "TZ" };
	char **env = sh_calloc(sizeof(passed) / sizeof(passed[0]) + 3, sizeof(*env));
	size_t n = 0;

	env[n++] = sh_strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	env[n++] = sh_strdup("LC_ALL=C");
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const char *value = getenv(passed[i]);

		if (value)
			env[n++] = sh_asprintf("%s=%s", passed[i], value);
	}
	return env;
}

void sh_child_environment_free(char **env)
{
	for (size_t i = 0; env && env[i]; i++)
		free(env[i]);
	free(env);
}

static char *input_of(const struct sh_repairer *r, const struct sh_action_request *q)
{
	char time[SH_TIME_TEXT];
	json_t *in = json_object();
	/* Actions run elsewhere and take no relative path; the ledger in it is open, so it exists. */
	SH_CLEANUP_FREE char *state = r->state_dir ? realpath(r->state_dir, NULL) : NULL;
	char *text;

	sh_time_format(time, q->started);
	json_object_set(in, "parameters", (json_t *)(uintptr_t)q->parameters);
	json_object_set_new(in, "target", json_string(q->target));
	json_object_set_new(in, "plan", json_string(q->plan));
	json_object_set_new(in, "started", json_string(time));
	if (state)
		json_object_set_new(in, "state", json_string(state));
	if (q->output)
		json_object_set(in, "output", (json_t *)(uintptr_t)q->output);
	text = sh_json_text(in, JSON_COMPACT);
	json_decref(in);
	return text;
}

static int open_intent(const struct sh_repairer *r, const struct sh_action_request *q,
		       const struct sh_child *c, int64_t *row, struct sh_error *err)
{
	struct sh_intent i = { .repair = q->repair,
			       .try_number = q->try_number,
			       .process = c->id,
			       .started = q->started,
			       .deadline = q->started + q->timeout };
	SH_CLEANUP_FREE char *action = sh_asprintf("%s %s", q->action->name, q->verb);
	int rc;

	i.target = sh_strdup(q->target);
	i.step = sh_strdup(q->step);
	i.action = action;
	i.parameters = (json_t *)(uintptr_t)q->parameters;
	rc = sh_ledger_intent_open(r->ledger, &i, row, err);
	free(i.target);
	free(i.step);
	return rc;
}

/* One object with success, and error where it is false. */
static void read_answer(const struct sh_child *c, struct sh_action_result *out)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *answer = sh_json_parse(sh_buf_str(&c->stdout_data), c->stdout_data.len, &err);
	const json_t *success = json_object_get(answer, "success");
	const char *why = sh_json_str(answer, "error", NULL);

	if (json_is_object(json_object_get(answer, "output")))
		out->output = json_incref(json_object_get(answer, "output"));
	if (json_is_true(success)) {
		out->effect = SH_EFFECT_DONE;
	} else if (json_is_false(success)) {
		out->effect = SH_EFFECT_FAILED;
		out->error = sh_strdup(why ? why : "the action failed without saying why");
	} else {
		out->effect = SH_EFFECT_UNKNOWN;
		out->error = c->timed_out ?
				     sh_strdup("the action was killed at its deadline") :
				     sh_asprintf("the action gave no answer (exit status %d)%s%.200s",
						 sh_child_exit_code(c),
						 c->stderr_data.len ? ": " : "",
						 sh_buf_str(&c->stderr_data));
		out->error[strcspn(out->error, "\n")] = '\0';
	}
	json_decref(answer);
}

static const char *state_word(enum sh_effect e)
{
	return e == SH_EFFECT_DONE ? "done" : e == SH_EFFECT_FAILED ? "failed" : "unknown";
}

/* Nothing that could not be written down is begun; what was begun is written down. */
static int run_held(const struct sh_repairer *r, const struct sh_action_request *q,
		    struct sh_child *c, struct sh_action_result *out, struct sh_error *err)
{
	struct sh_error later = SH_ERROR_INIT;
	int64_t intent = 0;

	if (q->repair && open_intent(r, q, c, &intent, err) < 0)
		return -1;
	if (sh_child_release_gate(c, err) < 0) {
		if (intent)
			sh_ledger_intent_settle(r->ledger, intent, "not_done", NULL, &later);
		return -1;
	}
	if (sh_child_wait(c, &later) < 0) {
		out->effect = SH_EFFECT_UNKNOWN;
		out->error = sh_strdup(later.text);
	} else {
		read_answer(c, out);
	}
	/* A run of unknown effect is settled by the action's own check, by whoever asks next. */
	if (intent && out->effect != SH_EFFECT_UNKNOWN)
		return sh_ledger_intent_settle(r->ledger, intent, state_word(out->effect),
					       out->output, err);
	if (intent) {
		const char *state = sh_action_check(r, q);

		/* That what ran is still there is no word on what was to take it back. */
		if (strcmp(q->verb, "run") != 0)
			state = "unknown";
		if (!strcmp(state, "done"))
			out->effect = SH_EFFECT_DONE;
		else if (!strcmp(state, "not_done"))
			out->effect = SH_EFFECT_FAILED;
		return sh_ledger_intent_settle(r->ledger, intent, state, out->output, err);
	}
	return 0;
}

/*
 * A pipeline that runs for months outlives what it found at its start. An action
 * that has gone, or can no longer be trusted, has failed without any effect.
 */
static bool is_there(const struct sh_descriptor *d, struct sh_action_result *out)
{
	struct sh_error why = SH_ERROR_INIT;
	SH_CLEANUP_FD int fd = sh_file_open_trusted(d->path, &why);

	if (fd >= 0 && access(d->path, X_OK) == 0)
		return true;
	if (fd >= 0)
		sh_error_sys(&why, "cannot execute '%s'", d->path);
	out->effect = SH_EFFECT_FAILED;
	out->error = sh_strdup(why.text);
	return false;
}

/*
 * Whether the child, which is still held, is confined as its description requires.
 * Undoing is always allowed.
 */
static bool is_confined(const struct sh_action_request *q, unsigned missing, struct sh_action_result *out)
{
	unsigned lacking = missing & (q->action->sandbox.require | q->require);
	SH_CLEANUP_FREE char *words = sh_sandbox_text(lacking);

	if (!lacking || !strcmp(q->verb, "undo"))
		return true;
	out->effect = SH_EFFECT_FAILED;
	out->error = sh_asprintf("its sandbox cannot be enforced here: %s", words);
	return false;
}

static int call_child(const struct sh_repairer *r, const struct sh_action_request *q,
		      struct sh_child_options *opt, struct sh_action_result *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *state = r->state_dir ? realpath(r->state_dir, NULL) : NULL;
	struct sh_sandbox_use use;
	struct sh_child child;
	struct sh_error why = SH_ERROR_INIT;
	int rc = 0;

	opt->prepare = sh_sandbox_enter;
	opt->prepare_arg = &use;
	if (sh_sandbox_prepare(&use, &q->action->sandbox, q->parameters, state, &why) < 0) {
		out->effect = SH_EFFECT_FAILED;
		out->error = sh_strdup(why.text);
	} else {
		rc = sh_child_start(&child, opt, err);
	}
	if (rc == 0 && !out->error) {
		rc = sh_sandbox_result(&use, err);
		out->sandbox = rc == 0 ? sh_sandbox_record(&use) : NULL;
		if (rc == 0 && is_confined(q, use.missing, out))
			rc = run_held(r, q, &child, out, err);
		sh_child_release(&child);
	}
	sh_sandbox_use_release(&use);
	return rc;
}

/* One version of its image. As with a program that is not there, nothing was begun where it is not. */
static int call_version(const struct sh_repairer *r, const struct sh_action_request *q, size_t i,
			const struct sh_container_call *call, struct sh_child_options *opt,
			struct sh_action_result *out, struct sh_error *err)
{
	struct sh_container_use use;
	struct sh_error why = SH_ERROR_INIT;
	struct sh_child child;
	char **argv = NULL;
	int rc = 0;

	if (sh_container_prepare(&use, &q->action->container, &q->action->sandbox, i, call, &why) < 0) {
		out->effect = SH_EFFECT_FAILED;
		out->error = sh_strdup(why.text);
	}
	out->sandbox = sh_container_record(&use);
	if (!out->error && is_confined(q, use.missing, out)) {
		argv = sh_container_argv(&use, call);
		opt->argv = (const char *const *)argv;
		rc = sh_child_start(&child, opt, err);
		if (rc == 0) {
			rc = run_held(r, q, &child, out, err);
			sh_child_release(&child);
		}
	}
	sh_container_argv_free(argv);
	sh_container_use_release(&use);
	return rc;
}

/* Where a version fails an earlier one takes over; nobody tries again after an effect that is not known. */
static int call_versions(const struct sh_repairer *r, const struct sh_action_request *q,
			 struct sh_child_options *opt, struct sh_action_result *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *state = r->state_dir ? realpath(r->state_dir, NULL) : NULL;
	const struct sh_container_call call = { .plan = q->plan, .step = q->step, .verb = q->verb,
						.parameters = q->parameters, .state = state,
						.timeout = q->timeout };
	const char **versions = q->action->container.versions;
	json_t *failed = json_object();
	int rc;

	if (!strcmp(q->verb, "check"))
		sh_container_end(&q->action->container, &call);
	for (size_t i = 0;; i++) {
		rc = call_version(r, q, i, &call, opt, out, err);
		if (rc < 0 || out->effect != SH_EFFECT_FAILED || !versions[i + 1])
			break;
		json_object_set_new(failed, versions[i], json_string(out->error));
		sh_action_result_release(out);
	}
	if (rc == 0 && json_object_size(failed))
		json_object_set(out->sandbox, "failed", failed);
	json_decref(failed);
	return rc;
}

int sh_action_call(const struct sh_repairer *r, const struct sh_action_request *q,
		   struct sh_action_result *out, struct sh_error *err)
{
	const char *const argv[] = { q->action->path, q->verb, NULL };
	char **env = sh_child_environment();
	SH_CLEANUP_FREE char *input = input_of(r, q);
	struct sh_child_options opt = { .argv = argv,
					.envp = (const char *const *)env,
					.stdin_data = input,
					.stdin_len = strlen(input),
					.timeout = q->timeout,
					.hold = true };
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (is_there(q->action, out))
		rc = q->action->container.image ? call_versions(r, q, &opt, out, err) :
						  call_child(r, q, &opt, out, err);
	sh_child_environment_free(env);
	if (rc < 0)
		sh_action_result_release(out);
	return rc;
}

void sh_action_result_release(struct sh_action_result *out)
{
	json_decref(out->output);
	json_decref(out->sandbox);
	free(out->error);
	memset(out, 0, sizeof(*out));
}

const char *sh_action_check(const struct sh_repairer *r, const struct sh_action_request *q)
{
	static const char *const words[] = { "done", "not_done" };
	struct sh_action_request check = *q;
	struct sh_action_result result;
	struct sh_error err = SH_ERROR_INIT;
	const char *state = "unknown";

	check.verb = "check";
	check.repair = 0;
	if (sh_action_call(r, &check, &result, &err) < 0)
		return state;
	for (size_t i = 0; i < 2 && result.effect == SH_EFFECT_DONE; i++)
		if (!strcmp(sh_json_str(result.output, "state", ""), words[i]))
			state = words[i];
	sh_action_result_release(&result);
	return state;
}
