/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "record/barrier.h"

#define SAVE_EVERY (10 * SH_SEC)
#define HOLD_TIME  SH_MIN
/* Records between two looks at the clock while there is input all the time. */
#define LOOK_EVERY 64
#define HOLD_BYTES ((size_t)64 << 20)

/* Writing stored batches again. */
struct rewriting {
	struct sh_journal *j;
	struct sh_error *err;
	int rc;
};

/* What it said cannot be known; its barrier goes out all the same, or the feeder would wait for ever. */
static int lose_batch(struct rewriting *w, uint64_t seq)
{
	struct sh_error lost = SH_ERROR_INIT;

	sh_error_set_(&lost, SH_ERRC_STATE, 0,
		      "the stored output of barrier %" PRIu64 " was damaged: it is lost, what is left of it is kept "
		      "in the state as '" SH_OUTBOX_ASIDE "'", seq);
	if (w->j->damaged)
		w->j->damaged(w->j->arg, &lost);
	return sh_outbox_set_aside(w->j->state, seq, w->err);
}

static int rewrite_batch(void *arg, uint64_t seq, const void *lines, size_t len)
{
	struct rewriting *w = arg;
	SH_CLEANUP_BUF struct sh_buf barrier = SH_BUF_INIT;

	if (!lines)
		w->rc = lose_batch(w, seq);
	sh_barrier_write(&barrier, seq, w->j->acked, sh_clock_wall());
	if (len)
		sh_writer_lines(w->j->out, lines, len);
	sh_writer_lines(w->j->out, barrier.data, barrier.len);
	return w->rc;
}

static int rewrite_batches(struct sh_journal *j, struct sh_error *err)
{
	struct rewriting w = { j, err, 0 };

	if (sh_outbox_each(j->state, j->acked, rewrite_batch, &w, err) < 0 || w.rc < 0)
		return -1;
	return sh_state_commit(j->state, err);
}

int sh_journal_start(struct sh_journal *j, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf resume = SH_BUF_INIT;

	j->saved = j->started = sh_clock_mono();
	j->barriers = j->state != NULL;
	if (!j->state || sh_outbox_position(j->state, &j->seq, &j->acked, err) < 0)
		return j->state ? -1 : 0;
	j->placed = j->seq == 0;
	if (j->seq == 0)
		return 0;
	sh_resume_write(&resume, j->program, j->seq, j->acked);
	sh_writer_lines(j->out, resume.data, resume.len);
	if (rewrite_batches(j, err) < 0)
		return -1;
	return sh_writer_flush(j->out, err);
}

void sh_journal_lines(struct sh_journal *j, const char *data, size_t len)
{
	sh_writer_lines(j->out, data, len);
	if (j->barriers)
		sh_buf_add(&j->batch, data, len);
}

void sh_journal_forward(struct sh_journal *j, const struct sh_record *r)
{
	sh_writer_line(j->out, r->line.p, r->line.len);
	if (!j->barriers)
		return;
	sh_buf_add(&j->batch, r->line.p, r->line.len);
	sh_buf_addch(&j->batch, '\n');
}

/* A child that saved is done, and the database ours. */
static int take_over(struct sh_journal *j, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;

	if (sh_checkpoint_end(&j->checkpoint, true, &why) < 0)
		j->unsaved(j->arg, &why);
	return sh_state_wake(j->state, err);
}

static int save(struct sh_journal *j, struct sh_error *err)
{
	j->saved = sh_clock_mono();
	if (take_over(j, err) < 0)
		return -1;
	return j->save(j->arg, j->state, err);
}

/* The stream rejects a bad record that it hands over; what was held is handed over here. */
static int bad_held(struct sh_stream *s, struct sh_span line, struct sh_error *err)
{
	if (err->code != SH_ERRC_INPUT)
		return -1;
	s->bad++;
	if (s->reject) {
		fwrite(line.p, 1, line.len, s->reject);
		fputc('\n', s->reject);
	}
	if (s->strict)
		return -1;
	if (s->ops.bad)
		s->ops.bad(s->ops.bad_arg, "held record", s->bad, err);
	sh_error_clear(err);
	return 0;
}

/* Give held lines to the program, as if they came now. */
static int replay_held(struct sh_journal *j, struct sh_stream *s, struct sh_error *err)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_buf held = j->held;
	char *line = held.data, *end;
	int rc = 0;

	sh_buf_init(&j->held);
	for (; line && rc == 0 && (end = memchr(line, '\n', held.len - (size_t)(line - held.data)));
	     line = end + 1) {
		int64_t now = s->now ? s->now : sh_clock_wall();

		rc = sh_record_view(&r, line, (size_t)(end - line), s->local_host, now, err);
		if (rc == 0)
			rc = s->ops.record(s->ops.arg, s, &r, err);
		if (rc < 0)
			rc = bad_held(s, (struct sh_span){ line, (size_t)(end - line) }, err);
	}
	sh_record_release(&r);
	sh_buf_release(&held);
	return rc;
}

