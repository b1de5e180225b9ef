/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/tail.h"

#include <math.h>

#define MAX_SHAPE .45 /* beyond, the variance that the fit rests on is too large */
#define NO_SPREAD 3   /* decades for what exceeds equal peaks */

static void moments(const float *top, size_t k, float floor, double *mean, double *var)
{
	*mean = *var = 0;
	for (size_t i = 0; i < k; i++)
		*mean += (double)top[i] - (double)floor;
	*mean /= (double)k;
	for (size_t i = 0; i < k; i++) {
		double e = (double)top[i] - (double)floor - *mean;

		*var += e * e;
	}
	*var /= (double)k;
}

float sh_tail_rarity(const float *top, size_t k, float floor, uint32_t seen, float d, bool heavy)
{
	double mean, var, rarity, shape = 0, excess = (double)d - (double)floor;

	if (!(d > floor) || seen < SH_TAIL_MIN)
		return 0;
	moments(top, k, floor, &mean, &var);
	rarity = log10(((double)seen + 1) / (double)k);
	if (heavy && var > 0)
		shape = fmin(fmax(.5 * (1 - mean * mean / var), 0), MAX_SHAPE);
	if (!(mean > 0))
		rarity += NO_SPREAD;
	else if (shape < 1e-6)
		rarity += excess / mean / M_LN10;
	else
		rarity += log10(1 + shape * excess / (mean * (1 - shape))) / shape;
	return (float)fmin(fmax(rarity, 0), SH_TAIL_MAX);
}

float sh_tail_keep(float *top, size_t k, float d)
{
	size_t least = 0;
	float floor;

	for (size_t i = 1; i < k; i++)
		if (top[i] < top[least])
			least = i;
	top[least] = d;
	floor = top[0];
	for (size_t i = 1; i < k; i++)
		floor = top[i] < floor ? top[i] : floor;
	return floor;
}
