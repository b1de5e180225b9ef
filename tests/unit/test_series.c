/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

static void add_each_second(struct sh_series *s, int64_t from, int64_t to)
{
	for (int64_t t = from; t <= to; t++)
		sh_series_add(s, t * SH_SEC, (double)t);
}

static void test_order(void)
{
	struct sh_series s;

	sh_series_init(&s, 10, 0);
	OK(!sh_series_last(&s), "an empty series has no last point");
	OK(!sh_series_covers(&s, 0), "and knows nothing");
	OK(sh_series_add(&s, 5, 1), "the first point is taken");
	OK(!sh_series_add(&s, 5, 2), "the same time again is not");
	OK(!sh_series_add(&s, 4, 2), "an older time is not");
	OK(!sh_series_add(&s, 6, NAN) && !sh_series_add(&s, 6, INFINITY), "only finite values are");
	OK(s.n == 1 && sh_series_last(&s)->value == 1, "what was refused changed nothing");
	sh_series_release(&s);
	OK(s.n == 0 && s.max == 10, "released, it is empty and usable");
}

static void test_bounds(void)
{
	static const struct {
		size_t max;
		int64_t span;
		int64_t points;
		size_t want;
		int64_t oldest;
	} cases[] = {
		{ 1, 0, 5, 1, 5 },          { 3, 0, 2, 2, 1 },
		{ 3, 0, 3, 3, 1 },          { 3, 0, 100, 3, 98 },
		{ 100, 0, 100, 100, 1 },    { 100, 10 * SH_SEC, 100, 11, 90 },
		{ 5, 10 * SH_SEC, 100, 5, 96 }, { 100, SH_SEC / 2, 100, 2, 99 },
		{ 1000, 600 * SH_SEC, 900, 601, 300 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_series s;

		sh_series_init(&s, cases[i].max, cases[i].span);
		add_each_second(&s, 1, cases[i].points);
		OK(s.n == cases[i].want && sh_series_at(&s, 0)->time == cases[i].oldest * SH_SEC &&
			   sh_series_last(&s)->time == cases[i].points * SH_SEC,
		   "case %zu: %zu points since second %d", i, cases[i].want, (int)cases[i].oldest);
		OK(s.cap <= cases[i].max, "case %zu: memory for no more than %zu", i, cases[i].max);
		if (cases[i].span && cases[i].max > 5)
			OK(sh_series_covers(&s, cases[i].points * SH_SEC - cases[i].span),
			   "case %zu: the whole span is known", i);
		sh_series_release(&s);
	}
}

static void test_windows(void)
{
	static const struct {
		int64_t from, to; /* seconds */
		size_t n;
		double first;
	} cases[] = {
		{ 0, 100, 20, 31 }, { 45, 50, 5, 46 }, { 30, 50, 20, 31 }, { 31, 50, 19, 32 },
		{ 49, 50, 1, 50 },  { 50, 50, 0, 0 },  { 50, 99, 0, 0 },   { 0, 30, 0, 0 },
		{ 0, 31, 1, 31 },   { 40, 35, 0, 0 },
	};
	struct sh_series s;

	sh_series_init(&s, 20, 0);
	add_each_second(&s, 1, 50); /* 31 to 50 remain, the ring has wrapped */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_window w = sh_series_window(&s, cases[i].from * SH_SEC, cases[i].to * SH_SEC);
		const struct sh_point *p, *first = NULL;
		int64_t last = 0;
		bool rising = true;
		size_t n = 0;

		for (; (p = sh_window_next(&w)); n++, last = p->time) {
			rising = rising && p->time > last;
			if (!first)
				first = p;
		}
		OK(n == cases[i].n && rising && (!first || first->value == cases[i].first),
		   "after %d up to %d are %zu points", (int)cases[i].from, (int)cases[i].to, cases[i].n);
	}
	sh_series_release(&s);
}

static void test_bytes(void)
{
	struct sh_series s, t;
	struct sh_buf b = SH_BUF_INIT, again = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;

	sh_series_init(&s, 20, 0);
	sh_series_init(&t, 20, 0);
	add_each_second(&s, 1, 33);
	sh_series_add(&s, 40 * SH_SEC + 1, -0.1);
	sh_series_store(&s, &b);
	OK(sh_series_load(&t, b.data, b.len, &err) == 0, "what was stored loads: %s", err.text);
	sh_series_store(&t, &again);
	OK(b.len == again.len && !memcmp(b.data, again.data, b.len), "and is the same");
	OK(b.len == 5 + 20 * 16, "16 bytes a point");
	sh_series_release(&s);
	sh_series_init(&s, 3, 0);
	OK(sh_series_load(&s, b.data, b.len, &err) == 0 && s.n == 3 &&
		   sh_series_last(&s)->value == -0.1,
	   "a smaller series keeps the newest");
	for (size_t len = 0; len < b.len; len++) {
		if (sh_series_load(&s, b.data, len, &err) == 0)
			OK(false, "cut to %zu bytes it is refused", len);
		sh_error_clear(&err);
	}
	sh_buf_addch(&b, 0);
	OK(sh_series_load(&s, b.data, b.len, &err) < 0, "a byte too many is refused: %s", err.text);
	sh_error_clear(&err);
	b.data[0] = 9;
	OK(sh_series_load(&s, b.data, b.len - 1, &err) < 0 && strstr(err.text, "version 9"),
	   "a newer version is refused: %s", err.text);
	OK(s.n == 3 && sh_series_last(&s)->value == -0.1, "and the series is as it was");
	sh_buf_release(&b);
	sh_buf_release(&again);
	sh_series_release(&s);
	sh_series_release(&t);
}

int main(void)
{
	test_order();
	test_bounds();
	test_windows();
	test_bytes();
	return plan_done();
}
