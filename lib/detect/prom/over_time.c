/* SPDX-License-Identifier: MIT */
/*
 * Functions over the points of a range. The extrapolation of rate, increase and
 * delta and the regression of deriv and predict_linear follow the documentation
 * and the published behaviour of Prometheus ("extrapolatedRate", "linearRegression").
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/prom/operand.h"
#include "detect/prom/sum.h"

/* Where a range reaches farther beyond the points than this many mean gaps, the series is taken to begin or end within. */
#define NEAR_GAPS 1.1

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

/* What a counter gained, taking each fall for a start anew; of a gauge what it changed. */
static double gain(const struct sh_prom_window *w, bool counter)
{
	double sum = w->point[w->n - 1].value - w->point[0].value;

	for (size_t i = 1; counter && i < w->n; i++)
		if (w->point[i].value < w->point[i - 1].value)
			sum += w->point[i - 1].value;
	return sum;
}

static bool extrapolate(const struct sh_prom_window *w, bool counter, bool per_second, double *out)
{
	const struct sh_prom_point *first = w->point, *last = w->point + w->n - 1;
	double sampled, gap, before, after, reached, change;

	if (w->n < 2)
		return false;
	change = gain(w, counter);
	sampled = seconds(last->time - first->time);
	gap = sampled / (double)(w->n - 1);
	before = seconds(first->time - w->start);
	after = seconds(w->end - last->time);
	/* No counter was below zero before it was seen. */
	if (counter && change > 0 && first->value >= 0)
		before = fmin(before, sampled * (first->value / change));
	reached = sampled + (before < gap * NEAR_GAPS ? before : gap / 2) +
		  (after < gap * NEAR_GAPS ? after : gap / 2);
	*out = change * (reached / sampled);
	if (per_second)
		*out /= seconds(w->end - w->start);
	return true;
}

static bool instant(const struct sh_prom_window *w, bool rate, double *out)
{
	const struct sh_prom_point *last = w->point + w->n - 1;

	if (w->n < 2)
		return false;
	*out = rate && last->value < last[-1].value ? last->value : last->value - last[-1].value;
	if (rate)
		*out /= seconds(last->time - last[-1].time);
	return true;
}

/* Least squares; the intercept is the line's value at time ZERO. */
static bool fit(const struct sh_prom_window *w, int64_t zero, double *slope, double *intercept)
{
	struct sh_prom_sum sx = { 0 }, sy = { 0 }, sxy = { 0 }, sxx = { 0 };
	double n = (double)w->n, covariance, spread;
	bool constant = true;

	if (w->n < 2)
		return false;
	for (size_t i = 0; i < w->n; i++) {
		double x = seconds(w->point[i].time - zero), y = w->point[i].value;

		constant = constant && y == w->point[0].value;
		sh_prom_sum_add(&sx, x);
		sh_prom_sum_add(&sy, y);
		sh_prom_sum_add(&sxy, x * y);
		sh_prom_sum_add(&sxx, x * x);
	}
	if (constant) {
		*slope = isinf(w->point[0].value) ? (double)NAN : 0;
		*intercept = isinf(w->point[0].value) ? (double)NAN : w->point[0].value;
		return true;
	}
	covariance = sh_prom_sum_total(&sxy) - sh_prom_sum_total(&sx) * sh_prom_sum_total(&sy) / n;
	spread = sh_prom_sum_total(&sxx) - sh_prom_sum_total(&sx) * sh_prom_sum_total(&sx) / n;
	*slope = covariance / spread;
	*intercept = sh_prom_sum_total(&sy) / n - *slope * sh_prom_sum_total(&sx) / n;
	return true;
}

static bool predict(const struct sh_prom_window *w, double ahead, double *out)
{
	double slope, intercept;

	if (!fit(w, w->end, &slope, &intercept))
		return false;
	*out = slope * ahead + intercept;
	return true;
}