static int store_barrier(struct sh_journal *j, const struct sh_record *r, uint64_t seq,
			 uint64_t acked, struct sh_error *err)
{
	if (j->state) {
		if (save(j, err) < 0 ||
		    sh_outbox_store(j->state, seq, acked, j->batch.data, j->batch.len, err) < 0 ||
		    sh_state_commit(j->state, err) < 0)
			return -1;
		j->seq = seq;
		j->acked = acked;
		sh_buf_clear(&j->batch);
	}
	sh_writer_line(j->out, r->line.p, r->line.len);
	return sh_writer_flush(j->out, err);
}

static int on_barrier(struct sh_journal *j, struct sh_stream *s, const struct sh_record *r,
		      struct sh_error *err)
{
	bool first = !j->placed;
	uint64_t seq, acked;

	if (sh_barrier_read(r, &seq, &acked, err) < 0)
		return -1;
	if (!j->state && j->state_wanted)
		return sh_error_set(err, SH_ERRC_STATE, "barrier %" PRIu64 " cannot be stored", seq);
	j->in_use = true;
	j->barriers = j->state != NULL;
	if (j->state && seq <= j->seq) {
		/* All before it is stored, and its output has just been written again. */
		sh_buf_clear(&j->held);
		j->placed = seq == j->seq;
		return SH_JOURNAL_DONE;
	}
	j->placed = true;
	if (first && replay_held(j, s, err) < 0)
		return -1;
	return store_barrier(j, r, seq, acked, err) < 0 ? -1 : SH_JOURNAL_DONE;
}

int sh_journal_record(struct sh_journal *j, struct sh_stream *s, const struct sh_record *r,
		      struct sh_error *err)
{
	if (r->kind == SH_KIND_BARRIER)
		return on_barrier(j, s, r, err);
	/* Who wants no wait does not want to pay for the time of each record either. */
	if (!j->state || (j->placed && j->given && ++j->looked % LOOK_EVERY))
		return SH_JOURNAL_PROCESS;
	if (j->placed)
		return sh_journal_tick(j, s, err) < 0 ? -1 : SH_JOURNAL_PROCESS;
	sh_buf_add(&j->held, r->line.p, r->line.len);
	sh_buf_addch(&j->held, '\n');
	return sh_journal_tick(j, s, err) < 0 ? -1 : SH_JOURNAL_DONE;
}

static int save_now(struct sh_journal *j, struct sh_error *err)
{
	/* Output before state: what was not written must be decided again. */
	if (sh_writer_flush(j->out, err) < 0 || save(j, err) < 0)
		return -1;
	return sh_state_commit(j->state, err);
}

/*
 * The next save, by a child. The output that the state has behind it is flushed first.
 * While the last child is still at work there is none.
 */
static int save_apart(struct sh_journal *j, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;
	int ended = sh_checkpoint_end(&j->checkpoint, false, &why);

	j->saved = sh_clock_mono();
	if (ended < 0)
		j->unsaved(j->arg, &why);
	if (ended == 0)
		return 0;
	if (sh_writer_flush(j->out, err) < 0)
		return -1;
	sh_error_clear(&why);
	if (sh_checkpoint_start(&j->checkpoint, j->state, j->save, j->arg, &why) < 0)
		j->unsaved(j->arg, &why);
	else
		j->given(j->arg);
	return 0;
}

static int stop_holding(struct sh_journal *j, struct sh_stream *s, struct sh_error *err)
{
	if (j->held.len < HOLD_BYTES && sh_clock_mono() - j->started < HOLD_TIME)
		return 0;
	j->placed = true;
	return replay_held(j, s, err);
}

int sh_journal_tick(struct sh_journal *j, struct sh_stream *s, struct sh_error *err)
{
	struct sh_error own = SH_ERROR_INIT;

	if (!j->state || j->in_use)
		return 0;
	if (!j->placed)
		return stop_holding(j, s, err);
	if (sh_clock_mono() - j->saved < SAVE_EVERY)
		return 0;
	j->barriers = false; /* none came: nobody will acknowledge a batch */
	sh_buf_release(&j->batch);
	if (j->given)
		return save_apart(j, err);
	if (!j->unsaved)
		return save_now(j, err);
	if (save_now(j, &own) < 0)
		j->unsaved(j->arg, &own);
	return 0;
}

int sh_journal_end(struct sh_journal *j, struct sh_stream *s, struct sh_error *err)
{
	if (!j->placed && j->held.len) {
		j->placed = true;
		if (replay_held(j, s, err) < 0)
			return -1;
	}
	if (!j->state)
		return sh_writer_flush(j->out, err);
	/* After barriers an unfinished batch belongs to nobody: it will come again. */
	if (j->in_use && j->batch.len)
		return sh_writer_flush(j->out, err);
	return save_now(j, err);
}

void sh_journal_release(struct sh_journal *j)
{
	struct sh_error ignored = SH_ERROR_INIT;

	sh_checkpoint_end(&j->checkpoint, true, &ignored);
	sh_buf_release(&j->batch);
	sh_buf_release(&j->held);
}
