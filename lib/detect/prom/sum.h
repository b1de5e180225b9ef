/* SPDX-License-Identifier: MIT */
/*
 * sum - doubles whose rounding errors are carried along
 *
 * Kahan's sum as A. Neumaier improved it (ZAMM 54, 1974), which is what Prometheus
 * adds by, so that the same numbers give the same digits.
 */
#ifndef SH_DETECT_PROM_SUM_H
#define SH_DETECT_PROM_SUM_H

#include <math.h>

/* Zeroed: nothing yet. */
struct sh_prom_sum {
	double s, c;
};

static inline void sh_prom_sum_add(struct sh_prom_sum *sum, double v)
{
	double t = sum->s + v;

	if (isinf(t))
		sum->c = 0;
	else if (fabs(sum->s) >= fabs(v))
		sum->c += (sum->s - t) + v;
	else
		sum->c += (v - t) + sum->s;
	sum->s = t;
}

static inline double sh_prom_sum_total(const struct sh_prom_sum *sum)
{
	return sum->s + sum->c;
}

#endif
