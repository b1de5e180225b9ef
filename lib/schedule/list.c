/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "schedule/scheduler.h"
#include "schedule/tell.h"

struct row {
	const struct sh_item *item;
	struct sh_turn turn;
	int64_t at; /* when it would begin; INT64_MAX: not by time */
	int64_t open;
};

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

static struct row look_at(const struct sh_scheduler *s, struct sh_item *i, int64_t now)
{
	const struct sh_scheduled *t = i->task;
	struct row row = { .item = i };

	/* What was never seen begins as the first run would find it. */
	if (!i->known && !(t->timed && t->when.kind == SH_WHEN_EVERY))
		i->last.after = now;
	sh_due_anchor(t, &i->last, now);
	row.turn = sh_agenda_turn(&s->agenda, i, now);
	row.at = row.turn.what == SH_TURN_WAIT ? row.turn.at : row.turn.due;
	if (row.turn.what == SH_TURN_WAIT && i->last.retry && i->last.retry < row.at)
		row.at = row.turn.due = i->last.retry;
	row.open = sh_hours_open(&t->allow, &t->block, row.at > now ? row.at : now);
	return row;
}

static char *reason_of(const struct row *row, int64_t now)
{
	const struct sh_scheduled *t = row->item->task;
	char when[SH_TIME_TEXT];

	if (row->turn.what == SH_TURN_SKIP)
		return sh_asprintf("missed: %" PRId64 " due times will be passed over", row->turn.missed + 1);
	if (row->item->last.queued)
		return sh_strdup("asked for, and waits for its turn");
	if (row->item->last.retry)
		return sh_asprintf("attempt %" PRId64 " of %" PRId64 " after a failure", row->item->last.attempt + 1,
				   t->retry.attempts);
	if (row->at == INT64_MAX)
		return sh_strdup(t->afters ? "when the tasks before it have succeeded" :
				 t->trigger ? "when a record asks for it" : t->paths ? "when a file changes" : "never again");
	if (row->open > row->at && row->open > now) {
		sh_time_format(when, row->open);
		return row->open == INT64_MAX ? sh_strdup("it may never run") :
						sh_asprintf("it may not run before %s", when);
	}
	if (row->turn.missed)
		return sh_asprintf("made up for: %" PRId64 " due times in one", row->turn.missed + 1);
	return NULL;
}

static void write_row(const struct sh_scheduler *s, const struct row *row, int64_t now)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	struct sh_task r;

	sh_tell_begin(&r, s, row->item);
	r.due = row->turn.due == INT64_MAX ? 0 : row->turn.due;
	r.missed = row->turn.what == SH_TURN_WAIT ? 0 : row->turn.missed;
	r.reason = reason_of(row, now);
	sh_task_write(&r, &line);
	sh_writer_lines(s->out, line.data, line.len);
	sh_task_release(&r);
}

int sh_scheduler_list(struct sh_scheduler *s, size_t max, struct sh_error *err)
{
	size_t n = s->schedule->n;
	SH_CLEANUP_FREE struct row *row = sh_calloc(n + 1, sizeof(*row));
	int64_t now = sh_tell_time(s);

	for (size_t i = 0; i < n; i++)
		row[i] = look_at(s, &s->agenda.item[i], now);
	if (n)
		qsort(row, n, sizeof(*row), by_time);
	for (size_t i = 0; i < n && i < max; i++)
		write_row(s, &row[i], now);
	return sh_writer_flush(s->out, err);
}
