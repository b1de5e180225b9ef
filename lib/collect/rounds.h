/* SPDX-License-Identifier: MIT */
/*
 * rounds - when to measure: once, or on a schedule without drift
 *
 * Rates need two readings. Where the state has an earlier one it is used;
 * otherwise the first round is preceded by a reading GAP before it, one gap for
 * all collectors that need it. When the output is not read in time, intervals
 * are skipped, never queued, and a notice says how many, once a minute at most where
 * rounds only take too long; likewise after this process was stopped or the machine
 * suspended. What waits for others (SH_COLLECT_WAITS)
 * comes last, and the records of the others go out before it begins. A service whose
 * main process ends between two rounds is measured once more a quarter of the
 * interval later, unless a round comes first.
 */
#ifndef SH_COLLECT_ROUNDS_H
#define SH_COLLECT_ROUNDS_H

#include "collect/collector.h"
#include "record/stream.h"
#include "state/state.h"

struct sh_rounds {
	const struct sh_collector **which; /* NULL-terminated; borrowed */
	int64_t gap;
	int64_t interval;        /* 0: one round and no tick */
	int64_t count;           /* rounds; 0: for ever */
	bool instant;            /* --source: collectors that allow it do not wait for rates */
	struct sh_state *state;  /* borrowed, NULL none */
	struct sh_writer *out;   /* borrowed */
	uint64_t skipped;        /* intervals in all */
	int timer;               /* of sh_rounds_run */
	struct sh_rounds_late {
		int64_t told;   /* when it was told last; 0 never */
		int64_t missed; /* intervals since, and the longest that a round took */
		int64_t worst;
	} late;                  /* internal */
};

/* Returns 0 at the end or when the reader went away, -1 when output or state cannot be written. */
int sh_rounds_run(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err);

#endif
