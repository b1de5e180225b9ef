/* SPDX-License-Identifier: MIT */
/*
 * success - how likely something is to succeed again, by how often it did
 *
 * The mean of the Beta posterior on a uniform prior, (1 + s) / (2 + s + f), where s and
 * f are the successes and failures, each of which counts half as much for every
 * SH_SUCCESS_HALF_LIFE that has passed since: what was long ago says little of today.
 */
#ifndef SH_SERIES_SUCCESS_H
#define SH_SERIES_SUCCESS_H

#include <math.h>
#include <stdint.h>

#include "base/clock.h"

#define SH_SUCCESS_HALF_LIFE (30 * SH_DAY)

/* What counts 1 when it is new counts this much after AGE, ns. */
static inline double sh_success_weight(int64_t age)
{
	return exp2(-(double)age / (double)SH_SUCCESS_HALF_LIFE);
}

static inline double sh_success_mean(double successes, double failures)
{
	return (1 + successes) / (2 + successes + failures);
}

#endif
