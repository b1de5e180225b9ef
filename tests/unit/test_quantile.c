/* SPDX-License-Identifier: MIT */
/*
 * quantile, median and mad: equal to a sort of all points while they are few, near in
 * rank when they are many, and the same whether stored in between or not.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "one_past.h"
#include "series/ranks.h"
#include "stream.h"
#include "tap.h"

/* Of the points of a window, how far the rank of a quantile may be off. */
#define ERROR 0.05

static const double parts[] = { 0, 0.01, 0.25, 0.5, 0.9, 0.99, 1 };
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double sorted_quantile(const double *v, size_t n, double q)
{
	double rank = q * (double)(n - 1);
	size_t low = (size_t)rank, high = low + 1 < n ? low + 1 : low;

	return v[low] + (v[high] - v[low]) * (rank - (double)low);
}

/* How much of V would have to be elsewhere for X to be the quantile. */
static double rank_error(const double *v, size_t n, double x, double q)
{
	size_t below = 0, up_to = 0;

	for (size_t i = 0; i < n; i++) {
		below += v[i] < x;
		up_to += v[i] <= x;
	}
	if ((double)below / (double)n > q)
		return (double)below / (double)n - q;
	return (double)up_to / (double)n < q ? q - (double)up_to / (double)n : 0;
}

struct trial {
	struct one plain, split;
	double *v; /* of the window, sorted */
	size_t checked, coarse, wrong, unequal;
	double worst;
};

static void go_on_with_stored(struct trial *t)
{
	struct sh_buf b = SH_BUF_INIT, again = SH_BUF_INIT;
	struct sh_error err;

	t->split.t.kind->store(t->split.state, &t->split.t, &b);
	t->split.t.kind->release(t->split.state);
	t->unequal += load(&t->split, &b, b.len, &err) < 0;
	t->split.t.kind->store(t->split.state, &t->split.t, &again);
	t->unequal += b.len != again.len || memcmp(b.data, again.data, b.len) != 0;
	sh_buf_release(&b);
	sh_buf_release(&again);
}

static void check(struct trial *t, size_t n, int64_t now)
{
	struct sh_ranks *r = t->plain.state;

	t->checked++;
	t->coarse += r->n > 0;
	qsort(t->v, n, sizeof(*t->v), by_value);
	for (size_t i = 0; i < PARTS; i++) {
		struct sh_past_answer a, b;
		double off, want = sorted_quantile(t->v, n, parts[i]);

		t->plain.t.arg[0].number = t->split.t.arg[0].number = parts[i];
		a = t->plain.t.kind->ask(r, &t->plain.t, now);
		b = t->split.t.kind->ask(t->split.state, &t->split.t, now);
		t->unequal += a.known != b.known || memcmp(&a.value, &b.value, sizeof(a.value)) != 0;
		off = a.known ? rank_error(t->v, n, a.value, parts[i]) : 1;
		t->worst = r->n && off > t->worst ? off : t->worst;
		t->wrong += !a.known || (r->n ? off > ERROR : fabs(a.value - want) > 1e-9 * fabs(want));
	}
}

static void run(struct trial *t, size_t points, int shape)
{
	struct stream s = { 88172645463325252ULL + (unsigned)shape, 1700000000 * SH_SEC, SH_SEC, 0, shape };
	size_t all = 3 * points + 3000, oldest = 0;
	struct sh_point *p = calloc(all, sizeof(*p));

	t->v = calloc(all, sizeof(*t->v));
	for (size_t i = 0; i < all; i++) {
		p[i] = next(&s);
		t->plain.t.kind->note(t->plain.state, &t->plain.t, p[i].time, p[i].value);
		t->split.t.kind->note(t->split.state, &t->split.t, p[i].time, p[i].value);
		while (p[oldest].time < p[i].time - t->plain.t.arg[1].ns)
			oldest++;
		if (i % 37 == 0)
			go_on_with_stored(t);
		if (i % (points / 7 + 5))
			continue;
		for (size_t k = oldest; k <= i; k++)
			t->v[k - oldest] = p[k].value;
		check(t, i + 1 - oldest, p[i].time);
	}
	free(p);
	free(t->v);
}

static struct one begin_quantile(int64_t window)
{
	struct one o = begin("quantile", window, true);

	o.t.arg[1] = o.t.arg[0];
	o.t.arg[0] = (struct sh_past_arg){ SH_PAST_NUMBER, 0.5, 0 };
	o.t.n = 2;
	return o;
}

