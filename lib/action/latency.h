/* SPDX-License-Identifier: MIT */
/* latency - what a small reader and writer of a directory feels, in milliseconds */
#ifndef SH_ACTION_LATENCY_H
#define SH_ACTION_LATENCY_H

#include <stdint.h>

#include "base/error.h"

struct sh_latency {
	double read_ms, write_ms; /* means of timed 4 KiB reads and fsync'd writes */
	unsigned rounds;
};

/* Measure in a file without a name in DIR, for about BUDGET ns and at least one round. */
int sh_latency_measure(const char *dir, int64_t budget, struct sh_latency *out, struct sh_error *err);

/* The worse of both. */
double sh_latency_worst(const struct sh_latency *l);

#endif
