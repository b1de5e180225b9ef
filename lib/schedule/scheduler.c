/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/entity.h"
#include "record/task.h"
#include "schedule/book.h"

struct due {
	const struct sh_scheduled *task;
	struct sh_last last;
	int64_t at;
};

static int64_t time_of(const struct sh_scheduler *s)
{
	return s->now ? s->now : sh_clock_wall();
}

static char *make_entity(const char *type, const char *name, const char *host)
{
	struct sh_buf text = SH_BUF_INIT;

	sh_entity_add(&text, type, name, host);
	return sh_buf_take(&text);
}

static void begin_record(struct sh_task *r, const struct sh_scheduler *s,
			 const struct sh_scheduled *t, const struct sh_last *last)
{
	sh_task_init(r);
	r->time = time_of(s);
	r->host = sh_strdup(s->place.host);
	r->entity = make_entity("task", t->id, s->place.host);
	r->task = sh_strdup(t->id);
	r->schedule = sh_strdup(t->schedule);
	r->last_started = last->started;
	r->last_success = last->success;
}

static int write_record(struct sh_scheduler *s, const struct sh_task *r, const struct sh_buf *others,
			struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	if (others && others->len)
		sh_writer_lines(s->out, others->data, others->len);
	sh_task_write(r, &line);
	sh_writer_lines(s->out, line.data, line.len);
	return sh_writer_flush(s->out, err);
}

