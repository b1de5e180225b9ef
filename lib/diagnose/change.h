/* SPDX-License-Identifier: MIT */
/*
 * change - how far a metric moved, before against after the onset of a fault
 *
 * In units of log change, so that what is independent adds up. The medians of the
 * two sides are compared on a robust scale (the interquartile range and the median
 * absolute deviation of before, and no less than a twentieth of its usual size, so
 * that units and quiet metrics do not matter). What the metric did of itself in its
 * past (its 5 and 95 % quantiles) and what it was doing in the last two moments
 * before is taken off; many points count for more than few; no single metric says
 * more than SH_CHANGE_MOST.
 *
 *	z = (median(after) - median(before)) / scale
 *	l = (median(last two before) - median(before)) / scale
 *	up = ln(1 + max(0, z - max(0, l))) - ln(1 + (q95 - median) / scale)
 *	score = 3 (1 - exp(-up / 3)) n / (n + 5)
 *
 * Exceedance is for one machine without neighbours, where a spike counts that a
 * median does not see: the mean of what goes beyond the 1 and 99 % quantiles of
 * before, on the same scale.
 *
 * Departure puts metrics of one machine in order: the mean distance from the median of
 * before and the mean of what goes beyond those quantiles, added, so that a lasting shift
 * within the range counts and what leaves the range counts twice. Its scale is the
 * standard deviation of before where that is the wider one: what often spikes by itself
 * is not known by its spikes.
 */
#ifndef SH_DIAGNOSE_CHANGE_H
#define SH_DIAGNOSE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#define SH_CHANGE_LEAST 5 /* points before: of fewer nothing is said */
#define SH_CHANGE_MOST 3.0

struct sh_change {
	double before, after; /* medians */
	double score;	      /* 0: as usual */
	double exceedance, departure;
	double deviation; /* the largest of after from the median of before, on the scale */
};

/*
 * DIRECTION: 1 only a rise counts, -1 only a fall, 0 either. BEFORE is in order of time and is
 * left so. False when there are fewer than SH_CHANGE_LEAST points before, or none after.
 */
bool sh_change_measure(const double *before, size_t n, const double *after, size_t m, int direction,
		       struct sh_change *out);

#endif