static void test_reference(void)
{
	static const size_t lengths[] = { 2, 7, 60, 115, 300, 1000, 10000 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (int shape = 0; shape < SHAPES; shape++) {
			struct trial t = { .plain = begin_quantile((int64_t)lengths[i] * SH_SEC),
					   .split = begin_quantile((int64_t)lengths[i] * SH_SEC) };

			run(&t, lengths[i], shape);
			OK(t.checked > 10 && !t.wrong && !t.unequal && !t.coarse == (lengths[i] < 128),
			   "%zu points, stream %d: %zu of %zu wrong, %zu from blocks, rank off by %.4f at most; split runs differ %zu times",
			   lengths[i], shape, t.wrong, t.checked * PARTS, t.coarse, t.worst, t.unequal);
			end(&t.plain);
			end(&t.split);
		}
}

static void test_by_hand(void)
{
	static const double v[] = { 1, 9, 2, 8, 3, 100 };
	struct one median = begin("median", SH_MIN, true), mad = begin("mad", SH_MIN, true);
	struct sh_past_answer a;

	OK(!strcmp(median.t.kind->ask(median.state, &median.t, 0).why, "nothing was measured in the window"),
	   "no points, no median");
	for (int64_t i = 0; i < 6; i++) {
		median.t.kind->note(median.state, &median.t, i, v[i]);
		mad.t.kind->note(mad.state, &mad.t, i, v[i]);
	}
	a = median.t.kind->ask(median.state, &median.t, 6);
	OK(a.known && a.value == 5.5, "the median of 1 2 3 8 9 100 is 5.5");
	a = mad.t.kind->ask(mad.state, &mad.t, 6);
	OK(a.known && a.value == 3.5, "and its distances are 4.5 3.5 2.5 2.5 3.5 94.5, so mad is 3.5");
	median.t.eager = false;
	OK(!median.t.kind->ask(median.state, &median.t, 6).known, "6 ns are no minute");
	end(&median);
	end(&mad);
}

static void test_arguments(void)
{
	struct one o = begin_quantile(SH_MIN);
	struct sh_error err = SH_ERROR_INIT;

	OK(o.t.kind->check(&o.t, &err) == 0 && o.t.kind->reach(&o.t) == SH_MIN, "0.5 of 1m");
	o.t.arg[0].number = 1.5;
	OK(o.t.kind->check(&o.t, &err) < 0 && !strncmp(err.text, "quantile: ", 10), "%s", err.text);
	o.t.arg[0] = o.t.arg[1];
	OK(o.t.kind->check(&o.t, &err) < 0, "a duration is no part");
	end(&o);
}

static void test_damage(void)
{
	struct one o = begin_quantile(SH_HOUR), copy = begin_quantile(SH_HOUR);
	struct sh_buf b = SH_BUF_INIT;
	struct sh_error err;
	size_t taken = 0;

	for (int64_t i = 0; i < 9000; i++)
		o.t.kind->note(o.state, &o.t, i * SH_SEC / 3, (double)(i * 7919 % 1000));
	o.t.kind->store(o.state, &o.t, &b);
	OK(b.len < 4096 && sizeof(struct sh_ranks) + SH_RANKS_BLOCKS * (32 + 8 * SH_RANKS_VALUES) < 4096,
	   "%zu bytes stored", b.len);
	for (size_t len = 0; len < b.len; len++)
		taken += load(&copy, &b, len, &err) == 0;
	OK(!taken && !((struct sh_ranks *)copy.state)->block, "cut anywhere they are refused");
	for (size_t i = 0; i < b.len; i++) { /* some are taken; none may break what follows */
		b.data[i] ^= (char)0x81;
		if (load(&copy, &b, b.len, &err) == 0) {
			for (int64_t k = 0; k < 40; k++)
				copy.t.kind->note(copy.state, &copy.t, INT64_MAX - 50 + k, 1);
			copy.t.kind->ask(copy.state, &copy.t, INT64_MAX);
			copy.t.kind->release(copy.state);
		}
		b.data[i] ^= (char)0x81;
	}
	b.data[0] = 9;
	OK(load(&copy, &b, b.len, &err) < 0 && strstr(err.text, "version 9"), "%s", err.text);
	sh_buf_release(&b);
	end(&o);
	end(&copy);
}

int main(void)
{
	test_arguments();
	test_by_hand();
	test_reference();
	test_damage();
	return plan_done();
}
