/* SPDX-License-Identifier: MIT */
/* Logs that are followed: their entries, and how much was read. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/check/wanted.h"
#include "collect/check/ways.h"
#include "collect/format/format.h"
#include "collect/log/followed.h"

/* What the lines of a round need. */
struct reading {
	struct sh_collect *c;
	const struct sh_job *job;
	const struct sh_check *check;
	struct sh_import in;
	struct sh_error failed; /* of the last line that was not understood */
	struct sh_wanted wanted;
};

static void report(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	struct reading *r = arg;

	(void)file;
	(void)line;
	if (!sh_error_is_set(&r->failed))
		r->failed = *err;
}

static void take_line(void *arg, const char *path, struct sh_span line, bool cut)
{
	struct reading *r = arg;

	if (!(r->in.format->flags & SH_FORMAT_ENTRIES) && !sh_wanted(&r->wanted, line))
		return;
	r->in.file = path;
	r->in.cut = cut;
	sh_import_line(&r->in, line);
	r->in.cut = false;
}

static void end_file(void *arg)
{
	struct reading *r = arg;

	sh_import_end(&r->in);
	if (!sh_error_is_set(&r->failed))
		return;
	sh_error_prefix(&r->failed, "%s", r->in.file);
	sh_collect_fail(r->c, r->job->name, &r->failed);
}

static void tell(void *arg, const char *text)
{
	const struct reading *r = arg;

	sh_notice_write(&r->c->out, r->c->host, sh_collect_time(r->c), "medium", text, NULL);
}

static void fail(void *arg, struct sh_error *err)
{
	const struct reading *r = arg;

	sh_collect_fail(r->c, r->job->name, err);
}

static void write_sample(struct sh_collect *c, const struct sh_job *j, const struct sh_follow *f,
			 const char *key)
{
	const uint64_t total[] = { f->lines, f->bytes };
	uint64_t delta[2];
	double seconds;
	struct sh_sample_writer w;

	sh_job_begin_sample(c, j, &w);
	sh_sample_group(&w, "log");
	sh_sample_number(&w, "files", (double)f->files);
	if (sh_counters_delta(c->counters, key, total, 2, delta, &seconds)) {
		sh_sample_number(&w, "lines", (double)delta[0] / seconds);
		sh_sample_number(&w, "bytes", (double)delta[1] / seconds);
	}
	sh_sample_number(&w, "behind_bytes", (double)f->behind);
	sh_sample_number(&w, "skipped_bytes", (double)f->skipped);
	sh_sample_end(&w);
}

int sh_check_log_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	const struct sh_check *k = &run->check;
	SH_CLEANUP_FREE char *key = sh_asprintf("%s:%s:%s:%s", run->job->type, run->job->name,
						run->job->label, k->address);
	SH_CLEANUP_FREE char *entity = sh_asprintf("%s:%s", run->job->type, run->job->name);
	struct reading r = { .c = c, .job = run->job, .check = k };
	const struct sh_follow_ops ops = { take_line, end_file, tell, fail, &r };
	struct sh_follow *f = sh_followed(&c->followed, key, k->address);

	sh_wanted_init(&r.wanted, k);
	r.in = (struct sh_import){ .c = c, .format = sh_format_find(k->format), .entity = entity,
				   .target = run->job->name, .report = report, .report_arg = &r,
				   .wants = sh_wanted, .wants_arg = &r.wanted,
				   .own_host = !strcmp(run->job->type, "service") };
	f->from_start = k->from && !strcmp(k->from, "start");
	f->max_behind = k->max_behind == SH_CHECK_UNSET ? 0 : (uint64_t)k->max_behind;
	if (r.in.format) {
		sh_follow_round(f, &ops);
		write_sample(c, run->job, f, key);
	} else {
		sh_error_set(err, SH_ERRC_CONFIG, "there is no format '%s'", k->format);
	}
	sh_wanted_release(&r.wanted);
	return sh_error_is_set(err) ? -1 : 1;
}
