/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/check/wire.h"

/* Where a port may follow, an IPv6 address stands in brackets. */
static bool wants_brackets(enum sh_check_form form, const char *target)
{
	const char *colon = strchr(target, ':');

	return (form == SH_FORM_ADDRESS || form == SH_FORM_URL) && *target != '[' && colon &&
	       strchr(colon + 1, ':');
}

/* TEXT with the target for each {target}. The caller frees it. */
static char *put_target(const char *text, const char *target, enum sh_check_form form)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	bool brackets = wants_brackets(form, target);
	const char *at;

	for (; (at = strstr(text, SH_CHECK_TARGET)); text = at + strlen(SH_CHECK_TARGET)) {
		sh_buf_add(&out, text, (size_t)(at - text));
		sh_buf_addf(&out, brackets ? "[%s]" : "%s", target);
	}
	sh_buf_addstr(&out, text);
	return sh_buf_take(&out);
}

/* The check as declared, or a copy with its target in place. */
static int settle_target(struct sh_job_run *r, struct sh_error *err)
{
	const struct sh_check *k = r->job->check;
	enum sh_check_form form = sh_check_rows[k->kind].form;
	const char *target = r->job->target;
	size_t n = 0;

	r->check = *k;
	if (!target)
		return 0;
	if (k->address) {
		r->check.address = r->address = put_target(k->address, target, form);
		if (!sh_check_argument_fits(k->kind, r->address))
			return sh_error_set(err, SH_ERRC_CONFIG, "'%.80s' is not %s", r->address,
					    sh_check_argument_form(k->kind));
		return 0;
	}
	while (k->argv[n])
		n++;
	r->argv = sh_calloc(n + 1, sizeof(*r->argv));
	for (size_t i = 0; i < n; i++)
		r->argv[i] = put_target(k->argv[i], target, form);
	r->check.argv = r->argv;
	return 0;
}

static void run_probe(const void *arg, int fd)
{
	const struct sh_job_run *r = arg;
	struct sh_outcome out;

	sh_outcome_init(&out);
	r->way->probe(&r->check, r->begun + r->check.timeout, &out);
	if (sh_write_all(fd, &out, sizeof(out)) < 0)
		_exit(1);
}

/* What names the job among those whose children hang for good. */
static char *stuck_name(const struct sh_job *j)
{
	return sh_asprintf("%s:%s:%s:%s", j->type, j->name, j->label, j->target ? j->target : "");
}

static int start(struct sh_collect *c, struct sh_job_run *r, struct sh_error *err)
{
	const struct sh_check_way *way;
	SH_CLEANUP_FREE char *what = stuck_name(r->job);

	if (settle_target(r, err) < 0)
		return -1;
	way = r->way = sh_check_way_of(&r->check);
	r->wire = sh_wire_start(&r->check, r->begun + r->check.timeout, &r->outcome);
	if (r->wire)
		return 0;
	if ((way->start || way->probe) && sh_collect_is_stuck(c, what)) {
		r->hangs = r->child.timed_out = true;
		if (way->probe)
			sh_outcome_fail(&r->outcome, "still no answer");
		return 0;
	}
	if (way->start)
		return way->start(c, r, err);
	if (way->probe)
		return sh_bounded_start(&r->probe, run_probe, r, err);
	if (way->finish)
		return 0;
	return sh_error_set(err, SH_ERRC_UNAVAILABLE, "checks of the kind '%s' are not built in",
			    sh_check_rows[r->check.kind].name);
}

void sh_job_start(struct sh_collect *c, struct sh_job *j)
{
	struct sh_job_run *r = sh_calloc(1, sizeof(*r));

	j->run = r;
	r->job = j;
	r->check.kind = j->check->kind;
	r->begun = sh_clock_mono();
	sh_outcome_init(&r->outcome);
	r->ended = start(c, r, &r->failed) < 0 ||
		   (r->wire ? sh_wire_turn(r->wire, 0) : !r->probe.pid && !r->child.pid);
}

