/* SPDX-License-Identifier: MIT */
/*
 * rate - how many a minute, now and as a rule
 *
 * Counts of whole minutes of record time. What is usual is the exponentially
 * weighted mean of the minutes that are over, quiet ones too, with the weight of
 * an hour; the minute that runs is not in it.
 */
#ifndef SH_LOGS_RATE_H
#define SH_LOGS_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "series/bytes.h"

struct sh_log_rate {
	int64_t minute;		  /* number of the minute that runs */
	uint32_t current, before; /* what it and the minute before it counted */
	uint32_t minutes;	  /* minutes that are over, up to an hour */
	double usual;		  /* per minute */
};

/* COUNT more at TIME, which does not fall. Of zero bytes and COUNT 0: begins. */
void sh_log_rate_note(struct sh_log_rate *r, int64_t time, unsigned count);
/* In the minute up to TIME: the running one and what is left of the one before. */
double sh_log_rate_now(const struct sh_log_rate *r, int64_t time);

void sh_log_rate_store(const struct sh_log_rate *r, struct sh_buf *out);
/* False for damaged bytes. */
bool sh_log_rate_load(struct sh_log_rate *r, struct sh_bytes *in);

#endif
