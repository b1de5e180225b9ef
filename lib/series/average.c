/* SPDX-License-Identifier: MIT */
/*
 * avg, sum, count - by a sum with its lost digits (Neumaier 1974)
 * stddev - of the population, by Welford's update and Chan's merge, so a large
 * mean costs no digits
 */
#include "config.h"

#include <math.h>

#include "series/kinds.h"

enum { SUM, LOST };
enum { MEAN, SQUARES };

static void add_compensated(double is[], double v)
{
	double sum = is[SUM] + v;

	is[LOST] += fabs(is[SUM]) >= fabs(v) ? is[SUM] - sum + v : v - sum + is[SUM];
	is[SUM] = sum;
}

static void add_sum(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_compensated(c->is, p[i].value);
}

static void merge_sum(struct sh_cell *c, const struct sh_cell *later)
{
	add_compensated(c->is, later->is[SUM]);
	c->is[LOST] += later->is[LOST];
}

static void add_spread(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double d = p[i].value - c->is[MEAN];

		c->is[MEAN] += d / (double)(c->n + i + 1);
		c->is[SQUARES] += d * (p[i].value - c->is[MEAN]);
	}
}

static void merge_spread(struct sh_cell *c, const struct sh_cell *later)
{
	double a = (double)c->n, b = (double)later->n, d = later->is[MEAN] - c->is[MEAN];

	c->is[MEAN] += d * (b / (a + b));
	c->is[SQUARES] += later->is[SQUARES] + d * d * (a * b / (a + b));
}

static const struct sh_tally sums = { 2, add_sum, merge_sum };
static const struct sh_tally spreads = { 2, add_spread, merge_spread };

static double average(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return (all->is[SUM] + all->is[LOST]) / (double)all->n;
}

static double sum(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return all->is[SUM] + all->is[LOST];
}

static double count(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return (double)all->n;
}

static double deviation(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return sqrt(all->is[SQUARES] / (double)all->n);
}

const struct sh_window_kind sh_window_avg = {
	.kind = { .name = "avg", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window", .help = "The mean of the values in the window." },
	.tally = &sums, .least = 1, .answer = average,
};

const struct sh_window_kind sh_window_sum = {
	.kind = { .name = "sum", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window", .help = "The sum of the values in the window." },
	.tally = &sums, .least = 1, .answer = sum,
};

const struct sh_window_kind sh_window_count = {
	.kind = { .name = "count", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window", .help = "How many values were measured in the window." },
	.tally = &sums, .least = 1, .answer = count,
};

const struct sh_window_kind sh_window_stddev = {
	.kind = { .name = "stddev", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window",
		  .help = "The standard deviation of the values in the window, as of a population." },
	.tally = &spreads, .least = 1, .answer = deviation,
};
