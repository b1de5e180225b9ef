/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/order.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define RUN 16 /* so many are put in order one by one */

static void insert_all(double *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		double x = v[i];
		size_t at = i;

		for (; at && v[at - 1] > x; at--)
			v[at] = v[at - 1];
		v[at] = x;
	}
}

/* Two sorted runs, FROM up to MIDDLE and up to END, into OUT. */
static void merge(const double *v, size_t from, size_t middle, size_t end, double *out)
{
	size_t a = from, b = middle;

	for (size_t i = from; i < end; i++)
		out[i] = a < middle && (b == end || v[a] <= v[b]) ? v[a++] : v[b++];
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Not qsort(3): a call for each comparison is most of what it costs to measure a metric. */
void sh_order(double *v, size_t n)
{
	SH_CLEANUP_FREE double *other = NULL;
	double *from = v, *to;

	for (size_t i = 0; i < n; i += RUN)
		insert_all(v + i, least(RUN, n - i));
	if (n <= RUN)
		return;
	to = other = sh_malloc(n * sizeof(*v));
	for (size_t run = RUN; run < n; run *= 2) {
		double *swap = from;

		for (size_t i = 0; i < n; i += 2 * run)
			merge(from, i, least(i + run, n), least(i + 2 * run, n), to);
		from = to;
		to = swap;
	}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
}

double sh_order_quantile(const double *sorted, size_t n, double q)
{
	double x = q * (double)(n - 1);
	size_t i = (size_t)x;

	if (i + 1 >= n)
		return sorted[i];
	return sorted[i] + (x - (double)i) * (sorted[i + 1] - sorted[i]);
}

/* Distances grow both ways from the middle: no need to sort them. */
double sh_order_median_off(const double *sorted, size_t n, double middle)
{
	size_t up = 0, down, half = (n - 1) / 2;
	double pair[2] = { 0, 0 }; /* the one at half, and the next */

	while (up < n && sorted[up] < middle)
		up++;
	down = up;
	for (size_t i = 0; i < n && i <= half + 1; i++) {
		double off = INFINITY;

		if (down)
			off = fabs(sorted[down - 1] - middle);
		if (up < n && fabs(sorted[up] - middle) <= off)
			off = fabs(sorted[up++] - middle);
		else
			down--;
		if (i >= half)
			pair[i - half] = off;
	}
	return n % 2 ? pair[0] : pair[0] + 0.5 * (pair[1] - pair[0]);
}