/* In the order in which they become due; of the same time, in file order. */
static int by_due(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

static int sort_due(const struct sh_scheduler *s, int64_t now, struct due **out,
		    struct sh_error *err)
{
	const struct sh_schedule *all = s->schedule;
	struct due *list = sh_calloc(all->n + 1, sizeof(*list));

	for (size_t i = 0; i < all->n; i++) {
		list[i].task = &all->task[i];
		if (sh_book_get(s->state, all->task[i].id, &list[i].last, err) < 0) {
			free(list);
			return -1;
		}
		list[i].at = sh_due(&list[i].last, all->task[i].every, now);
	}
	if (all->n)
		qsort(list, all->n, sizeof(*list), by_due);
	*out = list;
	return 0;
}

int sh_scheduler_settle(struct sh_scheduler *s, struct sh_error *err)
{
	for (size_t i = 0; i < s->schedule->n; i++) {
		const struct sh_scheduled *t = &s->schedule->task[i];
		struct sh_last last;
		struct sh_task r;
		int rc;

		if (sh_book_get(s->state, t->id, &last, err) < 0)
			return -1;
		if (!last.running)
			continue;
		begin_record(&r, s, t, &last);
		r.ran = true;
		r.due = last.due;
		r.started = last.started;
		r.error = sh_strdup("interrupted: the scheduler ended before the task did; "
				    "it runs again when it is next due");
		rc = write_record(s, &r, NULL, err);
		sh_task_release(&r);
		last.running = false;
		last.failures++;
		s->failed++;
		if (rc < 0 || sh_book_put(s->state, t->id, &last, err) < 0)
			return -1;
	}
	return 0;
}

/* One target of a task; its record is written. Returns whether it succeeded in *SUCCESS. */
static int run_target(struct sh_scheduler *s, const struct due *d, int64_t started,
		      const char *target, bool *success, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf others = SH_BUF_INIT, said = SH_BUF_INIT;
	struct sh_task r;
	int rc;

	begin_record(&r, s, d->task, &d->last);
	r.ran = true;
	r.due = d->at;
	r.started = started;
	if (strcmp(target, r.entity) != 0)
		r.target = sh_strdup(target);
	sh_run(&s->place, d->task, target, time_of(s), &r, &others, &said);
	r.ended = r.time = time_of(s);
	*success = r.success;
	if (said.len && s->say)
		s->say(s->arg, d->task->id, sh_buf_str(&said));
	rc = write_record(s, &r, &others, err);
	sh_task_release(&r);
	return rc;
}

static int report_nothing(struct sh_scheduler *s, const struct due *d, int64_t started,
			  struct sh_error *err)
{
	struct sh_task r;
	int rc;

	begin_record(&r, s, d->task, &d->last);
	r.ran = r.success = true;
	r.due = d->at;
	r.started = started;
	r.ended = r.time = time_of(s);
	r.reason = sh_strdup("the site declares no file system with clean roots");
	rc = write_record(s, &r, NULL, err);
	sh_task_release(&r);
	return rc;
}

/* One after the other; that one fails does not keep the others from their turn. */
static int run_each_clean_root(struct sh_scheduler *s, const struct due *d, int64_t started,
			       bool *success, struct sh_error *err)
{
	size_t found = 0;

	for (size_t i = 0; i < s->site->filesystems; i++) {
		const struct sh_filesystem *fs = &s->site->filesystem[i];
		SH_CLEANUP_FREE char *target = make_entity("filesystem", fs->id, s->place.host);
		bool good = false;

		if (!fs->cleans)
			continue;
		found++;
		if (run_target(s, d, started, target, &good, err) < 0)
			return -1;
		*success = *success && good;
	}
	return found ? 0 : report_nothing(s, d, started, err);
}

static int run_targets(struct sh_scheduler *s, const struct due *d, int64_t started, bool *success,
		       struct sh_error *err)
{
	SH_CLEANUP_FREE char *target = NULL;

	*success = true;
	if (d->task->each_clean_root)
		return run_each_clean_root(s, d, started, success, err);
	target = d->task->target ? sh_asprintf("%s@%s", d->task->target, s->place.host) :
				   make_entity("task", d->task->id, s->place.host);
	return run_target(s, d, started, target, success, err);
}

static int run(struct sh_scheduler *s, const struct due *d, struct sh_error *err)
{
	int64_t started = time_of(s);
	struct sh_last last = d->last;
	bool success = false;

	last.started = started;
	last.due = d->at;
	last.running = true;
	if (sh_book_put(s->state, d->task->id, &last, err) < 0)
		return -1; /* what could not be noted could run again and again */
	if (run_targets(s, d, started, &success, err) < 0)
		return -1;
	s->ran++;
	s->failed += !success;
	last.running = false;
	last.ended = time_of(s);
	last.success = success ? started : last.success;
	last.failures = success ? 0 : last.failures + 1;
	return sh_book_put(s->state, d->task->id, &last, err);
}

static bool is_stopped(const struct sh_scheduler *s)
{
	return (s->alarm && sh_alarm_is_stop(s->alarm)) || s->out->broken;
}

int sh_scheduler_run_due(struct sh_scheduler *s, struct sh_error *err)
{
	int64_t now = time_of(s);
	struct due *list;
	int rc = 0;

	if (sort_due(s, now, &list, err) < 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < s->schedule->n && list[i].at <= now && !is_stopped(s); i++)
		rc = run(s, &list[i], err);
	free(list);
	return rc;
}

int sh_scheduler_run(struct sh_scheduler *s, const struct sh_scheduled *task, struct sh_error *err)
{
	struct due d = { .task = task, .at = time_of(s) };

	if (sh_book_get(s->state, task->id, &d.last, err) < 0)
		return -1;
	return run(s, &d, err);
}

int sh_scheduler_next(const struct sh_scheduler *s, int64_t *next, struct sh_error *err)
{
	struct due *list;

	if (sort_due(s, time_of(s), &list, err) < 0)
		return -1;
	*next = s->schedule->n ? list[0].at : INT64_MAX;
	free(list);
	return 0;
}

int sh_scheduler_list(const struct sh_scheduler *s, size_t max, struct sh_error *err)
{
	struct due *list;

	if (sort_due(s, time_of(s), &list, err) < 0)
		return -1;
	for (size_t i = 0; i < s->schedule->n && i < max; i++) {
		SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
		struct sh_task r;

		begin_record(&r, s, list[i].task, &list[i].last);
		r.due = list[i].at;
		sh_task_write(&r, &line);
		sh_writer_lines(s->out, line.data, line.len);
		sh_task_release(&r);
	}
	free(list);
	return sh_writer_flush(s->out, err);
}
