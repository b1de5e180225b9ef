/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/scheduler.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "schedule/condition.h"
#include "schedule/notify.h"
#include "schedule/tell.h"
#include "schedule/trigger.h"

#define KEPT (400 * SH_DAY) /* of a task that is in no configuration; longer than a yearly one rests */

static int commit(struct sh_scheduler *s, struct sh_error *err)
{
	if (!s->stored)
		return 0;
	s->stored = false;
	return sh_state_commit(s->state, err);
}

static int store(void *arg, struct sh_item *i, struct sh_error *err)
{
	struct sh_scheduler *s = arg;

	s->stored = true;
	return sh_book_put(s->state, i->task->id, &i->last, err);
}

static int skip(void *arg, struct sh_item *i, const struct sh_skip *skip, struct sh_error *err)
{
	struct sh_scheduler *s = arg;
	struct sh_task r;

	sh_tell_begin(&r, s, i);
	r.due = skip->due;
	r.missed = skip->missed;
	r.skipped = sh_strdup(skip->word);
	r.reason = sh_strdup(skip->reason);
	if (sh_tell(s, &r, NULL, err) < 0)
		return -1;
	return store(arg, i, err);
}

static void cancel(void *arg, struct sh_item *i)
{
	struct sh_scheduler *s = arg;

	sh_jobs_cancel(&s->jobs, i);
}

/* What the task works on: itself, its target, or each file system with clean roots. */
static void find_targets(const struct sh_scheduler *s, struct sh_job *j)
{
	const struct sh_scheduled *t = j->item->task;

	j->target = sh_calloc(s->site->filesystems + 1, sizeof(*j->target));
	for (size_t i = 0; t->each_clean_root && i < s->site->filesystems; i++)
		if (s->site->filesystem[i].cleans)
			j->target[j->targets++] = sh_tell_entity("filesystem", s->site->filesystem[i].id, s->place.host);
	if (!t->each_clean_root)
		j->target[j->targets++] = t->target ? sh_asprintf("%s@%s", t->target, s->place.host) :
						      sh_tell_entity("task", t->id, s->place.host);
}

static int watch_child(struct sh_scheduler *s, const struct sh_child *c, struct sh_error *err)
{
	if (sh_alarm_add(&s->alarm, c->out, false, err) < 0 || sh_alarm_add(&s->alarm, c->err_fd, false, err) < 0 ||
	    sh_alarm_add(&s->alarm, c->pidfd, false, err) < 0)
		return -1;
	return sh_alarm_add(&s->alarm, c->in, true, err);
}

/*
 * Begin the target at hand: the child is there, then noted, then let go. That it cannot be
 * run is a failure of the task, found at the next turn; -1 is one of ours.
 */
static int begin_target(struct sh_scheduler *s, struct sh_job *j, struct sh_error *err)
{
	sh_error_clear(&j->problem);
	j->noted.child.pid = 0;
	if (j->at < j->targets) {
		j->is_running = sh_run_start(&j->run, &s->place, j->item->task, j->target[j->at], sh_tell_time(s),
					     &j->problem) == 0;
		if (!j->is_running)
			sh_run_release(&j->run);
		else
			j->noted.child = j->run.child.id;
	}
	if (sh_book_put(s->state, j->item->task->id, &j->item->last, err) < 0 ||
	    sh_book_put_run(s->state, j->item->task->id, &j->noted, err) < 0)
		return -1; /* what could not be noted could run again and again */
	s->stored = true;
	if (commit(s, err) < 0)
		return -1;
	if (!j->is_running)
		return 0;
	return sh_child_release_gate(&j->run.child, err) < 0 || watch_child(s, &j->run.child, err) < 0 ? -1 : 0;
}

static int start(void *arg, struct sh_item *i, const struct sh_start *start, struct sh_error *err)
{
	struct sh_scheduler *s = arg;
	struct sh_job *j = sh_calloc(1, sizeof(*j));

	j->item = i;
	j->pidfd = -1;
	j->missed = start->missed;
	j->brought = start->brought;
	/* Unique beside runs that an earlier scheduler left behind. */
	s->serial = start->now > s->serial ? start->now : s->serial + 1;
	j->noted = (struct sh_book_run){ .serial = s->serial, .started = start->now, .due = start->due,
					 .attempt = start->attempt };
	find_targets(s, j);
	sh_jobs_add(&s->jobs, j);
	return begin_target(s, j, err);
}

static bool allows(void *arg, struct sh_item *i, char *why, size_t len)
{
	return sh_condition_holds(arg, i, why, len);
}

static const struct sh_agenda_ops ops = { start, skip, store, cancel, allows };

int sh_scheduler_open(struct sh_scheduler *s, struct sh_error *err)
{
	sh_agenda_init(&s->agenda, s->schedule, s->place.host);
	s->agenda.ops = &ops;
	s->agenda.arg = s;
	s->agenda.places = s->places ? s->places : 1;
	for (size_t n = 0; n < s->schedule->n; n++) {
		struct sh_item *i = &s->agenda.item[n];
		int rc = sh_book_get(s->state, i->task->id, &i->last, err);

		if (rc < 0)
			return -1;
		i->known = rc > 0;
	}
	return 0;
}

