/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "record/json.h"
#include "record/plan.h"
#include "record/record.h"

#define MAX_OUTPUT ((size_t)16 << 20)
#define KILL_AFTER (30 * SH_SEC) /* time for sh-repair to finish its step, or undo it */
#define MAX_ERROR 400

struct command {
	const char **argv;
	size_t argc, argv_cap;
	char *program; /* owned */
	char **env;    /* owned, each owned */
	size_t envs, env_cap;
};

static void add_arg(struct command *c, const char *arg)
{
	sh_grow(c->argv, c->argc, c->argv_cap);
	c->argv[c->argc++] = arg;
}

static void add_env(struct command *c, char *assignment)
{
	sh_grow(c->env, c->envs, c->env_cap);
	c->env[c->envs++] = assignment;
}

/* SH_BINDIR stands in for the installed directory in a build tree, where it can be trusted. */
static char *find_program(struct sh_error *err)
{
	const char *given = secure_getenv("SH_BINDIR");
	SH_CLEANUP_FD int dir = -1;

	if (!given || !*given)
		return sh_strdup(SH_BINDIR "/sh-repair");
	dir = sh_file_open_trusted(given, err);
	return dir < 0 ? NULL : sh_asprintf("%s/sh-repair", given);
}

/* A clean environment, but for where configuration and build tree are. */
static void set_env(struct command *c)
{
	static const char *const kept[] = { "HOME",	  "XDG_CONFIG_HOME", "TZ",	"SH_STOCK",
					    "SH_LIBEXEC", "SH_BINDIR",	     "SH_HOST", NULL };

	add_env(c, sh_strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
	add_env(c, sh_strdup("LC_ALL=C"));
	for (const char *const *name = kept; *name; name++) {
		const char *value = getenv(*name);

		if (value)
			add_env(c, sh_asprintf("%s=%s", *name, value));
	}
	add_env(c, NULL);
}

static int build_command(struct command *c, const struct sh_run_place *place, enum sh_mode mode,
			 struct sh_error *err)
{
	c->program = find_program(err);
	if (!c->program)
		return -1;
	add_arg(c, c->program);
	add_arg(c, "--apply");
	add_arg(c, "--output=ndjson");
	add_arg(c, "--state");
	add_arg(c, place->state_dir);
	if (mode != SH_MODE_ACT) {
		add_arg(c, "--mode");
		add_arg(c, sh_mode_words[mode]);
	}
	if (place->no_stock)
		add_arg(c, "--no-stock");
	for (const char *const *p = place->config; p && *p; p++) {
		add_arg(c, "-c");
		add_arg(c, *p);
	}
	add_arg(c, "-");
	add_arg(c, NULL);
	set_env(c);
	return 0;
}

static void release_command(struct command *c)
{
	for (size_t i = 0; i < c->envs; i++)
		free(c->env[i]);
	free(c->env);
	free(c->argv);
	free(c->program);
}

static void write_plan(const struct sh_run_place *place, const struct sh_scheduled *task,
		       const char *entity, int64_t now, struct sh_buf *out)
{
	struct sh_plan plan;

	sh_plan_init(&plan);
	plan.time = now;
	plan.host = sh_strdup(place->host);
	plan.entity = sh_strdup(entity);
	plan.playbook = sh_strdup(task->playbook);
	plan.title = sh_strdup_or_null(task->title);
	plan.parameters = json_incref(task->parameters);
	plan.mode = sh_strdup(sh_mode_words[task->mode]);
	plan.attempt = 1;
	sh_plan_write(&plan, out);
	sh_plan_release(&plan);
}

/* Keep a repair, or a plan where there is no repair; the last of either. Others are for the reader. */
static void take_line(const char *line, size_t len, const char *host, int64_t now, json_t **repair,
		      struct sh_buf *others)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error ignored = SH_ERROR_INIT;

	if (sh_record_view(&r, line, len, host, now, &ignored) == 0) {
		if (r.kind == SH_KIND_REPAIR || (r.kind == SH_KIND_PLAN && !*repair)) {
			json_decref(*repair);
			*repair = sh_record_json(&r);
		} else {
			sh_buf_add(others, line, len);
			sh_buf_addch(others, '\n');
		}
	}
	sh_record_release(&r);
}

static json_t *take_output(const struct sh_buf *output, const char *host, int64_t now,
			   struct sh_buf *others)
{
	const char *line = sh_buf_str(output), *end = line + output->len;
	json_t *repair = NULL;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line);

		if (len)
			take_line(line, len, host, now, &repair, others);
		line += len + 1;
	}
	return repair;
}

/* The last line of what the child said, for want of a record. */
static char *last_words(const struct sh_child *c)
{
	SH_CLEANUP_FREE char *text = sh_strdup(sh_buf_str(&c->stderr_data));
	size_t len = strlen(text);
	const char *last;

	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	last = strrchr(text, '\n');
	last = last ? last + 1 : text;
	if (c->timed_out)
		return sh_strdup("stopped at its timeout");
	if (!*last)
		return sh_asprintf("sh-repair ended with %d and no record", sh_child_exit_code(c));
	return sh_asprintf("sh-repair ended with %d: %.*s", sh_child_exit_code(c), MAX_ERROR, last);
}

static char *why_not(const struct sh_plan *p)
{
	if (p->error)
		return sh_strdup(p->error);
	if (p->is_repair && p->verified == SH_VERIFIED_NOT_FIXED)
		return sh_strdup("measured again, it is not as it should be");
	if (p->decision && p->reason)
		return sh_asprintf("not done (%s): %s", p->decision, p->reason);
	return sh_strdup(p->is_repair ? "the repair failed" : "not done");
}

static void judge(struct sh_task *out, const struct sh_child *c)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_plan p;

	if (!out->repair) {
		out->error = last_words(c);
		return;
	}
	if (sh_plan_from_json(&p, out->repair, &err) < 0) {
		out->error = sh_strdup(err.text);
		return;
	}
	out->success = p.is_repair && p.success && p.verified != SH_VERIFIED_NOT_FIXED;
	if (!out->success)
		out->error = why_not(&p);
	sh_plan_release(&p);
}

void sh_run(const struct sh_run_place *place, const struct sh_scheduled *task, const char *entity,
	    int64_t now, struct sh_task *out, struct sh_buf *others, struct sh_buf *said)
{
	SH_CLEANUP_BUF struct sh_buf plan = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_child_options opt = { .timeout = task->timeout, .kill_after = KILL_AFTER,
					.max_output = MAX_OUTPUT };
	struct command c = { 0 };
	struct sh_child child = { 0 };

	out->success = false;
	write_plan(place, task, entity, now, &plan);
	opt.stdin_data = sh_buf_str(&plan);
	opt.stdin_len = plan.len;
	if (build_command(&c, place, task->mode, &err) == 0) {
		opt.argv = c.argv;
		opt.envp = (const char *const *)c.env;
		if (sh_child_start(&child, &opt, &err) == 0 && sh_child_wait(&child, &err) == 0) {
			out->repair = take_output(&child.stdout_data, place->host, now, others);
			judge(out, &child);
			sh_buf_add(said, sh_buf_str(&child.stderr_data), child.stderr_data.len);
		}
		sh_child_release(&child);
	}
	if (sh_error_is_set(&err))
		out->error = sh_strdup(err.text);
	release_command(&c);
}