const char *const *sh_job_dims(const struct sh_job *j, const char *dims[SH_JOB_DIMS])
{
	size_t n = 0;

	if (j->label[0]) {
		dims[n++] = "check";
		dims[n++] = j->label;
	}
	if (j->target) {
		dims[n++] = "target";
		dims[n++] = j->target;
	}
	dims[n] = NULL;
	return n ? dims : NULL;
}

void sh_job_begin_sample(struct sh_collect *c, const struct sh_job *j, struct sh_sample_writer *w)
{
	const char *dims[SH_JOB_DIMS];

	sh_collect_begin(c, w, j->type, j->name, j->name, sh_job_dims(j, dims), NULL);
}

static void write_outcome(struct sh_collect *c, const struct sh_job *j)
{
	const struct sh_outcome *o = &j->run->outcome;
	struct sh_sample_writer w;

	sh_job_begin_sample(c, j, &w);
	sh_sample_group(&w, "check");
	sh_sample_number(&w, "ok", o->error[0] ? 0 : 1);
	sh_sample_number(&w, "time_ms", o->time_ms);
	for (size_t i = 0; i < o->n; i++)
		sh_sample_number(&w, o->metric[i].name, o->metric[i].value);
	if (o->error[0])
		sh_sample_text(&w, "error", o->error);
	sh_sample_end(&w);
}

static void end_probe(struct sh_collect *c, struct sh_job_run *r)
{
	SH_CLEANUP_FREE char *what = stuck_name(r->job);
	pid_t stuck;

	sh_bounded_finish(&r->probe, NULL, 0, 0, &stuck);
	sh_collect_note_stuck(c, what, stuck);
	if (r->got == sizeof(r->outcome))
		return;
	sh_outcome_init(&r->outcome);
	if (sh_clock_mono() - r->begun < r->check.timeout)
		sh_outcome_fail(&r->outcome, "the check itself died");
	else
		sh_outcome_fail(&r->outcome, "no answer within %d ms", (int)(r->check.timeout / SH_MS));
}

static void end_program(struct sh_collect *c, struct sh_job_run *r)
{
	SH_CLEANUP_FREE char *what = stuck_name(r->job);

	sh_collect_end_child(c, what, &r->child);
}

static void release(struct sh_collect *c, struct sh_job *j)
{
	struct sh_job_run *r = j->run;

	if (r && r->child.pid)
		end_program(c, r);
	if (r)
		sh_wire_free(r->wire);
	free(j->target);
	j->run = NULL;
	j->target = NULL;
	if (!r)
		return;
	for (const char **word = r->argv; word && *word; word++)
		free((void *)(uintptr_t)*word);
	free(r->argv);
	free(r->address);
	free(r);
}

void sh_job_finish(struct sh_collect *c, struct sh_job *j)
{
	struct sh_job_run *r = j->run;
	const struct sh_check_way *way = r->way;
	int rc = sh_error_is_set(&r->failed) ? -1 : 0;

	if (r->probe.pid)
		end_probe(c, r);
	if (rc == 0 && way->finish)
		rc = way->finish(c, r, &r->failed);
	if (rc < 0 && j->target)
		sh_error_prefix(&r->failed, "%s", j->target);
	if (rc < 0)
		sh_collect_fail(c, j->name, &r->failed);
	else if (rc == 0)
		write_outcome(c, j);
	release(c, j);
}

void sh_job_abandon(struct sh_collect *c, struct sh_job *j)
{
	struct sh_job_run *r = j->run;
	size_t keep = c->out.len;
	pid_t stuck;

	if (r && r->probe.pid)
		sh_bounded_finish(&r->probe, NULL, 0, 0, &stuck);
	if (r && r->child.pid) {
		sh_child_release(&r->child);
		/* It knows what it owns; what it makes of a program without a word is dropped. */
		if (r->way->finish && !sh_error_is_set(&r->failed))
			r->way->finish(c, r, &r->failed);
		c->out.len = keep;
		if (c->out.data)
			c->out.data[keep] = '\0';
	}
	release(c, j);
}
