/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "expr/expr.h"
#include "expr/scope.h"
#include "record/entity.h"
#include "record/json.h"
#include "record/record.h"
#include "repair/call.h"
#include "repair/halt.h"

#define FIRST_PAUSE (50 * SH_MS)
#define LONGEST_PAUSE (500 * SH_MS)
#define MEASURE_TIMEOUT (20 * SH_SEC)
#define MAX_PATHS 64
#define TWO_READINGS "--gap=500ms"

struct look {
	const struct sh_repairer *r;
	const struct sh_plan *plan;
	struct sh_expr *expr;
	struct sh_arena arena;
	struct sh_proof *out;
	bool rates; /* something was not measured: it may need two readings */
};

/* sh-collect --source JSON, with the configuration that we have. */
static const char **collect_argv(const struct look *l, char *program, char *source)
{
	size_t paths = 0, n = 0;
	const char **argv;

	while (l->r->config_paths && l->r->config_paths[paths])
		paths++;
	argv = sh_calloc(2 * paths + 9, sizeof(*argv));
	argv[n++] = program;
	argv[n++] = "--output=ndjson";
	argv[n++] = "--source";
	argv[n++] = source;
	if (l->rates)
		argv[n++] = TWO_READINGS;
	if (l->r->no_stock)
		argv[n++] = "--no-stock";
	for (size_t i = 0; i < paths; i++) {
		argv[n++] = "--config";
		argv[n++] = l->r->config_paths[i];
	}
	if (l->r->state_dir) {
		argv[n++] = "--state";
		argv[n++] = l->r->state_dir;
	}
	return argv;
}

static int measure(const struct look *l, struct sh_buf *lines, struct sh_error *err)
{
	SH_CLEANUP_FREE char *program = sh_asprintf("%s/sh-collect", l->r->bindir);
	SH_CLEANUP_FREE char *source = sh_json_text(l->plan->source, JSON_COMPACT);
	const char **argv = collect_argv(l, program, source);
	char **env = sh_child_environment();
	struct sh_child_options opt = { .argv = argv,
					.envp = (const char *const *)env,
					.timeout = MEASURE_TIMEOUT };
	struct sh_child child = { 0 };
	SH_CLEANUP_FD int fd = sh_file_open_trusted(program, err);
	int rc = fd < 0 ? -1 : sh_child_start(&child, &opt, err);

	if (rc == 0)
		rc = sh_child_wait(&child, err);
	if (rc == 0 && sh_child_exit_code(&child) != 0)
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "sh-collect ended with %d: %.120s",
				  sh_child_exit_code(&child), sh_buf_str(&child.stderr_data));
	if (rc == 0)
		sh_buf_add(lines, child.stdout_data.data, child.stdout_data.len);
	sh_child_release(&child);
	sh_child_environment_free(env);
	free(argv);
	return rc;
}

static json_t *value_at(const json_t *metrics, const char *path)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(path);
	char *rest = copy, *part;

	while (metrics && (part = strsep(&rest, ".")))
		metrics = json_object_get(metrics, part);
	return (json_t *)(uintptr_t)metrics;
}

static void note_value(struct sh_proof *out, const json_t *metrics, const char *path)
{
	json_t *v = value_at(metrics, path);

	if (!json_is_number(v))
		return;
	if (!out->after)
		out->after = json_object();
	json_object_set(out->after, path, v);
}

static void note_values(struct look *l, const json_t *metrics)
{
	const char *path;
	json_t *v;

	for (size_t i = 0; i < MAX_PATHS && (path = sh_expr_path(l->expr, i)); i++)
		note_value(l->out, metrics, path);
	json_object_foreach(l->plan->evidence.values, path, v)
		note_value(l->out, metrics, path);
}

static enum sh_truth judge_sample(struct look *l, const struct sh_record *r)
{
	json_t *metrics = sh_record_metrics(r), *dims = sh_record_dims(r);
	struct sh_entity parts = { r->entity, r->entity, SH_SPAN_NONE };
	struct sh_scope scope;
	struct sh_eval eval = { .lookup = sh_scope_lookup,
				.user = &scope,
				.now = r->time,
				.arena = &l->arena };
	enum sh_truth truth;

	sh_entity_split(r->entity, &parts);
	sh_scope_init(&scope, metrics);
	sh_scope_json(&scope, "params", l->plan->params);
	sh_scope_json(&scope, "dims", dims);
	sh_scope_text(&scope, "entity", r->entity);
	sh_scope_text(&scope, "entity_type", parts.type);
	sh_scope_text(&scope, "entity_name", parts.name);
	sh_scope_text(&scope, "hostname", r->host);
	truth = sh_expr_truth(l->expr, &eval);
	if (truth == SH_UNKNOWN && !l->out->error)
		l->out->error = eval.error[0] ? sh_strdup(eval.error) :
						sh_asprintf("no '%s' was measured", eval.missing);
	note_values(l, metrics);
	sh_arena_reset(&l->arena);
	json_decref(metrics);
	json_decref(dims);
	return truth;
}

