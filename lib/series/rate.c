/* SPDX-License-Identifier: MIT */
/*
 * rate, increase, delta - how much a value grew in a window
 *
 * What the first and the last point of the window differ by, and for a counter what
 * it had before each reset, is stretched to the whole window as Prometheus 2 does
 * (extrapolatedRate): to an end of the window that is nearer than 1.1 times the mean
 * distance of points, else by half that distance; a counter never to below zero.
 */
#include "config.h"

#include "series/kinds.h"

enum { FIRST, LAST, LOST };

static void add_growth(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	double last, lost = c->is[LOST];

	if (!c->n)
		c->is[FIRST] = c->is[LAST] = p->value;
	last = c->is[LAST];
	for (size_t i = 0; i < n; i++) {
		if (p[i].value < last)
			lost += last;
		last = p[i].value;
	}
	c->is[LAST] = last;
	c->is[LOST] = lost;
}

static void merge_growth(struct sh_cell *c, const struct sh_cell *later)
{
	if (later->is[FIRST] < c->is[LAST])
		c->is[LOST] += c->is[LAST];
	c->is[LOST] += later->is[LOST];
	c->is[LAST] = later->is[LAST];
}

static const struct sh_tally growth = { 3, add_growth, merge_growth };

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static double stretched(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now,
			bool is_counter)
{
	double grown = all->is[LAST] - all->is[FIRST] + (is_counter ? all->is[LOST] : 0);
	double measured = seconds(all->last - all->first), whole = measured;
	double distance = measured / (double)(all->n - 1);
	/* Below 0 where the oldest cell reaches out of the window: then it shrinks to it. */
	double before = seconds(sh_window_of(t) - (now - all->first));
	double after = seconds(now - all->last);

	if (is_counter && grown > 0 && all->is[FIRST] >= 0) {
		double from_zero = measured * (all->is[FIRST] / grown);

		before = from_zero < before ? from_zero : before;
	}
	whole += before < distance * 1.1 ? before : distance / 2;
	whole += after < distance * 1.1 ? after : distance / 2;
	return grown * (whole / measured);
}

static double increase(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	return stretched(all, t, now, true);
}

static double rate(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	return stretched(all, t, now, true) / seconds(sh_window_of(t));
}

static double delta(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	return stretched(all, t, now, false);
}

const struct sh_window_kind sh_window_rate = {
	.kind = { .name = "rate", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window",
		  .help = "How much a counter grew a second over the window, resets taken into account." },
	.tally = &growth, .least = 2, .answer = rate,
};

const struct sh_window_kind sh_window_increase = {
	.kind = { .name = "increase", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window",
		  .help = "How much a counter grew in the window, resets taken into account." },
	.tally = &growth, .least = 2, .answer = increase,
};

const struct sh_window_kind sh_window_delta = {
	.kind = { .name = "delta", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window",
		  .help = "The value now less the value a window ago; below 0 where it fell." },
	.tally = &growth, .least = 2, .answer = delta,
};
