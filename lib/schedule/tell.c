/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/tell.h"

#include "base/clock.h"
#include "base/mem.h"
#include "record/entity.h"

int64_t sh_tell_time(const struct sh_scheduler *s)
{
	return s->now ? s->now : sh_clock_wall();
}

char *sh_tell_entity(const char *type, const char *name, const char *host)
{
	struct sh_buf text = SH_BUF_INIT;

	sh_entity_add(&text, type, name, host);
	return sh_buf_take(&text);
}

/* What makes a task run, in a few words. */
static const char *cause_of(const struct sh_scheduled *t)
{
	if (t->schedule)
		return t->schedule;
	return t->afters ? "after others" : t->trigger ? "on a record" : "on a change";
}

void sh_tell_begin(struct sh_task *r, const struct sh_scheduler *s, const struct sh_item *i)
{
	sh_task_init(r);
	r->time = sh_tell_time(s);
	r->host = sh_strdup(s->place.host);
	r->entity = sh_tell_entity("task", i->task->id, s->place.host);
	r->task = sh_strdup(i->task->id);
	r->schedule = sh_strdup(cause_of(i->task));
	r->last_started = i->last.started;
	r->last_success = i->last.success;
	r->failures = i->last.failures;
}

void sh_tell_run(struct sh_task *r, const struct sh_scheduler *s, const struct sh_job *j)
{
	sh_tell_begin(r, s, j->item);
	r->ran = true;
	r->due = j->noted.due;
	r->started = j->noted.started;
	r->missed = j->missed;
	r->attempt = j->noted.attempt > 1 ? j->noted.attempt : 0;
}

int sh_tell(struct sh_scheduler *s, struct sh_task *r, const struct sh_buf *others, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	if (others && others->len)
		sh_writer_lines(s->out, others->data, others->len);
	sh_task_write(r, &line);
	sh_task_release(r);
	sh_writer_lines(s->out, line.data, line.len);
	return sh_writer_flush(s->out, err);
}