/* All samples of the target that say something must say yes. */
static enum sh_truth judge(struct look *l, const struct sh_buf *lines)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_record r = SH_RECORD_INIT;
	enum sh_truth all = SH_UNKNOWN;
	const char *line = sh_buf_str(lines), *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		enum sh_truth one;

		if (sh_record_view(&r, line, (size_t)(end - line), l->r->host, sh_clock_wall(),
				   &err) < 0 ||
		    r.kind != SH_KIND_SAMPLE ||
		    (l->plan->entity && !sh_span_is(r.entity, l->plan->entity))) {
			sh_error_clear(&err);
			continue;
		}
		one = judge_sample(l, &r);
		if (one == SH_FALSE || (one == SH_TRUE && all == SH_UNKNOWN))
			all = one;
	}
	sh_record_release(&r);
	return all;
}

static enum sh_truth look_once(struct look *l)
{
	SH_CLEANUP_BUF struct sh_buf lines = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	enum sh_truth truth = SH_UNKNOWN;

	free(l->out->error);
	l->out->error = NULL;
	if (measure(l, &lines, &err) == 0)
		truth = judge(l, &lines);
	else
		l->out->error = sh_strdup(err.text);
	l->rates |= truth == SH_UNKNOWN;
	if (truth == SH_UNKNOWN && !l->out->error)
		l->out->error = sh_strdup("nothing was measured of the target");
	if (truth != SH_UNKNOWN) {
		free(l->out->error);
		l->out->error = NULL;
	}
	l->out->measured_at = sh_clock_wall();
	return truth;
}

/* Neither so nor not so: it was not given its time. */
static void halt(struct look *l)
{
	l->out->verified = SH_VERIFIED_UNKNOWN;
	free(l->out->error);
	l->out->error = sh_strdup("sh-repair was told to end before it could be proved");
}

/* The last look comes when it has held for long enough, not at the next turn of the pauses. */
static int64_t pause_of(int64_t pause, int64_t true_since, int64_t now, int64_t hold)
{
	int64_t left = true_since + hold - now;

	return true_since && left < pause ? left : pause;
}

static void poll_truth(struct look *l, int64_t hold, int64_t within)
{
	int64_t start = sh_clock_mono(), pause = FIRST_PAUSE, true_since = 0;
	enum sh_truth truth;

	for (;;) {
		int64_t now;

		truth = look_once(l);
		now = sh_clock_mono();
		if (truth != SH_TRUE)
			true_since = 0;
		else if (!true_since)
			true_since = now;
		if (true_since && now - true_since >= hold)
			break;
		/* What has just become true is given its hold, also when that ends after the deadline. */
		if (now - start >= within && !true_since)
			break;
		if (sh_halt_sleep(pause_of(pause, true_since, now, hold))) {
			halt(l);
			return;
		}
		pause = pause * 2 < LONGEST_PAUSE ? pause * 2 : LONGEST_PAUSE;
	}
	l->out->verified = truth == SH_TRUE  ? SH_VERIFIED_FIXED :
			   truth == SH_FALSE ? SH_VERIFIED_NOT_FIXED :
					       SH_VERIFIED_UNKNOWN;
}

void sh_verify(const struct sh_repairer *r, const struct sh_plan *plan, int64_t hold,
	       int64_t within, struct sh_proof *out)
{
	struct sh_error err = SH_ERROR_INIT;
	struct look l = { .r = r, .plan = plan, .arena = SH_ARENA_INIT, .out = out };

	memset(out, 0, sizeof(*out));
	out->verified = SH_VERIFIED_UNKNOWN;
	out->first_measured = out->measured_at = sh_clock_wall();
	if (!plan->verify || !plan->source) {
		out->error = sh_strdup("nothing says what to measure");
		return;
	}
	l.expr = sh_expr_parse(plan->verify, NULL, &err);
	if (!l.expr) {
		out->error = sh_strdup(err.text);
		return;
	}
	poll_truth(&l, hold, within);
	sh_expr_free(l.expr);
	sh_arena_release(&l.arena);
}

void sh_proof_release(struct sh_proof *p)
{
	json_decref(p->after);
	free(p->error);
	memset(p, 0, sizeof(*p));
}
