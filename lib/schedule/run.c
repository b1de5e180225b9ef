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

struct arguments {
	const char **argv;
	size_t n, cap;
};

static void add_arg(struct arguments *a, const char *arg)
{
	sh_grow(a->argv, a->n, a->cap);
	a->argv[a->n++] = arg;
}

/* SH_BINDIR stands in for the installed directory in a build tree, where it can be trusted. */
char *sh_run_program(const char *name, struct sh_error *err)
{
	const char *given = secure_getenv("SH_BINDIR");
	SH_CLEANUP_FD int dir = -1;

	if (!given || !*given)
		return sh_asprintf("%s/%s", SH_BINDIR, name);
	dir = sh_file_open_trusted(given, err);
	return dir < 0 ? NULL : sh_asprintf("%s/%s", given, name);
}

/* A clean one, but for where configuration and build tree are. */
char **sh_run_environment(void)
{
	static const char *const kept[] = { "HOME",	  "XDG_CONFIG_HOME", "TZ",	"SH_STOCK",
					    "SH_LIBEXEC", "SH_BINDIR",	     "SH_HOST", NULL };
	char **env = sh_calloc(sizeof(kept) / sizeof(kept[0]) + 2, sizeof(*env));
	size_t n = 0;

	env[n++] = sh_strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	env[n++] = sh_strdup("LC_ALL=C");
	for (const char *const *name = kept; *name; name++) {
		const char *value = getenv(*name);

		if (value)
			env[n++] = sh_asprintf("%s=%s", *name, value);
	}
	return env;
}

void sh_run_free_environment(char **env)
{
	for (size_t i = 0; env && env[i]; i++)
		free(env[i]);
	free(env);
}

static void add_arguments(struct arguments *a, const char *program, const struct sh_run_place *place,
			  enum sh_mode mode)
{
	add_arg(a, program);
	add_arg(a, "--apply");
	add_arg(a, "--output=ndjson");
	add_arg(a, "--state");
	add_arg(a, place->state_dir);
	if (mode != SH_MODE_ACT) {
		add_arg(a, "--mode");
		add_arg(a, sh_mode_words[mode]);
	}
	if (place->no_stock)
		add_arg(a, "--no-stock");
	for (const char *const *p = place->config; p && *p; p++) {
		add_arg(a, "-c");
		add_arg(a, *p);
	}
	add_arg(a, "-");
	add_arg(a, NULL);
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

int sh_run_start(struct sh_run *run, const struct sh_run_place *place, const struct sh_scheduled *task,
		 const char *entity, int64_t now, struct sh_error *err)
{
	struct sh_child_options opt = { .timeout = task->timeout, .kill_after = KILL_AFTER,
					.max_output = MAX_OUTPUT, .hold = true };
	struct arguments a = { 0 };
	char **env;
	int rc;

	*run = (struct sh_run){ .plan = SH_BUF_INIT };
	run->program = sh_run_program("sh-repair", err);
	if (!run->program)
		return -1;
	write_plan(place, task, entity, now, &run->plan);
	add_arguments(&a, run->program, place, task->mode);
	env = sh_run_environment();
	opt.argv = a.argv;
	opt.envp = (const char *const *)env;
	opt.stdin_data = sh_buf_str(&run->plan);
	opt.stdin_len = run->plan.len;
	rc = sh_child_start(&run->child, &opt, err);
	sh_run_free_environment(env);
	free(a.argv);
	return rc;
}

void sh_run_take(const struct sh_run *run, const struct sh_run_place *place, int64_t now,
		 struct sh_task *out, struct sh_buf *others, struct sh_buf *said)
{
	out->repair = take_output(&run->child.stdout_data, place->host, now, others);
	judge(out, &run->child);
	sh_buf_add(said, sh_buf_str(&run->child.stderr_data), run->child.stderr_data.len);
}

void sh_run_release(struct sh_run *run)
{
	sh_child_release(&run->child);
	sh_buf_release(&run->plan);
	free(run->program);
	*run = (struct sh_run){ .plan = SH_BUF_INIT };
}
