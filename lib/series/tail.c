/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/tail.h"

#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define MAX_SHAPE .45 /* beyond, the variance that the fit rests on is too large */
#define NO_SPREAD 3   /* decades for what exceeds equal peaks */

static void moments(const float *top, unsigned k, float floor, double *mean, double *var)
{
	*mean = *var = 0;
	for (unsigned i = 0; i < k; i++)
		*mean += (double)top[i] - (double)floor;
	*mean /= k;
	for (unsigned i = 0; i < k; i++) {
		double e = (double)top[i] - (double)floor - *mean;

		*var += e * e;
	}
	*var /= k;
}

float sh_tail_rarity(const float *top, unsigned k, float floor, uint32_t seen, float d, bool heavy)
{
	double mean, var, rarity, shape = 0, excess = (double)d - (double)floor;

	if (!(d > floor) || seen < SH_TAIL_MIN)
		return 0;
	moments(top, k, floor, &mean, &var);
	rarity = log10(((double)seen + 1) / k);
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

#ifdef __SSE2__
/* Four at a time: which of equal ones it is says nothing. */
static float least_of(const float *top, unsigned k)
{
	__m128 least = _mm_set1_ps(top[0]);
	float last;
	unsigned i;

	for (i = 0; i + 4 <= k; i += 4)
		least = _mm_min_ps(least, _mm_loadu_ps(top + i));
	least = _mm_min_ps(least, _mm_movehl_ps(least, least));
	least = _mm_min_ss(least, _mm_shuffle_ps(least, least, 1));
	last = _mm_cvtss_f32(least);
	for (; i < k; i++)
		last = top[i] < last ? top[i] : last;
	return last;
}
#else
static float least_of(const float *top, unsigned k)
{
	float least = top[0];

	for (unsigned i = 1; i < k; i++)
		least = top[i] < least ? top[i] : least;
	return least;
}
#endif

float sh_tail_keep(float *top, unsigned k, float d)
{
	float floor = least_of(top, k);
	unsigned least = 0;

	while (least < k - 1 && top[least] > floor)
		least++;
	top[least] = d;
	return least_of(top, k);
}
