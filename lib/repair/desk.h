/* SPDX-License-Identifier: MIT */
/*
 * desk - what comes in on the record stream, handed to planning or to children
 *
 * Diagnoses, open faults and plans become requests; what an earlier run left
 * open is settled first. Barriers go on when the jobs before them have finished.
 * Never blocks on a repair.
 */
#ifndef SH_REPAIR_DESK_H
#define SH_REPAIR_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "record/record.h"
#include "repair/pool.h"
#include "repair/repairer.h"
#include "repair/runner.h"

struct sh_desk {
	struct sh_repairer *r; /* borrowed; its ledger is not NULL with applies */
	bool applies;          /* --apply; otherwise plans are only shown */
	bool rehearses;        /* decided as with --apply at the records' times, and nothing is done: the ledger is a copy */
	bool passes;           /* forward also what was eaten */
	/* Whole lines for the output. */
	void (*write)(void *arg, const char *data, size_t len);
	/* What an operator should know at once; also called in children. */
	void (*say)(void *arg, const char *text);
	void *arg;
	/* Results */
	unsigned bits;         /* enum sh_outcome_bits of all that happened */
	bool saw_live;         /* records other than plans came: a round of the loop */
	/* internal */
	struct sh_pool pool;
	struct sh_barrier_wait {
		uint64_t serial; /* jobs up to it must be finished */
		char *line;
		size_t len;
	} *barrier;
	size_t barriers, cap;
};

/* D's members before "Results" set, the rest zero. Starts to settle what was left open. */
int sh_desk_open(struct sh_desk *d, struct sh_error *err);
void sh_desk_close(struct sh_desk *d);
/* One record, forwarded unless it was eaten. SH_ERRC_INPUT: a bad record. */
int sh_desk_record(struct sh_desk *d, const struct sh_record *r, struct sh_error *err);
/* Take what children say; wait up to TIMEOUT ms. */
int sh_desk_pump(struct sh_desk *d, int timeout, struct sh_error *err);
/* A descriptor that is readable when pump has something to do. */
int sh_desk_wake_fd(const struct sh_desk *d);
bool sh_desk_is_idle(const struct sh_desk *d);
/* Repairs that are under way end with the step that they are at, and are undone. */
void sh_desk_halt(struct sh_desk *d);
/* Leave undone what waits for a child. Returns how many requests that were. */
size_t sh_desk_drop_waiting(struct sh_desk *d);

#endif
