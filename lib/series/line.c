/* SPDX-License-Identifier: MIT */
/*
 * deriv, predict_linear - the line of least squares through the points of a window
 *
 * Means and co-moments are updated and merged around their own centre (Chan, Golub,
 * LeVeque 1983): neither a large value nor a large time costs digits.
 */
#include "config.h"

#include "series/kinds.h"

/* Times in seconds after the first point. */
enum { TIME, VALUE, TIMES, BOTH };

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static void add_line(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double k = (double)(c->n + i + 1);
		double x = seconds(p[i].time - c->first) - c->is[TIME], y = p[i].value - c->is[VALUE];

		c->is[TIME] += x / k;
		c->is[VALUE] += y / k;
		c->is[TIMES] += x * x * ((k - 1) / k);
		c->is[BOTH] += x * y * ((k - 1) / k);
	}
}

static void merge_line(struct sh_cell *c, const struct sh_cell *later)
{
	double a = (double)c->n, b = (double)later->n, n = a + b;
	double x = later->is[TIME] + seconds(later->first - c->first) - c->is[TIME];
	double y = later->is[VALUE] - c->is[VALUE];

	c->is[TIME] += x * (b / n);
	c->is[VALUE] += y * (b / n);
	c->is[TIMES] += later->is[TIMES] + x * x * (a * b / n);
	c->is[BOTH] += later->is[BOTH] + x * y * (a * b / n);
}

static const struct sh_tally lines = { 4, add_line, merge_line };

static double slope(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return all->is[BOTH] / all->is[TIMES];
}

static double predicted(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	double x = seconds(now - all->first) + t->arg[1].number - all->is[TIME];

	return all->is[VALUE] + x * slope(all, t, now);
}

static int check_ahead(const struct sh_past_terms *t, struct sh_error *err)
{
	if (sh_window_check(t, err) < 0)
		return -1;
	return sh_window_is_duration(t, 1, err);
}

const struct sh_window_kind sh_window_deriv = {
	.kind = { .name = "deriv", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window",
		  .help = "The slope a second of the line of least squares through the window." },
	.tally = &lines, .least = 2, .answer = slope,
};

const struct sh_window_kind sh_window_predict_linear = {
	.kind = { .name = "predict_linear", .min_args = 2, .max_args = 2, SH_WINDOW_STATE,
		  .check = check_ahead, .synopsis = "window, ahead",
		  .help = "Where the line of least squares through the window is that long from now." },
	.tally = &lines, .least = 2, .answer = predicted,
};
