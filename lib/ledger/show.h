/* SPDX-License-Identifier: MIT */
/*
 * show - what the ledger holds, as records
 *
 * Faults, repairs and plans come out as they were stored; what has no record of
 * its own (notes, pauses, baselines) as notices.
 */
#ifndef SH_LEDGER_SHOW_H
#define SH_LEDGER_SHOW_H

#include <stdint.h>

#include "base/error.h"
#include "record/stream.h"
#include "state/ledger.h"

struct sh_show {
	struct sh_ledger *ledger; /* borrowed, as all here */
	struct sh_writer *out;
	const char *host; /* of this machine */
	int64_t now;
};

/* Open faults, oldest first. Returns how many, or -1. */
int64_t sh_show_open(const struct sh_show *s, struct sh_error *err);
/* Plans that wait for approval, oldest first. */
int64_t sh_show_pending(const struct sh_show *s, struct sh_error *err);
/* Pauses, holds, brakes and overrides in force. */
int64_t sh_show_pauses(const struct sh_show *s, struct sh_error *err);
/* Silences that have not ended. */
int64_t sh_show_silences(const struct sh_show *s, struct sh_error *err);
int64_t sh_show_baselines(const struct sh_show *s, const char *state_dir, struct sh_error *err);
/*
 * Repairs and notes since SINCE, about TARGET (NULL: any), in order of their time;
 * LIMIT keeps the last ones, 0 all.
 */
int64_t sh_show_history(const struct sh_show *s, int64_t since, const char *target, int64_t limit,
			struct sh_error *err);

#endif