void sh_scheduler_close(struct sh_scheduler *s)
{
	sh_jobs_release(&s->jobs);
	sh_trigger_release(s);
	json_decref(s->facts);
	sh_agenda_release(&s->agenda);
}

/*
 * What a run found may bring another task before its time. Only what runs by its own time
 * does so: tasks cannot call each other in a circle.
 */
static int trigger_others(struct sh_scheduler *s, const struct sh_job *j, struct sh_task *found,
			  struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	struct sh_record r = SH_RECORD_INIT;
	int rc;

	if (j->brought)
		return 0;
	sh_task_write(found, &line);
	rc = sh_record_view(&r, line.data, line.len - 1, s->place.host, found->time, err);
	if (rc == 0)
		rc = sh_trigger_record(s, &r, j->item, err);
	sh_record_release(&r);
	return rc;
}

/* The record of one target that has been worked on. */
static int tell_target(struct sh_scheduler *s, struct sh_job *j, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf others = SH_BUF_INIT, said = SH_BUF_INIT;
	struct sh_task r;

	sh_tell_run(&r, s, j);
	r.ended = r.time;
	if (j->adopted) {
		r.ended = 0;
		r.error = sh_strdup("interrupted: the scheduler ended before the task did; "
				    "it runs again when it is next due");
	} else if (sh_error_is_set(&j->problem)) {
		r.error = sh_strdup(j->problem.text);
	} else if (j->at == j->targets) {
		r.success = true;
		r.reason = sh_strdup("the site declares no file system with clean roots");
	} else {
		if (strcmp(j->target[j->at], r.entity) != 0)
			r.target = sh_strdup(j->target[j->at]);
		sh_run_take(&j->run, &s->place, r.time, &r, &others, &said);
		if (j->cancelled && !r.success) {
			free(r.error);
			r.error = sh_strdup("cancelled: it was due again");
		}
	}
	j->failed = j->failed || !r.success;
	if (said.len && s->say)
		s->say(s->arg, j->item->task->id, sh_buf_str(&said));
	if (trigger_others(s, j, &r, err) < 0) {
		sh_task_release(&r);
		return -1;
	}
	return sh_tell(s, &r, &others, err);
}

static int end_job(struct sh_scheduler *s, struct sh_job *j, struct sh_error *err)
{
	int64_t now = sh_tell_time(s), started = j->noted.started;
	bool success = !j->failed, retry = !j->cancelled;
	struct sh_item *i = j->item;

	s->ran++;
	s->failed += j->failed;
	if (sh_book_end_run(s->state, i->task->id, j->noted.serial, err) < 0)
		return -1;
	s->stored = true;
	sh_jobs_remove(&s->jobs, j);
	if (sh_agenda_ended(&s->agenda, i, success, retry, started, now, err) < 0)
		return -1;
	return commit(s, err);
}

/* Whether the job at hand has news: a child that ended, or none that could begin. */
static bool has_ended(struct sh_job *j)
{
	if (j->is_running)
		return sh_child_turn(&j->run.child);
	return !j->adopted || !sh_process_is_alive(&j->noted.child);
}

static int turn_jobs(struct sh_scheduler *s, struct sh_error *err)
{
	for (size_t k = 0; k < s->jobs.n;) {
		struct sh_job *j = s->jobs.job[k];

		if (!has_ended(j)) {
			k++;
			continue;
		}
		if (tell_target(s, j, err) < 0)
			return -1;
		if (j->is_running)
			sh_run_release(&j->run);
		j->is_running = false;
		j->at++;
		if (!j->adopted && j->at < j->targets && !j->cancelled) {
			if (begin_target(s, j, err) < 0)
				return -1;
		} else if (end_job(s, j, err) < 0) {
			return -1;
		}
	}
	return 0;
}

struct adoption {
	struct sh_scheduler *s;
	struct sh_error *err;
	int rc;
};

/* A run of an earlier scheduler. Of a task that is no more, nothing is told. */
static int adopt(void *arg, const char *id, const struct sh_book_run *run)
{
	struct adoption *a = arg;
	struct sh_scheduler *s = a->s;
	const struct sh_scheduled *t = sh_schedule_find(s->schedule, id);
	struct sh_job *j;

	if (!t)
		return 0;
	j = sh_calloc(1, sizeof(*j));
	j->item = &s->agenda.item[t - s->schedule->task];
	j->noted = *run;
	j->adopted = true;
	j->pidfd = run->child.pid > 0 && sh_process_is_alive(&run->child) ?
			   (int)syscall(SYS_pidfd_open, run->child.pid, 0) : -1;
	sh_jobs_add(&s->jobs, j);
	sh_agenda_adopt(&s->agenda, j->item);
	if (run->serial > s->serial)
		s->serial = run->serial;
	a->rc = sh_alarm_add(&s->alarm, j->pidfd, false, a->err);
	return a->rc;
}

