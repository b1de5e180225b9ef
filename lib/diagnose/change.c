/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/change.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/order.h"

#define OF_SIZE 0.05	   /* the scale is no less than this part of the usual size */
#define FLOOR 1e-9
#define NORMAL_IQR 1.349   /* of a normal distribution, in standard deviations */
#define NORMAL_MAD 1.4826
#define HALF_TRUST 5.0	   /* so many points before count for half */
#define CLEAREST 12.0	   /* beyond is as clear */

static double *sorted(const double *v, size_t n)
{
	double *copy = sh_malloc(n * sizeof(*v));

	memcpy(copy, v, n * sizeof(*v));
	sh_order(copy, n);
	return copy;
}

/* What is usual, from the sorted values before. */
struct usual {
	double median, scale, q01, q05, q95, q99;
	double wide; /* the scale, or the standard deviation where that is more */
	double last; /* median of the last two */
};

static double largest(const double *v, size_t n)
{
	double most = v[0];

	for (size_t i = 1; i < n; i++)
		most = fmax(most, v[i]);
	return most;
}

static double standard_deviation(const double *v, size_t n)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		mean += v[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean) / (double)n;
	return sqrt(sum);
}

static void learn(struct usual *u, const double *before, size_t n)
{
	SH_CLEANUP_FREE double *s = sorted(before, n);
	double iqr;

	u->median = sh_order_quantile(s, n, 0.5);
	u->q01 = sh_order_quantile(s, n, 0.01);
	u->q05 = sh_order_quantile(s, n, 0.05);
	u->q95 = sh_order_quantile(s, n, 0.95);
	u->q99 = sh_order_quantile(s, n, 0.99);
	iqr = (sh_order_quantile(s, n, 0.75) - sh_order_quantile(s, n, 0.25)) / NORMAL_IQR;
	u->scale = largest((double[]){ iqr, NORMAL_MAD * sh_order_median_off(s, n, u->median),
				       OF_SIZE * fabs(u->median),
				       OF_SIZE * fmax(fabs(u->q99), fabs(u->q01)), FLOOR },
			   5);
	u->wide = fmax(u->scale, standard_deviation(s, n));
	u->last = fmin(before[n - 2], before[n - 1]);
	u->last += 0.5 * (fmax(before[n - 2], before[n - 1]) - u->last);
}

/*
 * Never anything but 0 before: something new in the bad direction is one unit, however
 * large. What is again as it mostly was is nothing new, even where it was not so just before.
 */
static double something_new(const struct usual *u, double after, int direction)
{
	double d = after - u->last;

	if (fabs(after - u->median) <= FLOOR || fabs(d) <= FLOOR)
		return 0;
	return direction && d * direction < 0 ? 0 : 1;
}

static double calibrated(const struct usual *u, double after, int direction)
{
	double z, l, up, down, c;

	if (u->scale <= FLOOR)
		return something_new(u, after, direction);
	z = (after - u->median) / u->scale;
	l = (u->last - u->median) / u->scale;
	up = log1p(fmax(z - fmax(l, 0), 0)) - log1p(fmax((u->q95 - u->median) / u->scale, 0));
	down = log1p(fmax(-z - fmax(-l, 0), 0)) - log1p(fmax((u->median - u->q05) / u->scale, 0));
	c = direction > 0 ? up : direction < 0 ? down : fmax(up, down);
	return fmax(0, fmin(c, CLEAREST));
}

static double exceedance(const struct usual *u, const double *after, size_t m)
{
	double sum = 0;

	for (size_t i = 0; i < m; i++)
		sum += fmax(0, after[i] - u->q99) + fmax(0, u->q01 - after[i]);
	return sum / (double)m / u->scale;
}

static double mean_distance(const struct usual *u, const double *after, size_t m)
{
	double sum = 0;

	for (size_t i = 0; i < m; i++)
		sum += fabs(after[i] - u->median);
	return sum / (double)m;
}

static double deviation(const struct usual *u, const double *after, size_t m)
{
	double most = 0;

	for (size_t i = 0; i < m; i++)
		most = fmax(most, fabs(after[i] - u->median));
	return most / u->scale;
}

bool sh_change_measure(const double *before, size_t n, const double *after, size_t m, int direction,
		       struct sh_change *out)
{
	struct usual u;
	double *s, c;

	if (n < SH_CHANGE_LEAST || m == 0)
		return false;
	learn(&u, before, n);
	s = sorted(after, m);
	out->before = u.median;
	out->after = sh_order_quantile(s, m, 0.5);
	free(s);
	c = calibrated(&u, out->after, direction);
	out->score = SH_CHANGE_MOST * (1 - exp(-c / SH_CHANGE_MOST)) * (double)n /
		     ((double)n + HALF_TRUST);
	out->exceedance = exceedance(&u, after, m);
	out->departure = (mean_distance(&u, after, m) + out->exceedance * u.scale) / u.wide;
	out->deviation = deviation(&u, after, m);
	return true;
}
