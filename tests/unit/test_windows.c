/* SPDX-License-Identifier: MIT */
/*
 * The functions over a window against a naive reference over all points, on streams
 * with jitter, gaps, jumps of time, resets and constant stretches; and each of them
 * stored and loaded at random points against one that never was.
 */
#include "config.h"

#include "series/past.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "naive.h"
#include "series/recent.h"
#include "stream.h"
#include "tap.h"

struct call {
	const char *name;
	double q;       /* the first argument where one stands before the window */
	int64_t ahead;  /* the one after it */
	uint64_t least; /* points needed */
	double error;   /* of the value, relative to the greatest seen */
};

static const struct call calls[] = {
	{ "avg", 0, 0, 1, 1e-14 },      { "sum", 0, 0, 1, 1e-11 },
	{ "count", 0, 0, 1, 0 },        { "min", 0, 0, 1, 0 },
	{ "max", 0, 0, 1, 0 },          { "stddev", 0, 0, 1, 1e-13 },
	{ "rate", 0, 0, 2, 1e-9 },      { "increase", 0, 0, 2, 1e-9 },
	{ "delta", 0, 0, 2, 1e-9 },      { "deriv", 0, 0, 2, 1e-10 },
	{ "predict_linear", 0, 4 * SH_HOUR, 2, 1e-7 },
	{ "changes", 0, 0, 1, 0 },      { "resets", 0, 0, 1, 0 },
};

static struct sh_past_terms terms_of(const struct call *c, int64_t window)
{
	struct sh_past_terms t = { .kind = sh_past_find(c->name) };

	if (c->q != 0)
		t.arg[t.n++] = (struct sh_past_arg){ SH_PAST_NUMBER, c->q, 0 };
	t.arg[t.n++] = (struct sh_past_arg){ SH_PAST_DURATION, (double)window / 1e9, window };
	if (c->ahead)
		t.arg[t.n++] = (struct sh_past_arg){ SH_PAST_DURATION, (double)c->ahead / 1e9, c->ahead };
	return t;
}

/* One function on one stream. */
struct trial {
	const struct call *call;
	struct sh_past_terms terms;
	int64_t window;
	struct sh_recent *plain, *split;
	struct sh_point *past;
	size_t n, since; /* since: where it was last silent for a window */
	double greatest;
	size_t checked, coarse, wrong, unequal;
};

static bool is_near(const struct trial *t, double got, long double want)
{
	return fabsl(got - want) <= t->call->error * t->greatest + (long double)t->call->error * fabsl(want);
}

/* Exact, or with cells exact for a window up to a sixtieth longer. */
static bool is_right(struct trial *t, int64_t now, double got)
{
	int64_t start = now - t->window, width = (t->window - 1) / SH_RECENT_CELLS + 1;
	size_t from = t->n;

	while (from > t->since && t->past[from - 1].time >= start)
		from--;
	t->coarse += t->plain->has_cells;
	for (;; from--) {
		if (t->n - from >= t->call->least &&
		    is_near(t, got, naive(&t->terms, t->past + from, t->n - from, t->window, now)))
			return true;
		if (!t->plain->has_cells || from == t->since || t->past[from - 1].time <= start - width)
			return false;
	}
}

static bool is_known(const struct trial *t, int64_t now)
{
	size_t inside = 0;

	for (size_t i = t->n; i > t->since && t->past[i - 1].time >= now - t->window; i--)
		inside++;
	/* The oldest cell may reach out of the window, and with it a second point. */
	return (inside >= t->call->least || (inside && t->plain->has_cells)) &&
	       (t->terms.eager || t->past[t->since].time <= t->past[t->n - 1].time - t->window);
}

static void check(struct trial *t, int64_t now)
{
	struct sh_past_answer a = t->terms.kind->ask(t->plain, &t->terms, now);

	t->checked++;
	if (a.known != is_known(t, now) || (a.known && !is_right(t, now, a.value))) {
		if (!t->wrong++)
			diag("%s after %zu points: %d %.17g %s", t->call->name, t->n, a.known, a.value,
			     a.why ? a.why : "");
	}
	if (!a.known && !a.why)
		t->wrong++;
}

