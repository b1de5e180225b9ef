/* SPDX-License-Identifier: MIT */
/*
 * tail - how rare a number is, by the largest that were seen before
 *
 * Peaks over a threshold (Pickands 1975): above the smallest of the K largest
 * numbers a generalised Pareto law is fitted by the method of moments (Hosking
 * and Wallis 1987). So one limit serves series of every kind.
 */
#ifndef SH_SERIES_TAIL_H
#define SH_SERIES_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#define SH_TAIL_MIN 100 /* numbers seen before anything is called rare */
#define SH_TAIL_MAX 12	/* the largest answer */

/*
 * -log10 of the probability that a number above D is seen, by the K largest of
 * SEEN numbers; 0 where D is not above FLOOR, the smallest of them. HEAVY: the
 * tail may be heavier than exponential.
 */
float sh_tail_rarity(const float *top, unsigned k, float floor, uint32_t seen, float d, bool heavy);
/* Put D, larger than the smallest of them, among the K largest. Returns their new smallest. */
float sh_tail_keep(float *top, unsigned k, float d);

#endif
