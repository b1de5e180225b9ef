/* SPDX-License-Identifier: MIT */
/*
 * holt - a level and its slope, smoothed twice (Holt 1957), at any intervals
 *
 * The gains follow from the time since the last value: a value counts for the
 * level as long as level_time, for the slope as long as slope_time.
 */
#ifndef SH_SERIES_HOLT_H
#define SH_SERIES_HOLT_H

#include <stdbool.h>

#include "base/buf.h"
#include "series/bytes.h"

struct sh_holt {
	double level;
	double slope; /* per second */
	double error; /* mean distance of a value from what was expected */
};

/* The first value. */
void sh_holt_start(struct sh_holt *h, double v);
/* Values beyond 1e150 count as that. Times in seconds, above 0. */
void sh_holt_note(struct sh_holt *h, double elapsed, double v, double level_time,
		  double slope_time);

void sh_holt_store(const struct sh_holt *h, struct sh_buf *out);
/* False for damaged bytes. */
bool sh_holt_load(struct sh_holt *h, struct sh_bytes *in);

#endif
