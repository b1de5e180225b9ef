/* SPDX-License-Identifier: MIT */
/* naive - the functions over a window once more, over all points and without a thought for cost */
#ifndef SH_TESTS_NAIVE_H
#define SH_TESTS_NAIVE_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "series/past.h"
#include "series/recent.h"

static inline long double naive_moment(const struct sh_point *p, size_t n, int power)
{
	long double sum = 0, mean = power > 1 ? naive_moment(p, n, 1) / n : 0;

	for (size_t i = 0; i < n; i++)
		sum += powl((long double)p[i].value - mean, power);
	return sum;
}

static inline long double naive_extreme(const struct sh_point *p, size_t n, int sign)
{
	double best = p->value;

	for (size_t i = 1; i < n; i++)
		if (sign * p[i].value > sign * best)
			best = p[i].value;
	return best;
}

/* Prometheus 2: the start of the window is START. */
static inline long double naive_growth(const struct sh_point *p, size_t n, int64_t start, int64_t now,
				       bool counter)
{
	long double grown = (long double)p[n - 1].value - p->value;
	long double measured = (p[n - 1].time - p->time) / 1e9L, distance = measured / (n - 1);
	long double before = (p->time - start) / 1e9L, after = (now - p[n - 1].time) / 1e9L;

	for (size_t i = 1; counter && i < n; i++)
		if (p[i].value < p[i - 1].value)
			grown += p[i - 1].value;
	if (counter && grown > 0 && p->value >= 0 && measured * p->value / grown < before)
		before = measured * p->value / grown;
	return grown *
	       (measured + (before < distance * 1.1L ? before : distance / 2) +
		(after < distance * 1.1L ? after : distance / 2)) /
	       measured;
}

/* What the line through the points says at AT, or its slope. */
static inline long double naive_line(const struct sh_point *p, size_t n, long double ahead, int64_t now,
				     bool slope)
{
	long double x = 0, y = 0, xx = 0, xy = 0, dx;

	for (size_t i = 0; i < n; i++) {
		x += (p[i].time - now) / 1e9L / n;
		y += (long double)p[i].value / n;
	}
	for (size_t i = 0; i < n; i++) {
		dx = (p[i].time - now) / 1e9L - x;
		xx += dx * dx;
		xy += dx * (p[i].value - y);
	}
	return slope ? xy / xx : y + xy / xx * (ahead - x);
}

static inline long double naive_steps(const struct sh_point *p, size_t n, bool falls)
{
	size_t steps = 0;

	for (size_t i = 1; i < n; i++)
		steps += falls ? p[i].value < p[i - 1].value : p[i].value != p[i - 1].value;
	return steps;
}

/* What T says about the N points P, those of a window of W that ends at NOW. */
static inline long double naive(const struct sh_past_terms *t, const struct sh_point *p, size_t n,
				int64_t w, int64_t now)
{
	const char *f = t->kind->name;

	if (!strcmp(f, "avg"))
		return naive_moment(p, n, 1) / n;
	if (!strcmp(f, "sum"))
		return naive_moment(p, n, 1);
	if (!strcmp(f, "count"))
		return n;
	if (!strcmp(f, "stddev"))
		return sqrtl(naive_moment(p, n, 2) / n);
	if (!strcmp(f, "min") || !strcmp(f, "max"))
		return naive_extreme(p, n, f[1] == 'a' ? 1 : -1);
	if (!strcmp(f, "rate"))
		return naive_growth(p, n, now - w, now, true) / (w / 1e9L);
	if (!strcmp(f, "increase") || !strcmp(f, "delta"))
		return naive_growth(p, n, now - w, now, *f == 'i');
	if (!strcmp(f, "deriv") || !strcmp(f, "predict_linear"))
		return naive_line(p, n, *f == 'p' ? t->arg[1].number : 0, now, *f == 'd');
	if (!strcmp(f, "changes") || !strcmp(f, "resets"))
		return naive_steps(p, n, *f == 'r');
	if (!strcmp(f, "changed"))
		return naive_steps(p, n, false) > 0;
	abort();
}

#endif