static double moments(enum sh_prom_fn fn, const struct sh_prom_window *w)
{
	struct sh_prom_sum sum = { 0 }, square = { 0 };
	double mean;

	for (size_t i = 0; i < w->n; i++)
		sh_prom_sum_add(&sum, w->point[i].value);
	mean = sh_prom_sum_total(&sum) / (double)w->n;
	if (fn == SH_PROM_FN_SUM_OVER_TIME)
		return sh_prom_sum_total(&sum);
	if (fn == SH_PROM_FN_AVG_OVER_TIME)
		return mean;
	for (size_t i = 0; i < w->n; i++)
		sh_prom_sum_add(&square, (w->point[i].value - mean) * (w->point[i].value - mean));
	mean = sh_prom_sum_total(&square) / (double)w->n;
	return fn == SH_PROM_FN_STDVAR_OVER_TIME ? mean : sqrt(mean);
}

static double extreme(const struct sh_prom_window *w, bool most)
{
	double best = w->point[0].value;

	for (size_t i = 1; i < w->n; i++) {
		double v = w->point[i].value;

		if (isnan(best) || (most ? v > best : v < best))
			best = v;
	}
	return best;
}

static double count_turns(const struct sh_prom_window *w, bool falls_only)
{
	double n = 0;

	for (size_t i = 1; i < w->n; i++) {
		double a = w->point[i - 1].value, b = w->point[i].value;

		if (falls_only ? b < a : b != a && !(isnan(a) && isnan(b)))
			n++;
	}
	return n;
}

static double quantile(const struct sh_prom_window *w, double q)
{
	SH_CLEANUP_FREE double *v = sh_reallocn(NULL, w->n, sizeof(*v));

	for (size_t i = 0; i < w->n; i++)
		v[i] = w->point[i].value;
	return sh_prom_quantile(q, v, w->n);
}

/* Holt's linear method: a level and a trend, each smoothed. */
static bool smooth(const struct sh_prom_window *w, double sf, double tf, double *out)
{
	double level, trend, before;

	if (w->n < 2 || !(sf > 0 && sf < 1 && tf > 0 && tf < 1))
		return false;
	level = w->point[0].value;
	trend = w->point[1].value - level;
	for (size_t i = 1; i < w->n; i++) {
		before = level;
		level = sf * w->point[i].value + (1 - sf) * (level + trend);
		trend = tf * (level - before) + (1 - tf) * trend;
	}
	*out = level;
	return true;
}

static bool simple(enum sh_prom_fn fn, const struct sh_prom_window *w, const double *parameter,
		   double *out)
{
	double intercept;

	switch (fn) {
	case SH_PROM_FN_DERIV:
		return fit(w, w->point[0].time, out, &intercept);
	case SH_PROM_FN_PREDICT_LINEAR:
		return predict(w, parameter[0], out);
	case SH_PROM_FN_SMOOTH:
		return smooth(w, parameter[0], parameter[1], out);
	case SH_PROM_FN_QUANTILE_OVER_TIME:
		*out = quantile(w, parameter[0]);
		return true;
	case SH_PROM_FN_CHANGES:
	case SH_PROM_FN_RESETS:
		*out = count_turns(w, fn == SH_PROM_FN_RESETS);
		return true;
	case SH_PROM_FN_COUNT_OVER_TIME:
		*out = (double)w->n;
		return true;
	case SH_PROM_FN_PRESENT_OVER_TIME:
		*out = 1;
		return true;
	case SH_PROM_FN_LAST_OVER_TIME:
		*out = w->point[w->n - 1].value;
		return true;
	case SH_PROM_FN_MIN_OVER_TIME:
	case SH_PROM_FN_MAX_OVER_TIME:
		*out = extreme(w, fn == SH_PROM_FN_MAX_OVER_TIME);
		return true;
	default:
		*out = moments(fn, w);
		return true;
	}
}

bool sh_prom_over_time(enum sh_prom_fn fn, const struct sh_prom_window *w, const double *parameter,
		       double *out)
{
	switch (fn) {
	case SH_PROM_FN_RATE:
		return extrapolate(w, true, true, out);
	case SH_PROM_FN_INCREASE:
		return extrapolate(w, true, false, out);
	case SH_PROM_FN_DELTA:
		return extrapolate(w, false, false, out);
	case SH_PROM_FN_IRATE:
	case SH_PROM_FN_IDELTA:
		return instant(w, fn == SH_PROM_FN_IRATE, out);
	default:
		return simple(fn, w, parameter, out);
	}
}