static bool is_there(void *arg, const char *id)
{
	const struct sh_scheduler *s = arg;

	return sh_schedule_find(s->schedule, id) != NULL;
}

/* What the configuration has no more, and had no more for long, is forgotten. */
static int prune(struct sh_scheduler *s, struct sh_error *err)
{
	int rc = sh_book_prune(s->state, is_there, s, sh_tell_time(s) - KEPT, err);

	s->stored = s->stored || rc > 0;
	return rc < 0 ? -1 : 0;
}

int sh_scheduler_begin(struct sh_scheduler *s, struct sh_error *err)
{
	struct adoption a = { s, err, 0 };

	if (sh_alarm_init(&s->alarm, err) < 0 || prune(s, err) < 0)
		return -1;
	if (sh_book_each_run(s->state, adopt, &a, err) < 0 || a.rc < 0)
		return -1;
	if (turn_jobs(s, err) < 0 || sh_agenda_open(&s->agenda, sh_tell_time(s), err) < 0 ||
	    sh_trigger_watch(s, err) < 0)
		return -1;
	return commit(s, err);
}

/* When to look after children, or to give a sign of life, at the latest; gives one when it is time. */
static int64_t boot_until(struct sh_scheduler *s)
{
	int64_t until = sh_jobs_until(&s->jobs), now;

	if (!s->watchdog)
		return until;
	now = sh_clock_mono();
	if (now >= s->alive + s->watchdog) {
		sh_notify("WATCHDOG=1");
		s->alive = now;
	}
	return until && until < s->alive + s->watchdog ? until : s->alive + s->watchdog;
}

static int sleep_on(struct sh_scheduler *s, int64_t until, struct sh_error *err)
{
	if (sh_alarm_set(&s->alarm, until, boot_until(s), err) < 0)
		return -1;
	return sh_alarm_wait(&s->alarm, err);
}

/* Begin nothing more, and wait for what runs. */
static int finish(struct sh_scheduler *s, struct sh_error *err)
{
	for (;;) {
		if (turn_jobs(s, err) < 0)
			return -1;
		if (!s->jobs.n)
			return commit(s, err);
		if (sleep_on(s, INT64_MAX, err) < 0)
			return -1;
		sh_alarm_is_stop(&s->alarm); /* known by now */
	}
}

int sh_scheduler_record(struct sh_scheduler *s, const struct sh_record *r, struct sh_error *err)
{
	if (sh_trigger_record(s, r, NULL, err) < 0)
		return -1;
	return commit(s, err);
}

int sh_scheduler_turn(struct sh_scheduler *s, struct sh_error *err)
{
	int64_t next, rest;

	sh_alarm_heard(&s->alarm);
	if (turn_jobs(s, err) < 0)
		return -1;
	s->stopping = s->stopping || sh_alarm_is_stop(&s->alarm) || s->out->broken;
	if (s->stopping)
		return 0;
	if (sh_trigger_turn(s, sh_tell_time(s), err) < 0 ||
	    sh_agenda_wake(&s->agenda, sh_tell_time(s), err) < 0 || commit(s, err) < 0)
		return -1;
	next = sh_agenda_next(&s->agenda);
	rest = sh_trigger_until(s);
	return sh_alarm_set(&s->alarm, rest < next ? rest : next, boot_until(s), err);
}

void sh_scheduler_ready(struct sh_scheduler *s)
{
	s->agenda.spreads = true;
	s->watchdog = sh_notify_interval();
	sh_notify("READY=1");
}

int sh_scheduler_watch(struct sh_scheduler *s, struct sh_error *err)
{
	sh_scheduler_ready(s);
	while (!s->stopping) {
		if (sh_scheduler_turn(s, err) < 0 || (!s->stopping && sh_alarm_wait(&s->alarm, err) < 0))
			return -1;
	}
	sh_notify("STOPPING=1");
	return finish(s, err);
}

/* At one instant: what becomes due while others run is for the next time. */
int sh_scheduler_once(struct sh_scheduler *s, struct sh_error *err)
{
	int64_t now = sh_tell_time(s);

	for (;;) {
		s->stopping = s->stopping || sh_alarm_is_stop(&s->alarm) || s->out->broken;
		if (s->stopping)
			return finish(s, err);
		if (turn_jobs(s, err) < 0 || sh_agenda_wake(&s->agenda, now, err) < 0 || commit(s, err) < 0)
			return -1;
		if (!s->jobs.n)
			return 0;
		if (sleep_on(s, INT64_MAX, err) < 0)
			return -1;
	}
}

int sh_scheduler_run(struct sh_scheduler *s, const struct sh_scheduled *task, struct sh_error *err)
{
	struct sh_item *i = &s->agenda.item[task - s->schedule->task];

	/* What an earlier scheduler began of it comes first. */
	if (finish(s, err) < 0 || sh_agenda_force(&s->agenda, i, sh_tell_time(s), err) < 0)
		return -1;
	s->failed = 0;
	return finish(s, err);
}