/* Store, load into another and go on with that. */
static void split(struct trial *t)
{
	const struct sh_past_kind *k = t->terms.kind;
	struct sh_buf b = SH_BUF_INIT, again = SH_BUF_INIT;
	struct sh_recent *loaded = calloc(1, k->size(&t->terms));
	struct sh_error err = SH_ERROR_INIT;
	struct sh_bytes in;

	k->store(t->split, &t->terms, &b);
	in = (struct sh_bytes){ (unsigned char *)b.data, b.len };
	if (k->load(loaded, &t->terms, &in, &err) < 0 || in.len)
		t->unequal++;
	k->store(loaded, &t->terms, &again);
	if (b.len != again.len || memcmp(b.data, again.data, b.len) != 0)
		t->unequal++;
	k->release(t->split);
	free(t->split);
	t->split = loaded;
	sh_buf_release(&b);
	sh_buf_release(&again);
}

static void note(struct trial *t, struct sh_point p)
{
	const struct sh_past_kind *k = t->terms.kind;
	struct sh_past_answer a, b;

	if (t->n && p.time - t->window > t->past[t->n - 1].time)
		t->since = t->n;
	t->past[t->n++] = p;
	t->greatest = fabs(p.value) > t->greatest ? fabs(p.value) : t->greatest;
	k->note(t->plain, &t->terms, p.time, p.value);
	k->note(t->split, &t->terms, p.time, p.value);
	a = k->ask(t->plain, &t->terms, p.time);
	b = k->ask(t->split, &t->terms, p.time);
	t->unequal += a.known != b.known || a.why != b.why || memcmp(&a.value, &b.value, sizeof(a.value));
}

static void run(struct trial *t, int shape, size_t points, bool eager)
{
	struct stream s = { 88172645463325252ULL + (uint64_t)shape * 7919, 1700000000 * SH_SEC, SH_SEC, 0, shape };
	uint64_t seed = 2463534242ULL * (points + 1);

	t->terms.eager = eager;
	t->plain = calloc(1, t->terms.kind->size(&t->terms));
	t->split = calloc(1, t->terms.kind->size(&t->terms));
	t->past = calloc(4 * points + 4000, sizeof(*t->past));
	for (size_t i = 0; i < 4 * points + 4000; i++) {
		note(t, next(&s));
		if (draw(&seed) % 50 == 0)
			split(t);
		if (draw(&seed) % (points / 4 + 2) == 0)
			check(t, s.time + (draw(&seed) % 3 ? 0 : (int64_t)(draw(&seed) % (uint64_t)t->window)));
	}
	t->terms.kind->release(t->plain);
	t->terms.kind->release(t->split);
	free(t->plain);
	free(t->split);
	free(t->past);
}

static void test_reference(void)
{
	static const size_t lengths[] = { 2, 7, 60, 115, 300, 10000 }; /* points in a window */

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
			size_t checked = 0, coarse = 0, wrong = 0, unequal = 0;
			int64_t window = (int64_t)lengths[k] * SH_SEC;

			for (int shape = 0; shape < SHAPES; shape++) {
				struct trial t = { .call = &calls[i], .window = window,
						   .terms = terms_of(&calls[i], window) };

				run(&t, shape, lengths[k], (shape + (int)k) % 2);
				checked += t.checked;
				coarse += t.coarse;
				wrong += t.wrong;
				unequal += t.unequal;
			}
			OK(checked > 50 && !wrong && !unequal && !coarse == (lengths[k] < SH_RECENT_POINTS),
			   "%s of %zu points: %zu of %zu as the reference says, %zu from cells; split runs differ %zu times",
			   calls[i].name, lengths[k], checked - wrong, checked, coarse, unequal);
		}
}

int main(void)
{
	test_reference();
	return plan_done();
}
