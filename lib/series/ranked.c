/* SPDX-License-Identifier: MIT */
/* Selection by weight (Hoare 1961), in three parts, so that equal values cost nothing. */
#include "config.h"

#include <math.h>

#include "series/ranks.h"

static void swap(struct sh_ranked *a, struct sh_ranked *b)
{
	struct sh_ranked t = *a;

	*a = *b;
	*b = t;
}

static double middle_of(double a, double b, double c)
{
	return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* Those below PIVOT first, then those equal, up to *LESS and *GREATER; returns the weights of both. */
static void split(struct sh_ranked *a, size_t n, double pivot, size_t *less, size_t *greater,
		  double below_equal[2])
{
	size_t low = 0, high = n;

	below_equal[0] = below_equal[1] = 0;
	for (size_t i = 0; i < high;) {
		if (a[i].value < pivot) {
			below_equal[0] += a[i].weight;
			swap(&a[low++], &a[i++]);
		} else if (a[i].value > pivot) {
			swap(&a[i], &a[--high]);
		} else {
			below_equal[1] += a[i++].weight;
		}
	}
	*less = low;
	*greater = high;
}

/* The value at which the weights of it and all below exceed RANK; the greatest where none does. */
static double at_rank(struct sh_ranked *a, size_t n, double rank)
{
	for (;;) {
		double pivot = middle_of(a[0].value, a[n / 2].value, a[n - 1].value), sum[2];
		size_t less, greater;

		split(a, n, pivot, &less, &greater, sum);
		if (less && rank < sum[0]) {
			n = less;
		} else if (greater < n && rank >= sum[0] + sum[1]) {
			rank -= sum[0] + sum[1];
			a += greater;
			n -= greater;
		} else {
			return pivot;
		}
	}
}

double sh_ranked_quantile(struct sh_ranked *a, size_t n, double q)
{
	double all = 0, rank, whole, low;

	for (size_t i = 0; i < n; i++)
		all += a[i].weight;
	rank = q * fmax(all - 1, 0);
	whole = floor(rank);
	low = at_rank(a, n, whole);
	if (rank - whole <= 0)
		return low;
	return low + (at_rank(a, n, whole + 1) - low) * (rank - whole);
}
