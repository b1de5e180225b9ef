/* SPDX-License-Identifier: MIT */
/*
 * round - up to when a program has judged, kept in its private database
 *
 * The ledger has the rounds of sh-repair; sh-detect, which sees every sample and
 * writes nothing while all is well, leaves the time of its latest one here.
 */
#ifndef SH_STATE_ROUND_H
#define SH_STATE_ROUND_H

#include <stdint.h>

#include "base/error.h"
#include "state/state.h"

int sh_round_put(struct sh_state *s, int64_t time, struct sh_error *err);
/* The round in DIR/NAME.db; 0 when there is none or it cannot be read. */
int64_t sh_round_read(const char *dir, const char *name);

#endif
