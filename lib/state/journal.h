/* SPDX-License-Identifier: MIT */
/*
 * journal - when a filter's state and output become durable
 *
 * Barriers (DESIGN 3): on a barrier the state and the output since the last one
 * are stored in one transaction, then flushed, then the barrier goes on. On start
 * a resume record tells the feeder where we are, stored batches that were not
 * acknowledged are written again, and input up to the stored barrier is dropped.
 * Records that come before the first barrier of a run cannot be placed until it
 * arrives; they are held when an earlier run used barriers. Where none arrives for
 * a minute, or 64 MiB are held, nobody feeds by barriers any more and all goes on.
 *
 * Without barriers the state is saved at the end of input and every 10 s, output
 * before state.
 */
#ifndef SH_STATE_JOURNAL_H
#define SH_STATE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/stream.h"
#include "state/checkpoint.h"
#include "state/state.h"

struct sh_journal {
	struct sh_state *state;  /* borrowed; NULL: barriers are only passed on */
	bool state_wanted;       /* without state: none could be had, so a barrier ends the run */
	const char *program;     /* borrowed */
	struct sh_writer *out;   /* borrowed */
	/* Store the program's own state (no commit). */
	int (*save)(void *arg, struct sh_state *state, struct sh_error *err);
	/*
	 * A save between barriers failed: the program goes on in memory, and what it
	 * gave to save is to be given again. NULL: such a failure ends the run.
	 */
	void (*unsaved)(void *arg, struct sh_error *err);
	/*
	 * The saves every 10 s are made by a child: see checkpoint.h. What the child was
	 * given counts as saved here from then on, unless UNSAVED says otherwise. NULL:
	 * they are made here, and the stream waits.
	 */
	void (*given)(void *arg);
	/* Output that was stored is damaged: ERR names it, and the run goes on without. NULL: nobody is told. */
	void (*damaged)(void *arg, const struct sh_error *err);
	void *arg;
	/* internal */
	struct sh_checkpoint checkpoint;
	unsigned looked;         /* records since the clock was looked at */
	uint64_t seq, acked;     /* stored so far */
	bool placed;             /* this run has seen a barrier, or will see none */
	bool in_use;             /* a barrier came in this run: nothing is saved but at barriers */
	bool barriers;           /* output is captured for the outbox */
	struct sh_buf batch;     /* output since the last barrier */
	struct sh_buf held;      /* input lines that cannot be placed yet */
	int64_t saved;           /* CLOCK_BOOTTIME of the last save */
	int64_t started;         /* the same of the start */
};

enum sh_journal_verdict {
	SH_JOURNAL_PROCESS, /* a record for the program */
	SH_JOURNAL_DONE,    /* held, dropped, or a barrier that was dealt with */
};

/* J's members before "internal" set, the rest zero. Writes resume and stored batches where there are any. */
int sh_journal_start(struct sh_journal *j, struct sh_error *err);
/*
 * First thing in a stream's record callback. When held records turn out to be
 * ours they are handed to s->ops.record again before the barrier is dealt with.
 * Returns a verdict or -1.
 */
int sh_journal_record(struct sh_journal *j, struct sh_stream *s, const struct sh_record *r,
		      struct sh_error *err);
/* Every line the program writes goes through here. */
void sh_journal_lines(struct sh_journal *j, const char *data, size_t len);
/* Pass a record on as it came. */
void sh_journal_forward(struct sh_journal *j, const struct sh_record *r);
/* From the idle callback: saves when 10 s have passed. */
int sh_journal_tick(struct sh_journal *j, struct sh_stream *s, struct sh_error *err);
/* At the end of input: held records are processed, output flushed, state saved. */
int sh_journal_end(struct sh_journal *j, struct sh_stream *s, struct sh_error *err);
void sh_journal_release(struct sh_journal *j);

#endif
