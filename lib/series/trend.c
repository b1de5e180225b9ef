/* SPDX-License-Identifier: MIT */
/*
 * trend - the slope over a window that outliers do not move
 *
 * The window is held as 16 means of equal times. The slope is the median of
 * those between each two of them (Theil 1950, Sen 1968); it counts only if more
 * pairs rise than fall, or fall than rise, than would by chance (Mann 1945,
 * Kendall 1948, at 95 %).
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "series/kinds.h"

#define FORMAT 1
#define PARTS 16
#define SLOTS (PARTS + 1) /* one is incomplete at each end */
#define MIN 5		  /* means that can rise in a row by chance in less than 5 % of cases */
#define CHANCE 1.96
#define LARGEST 1e150

struct part {
	int64_t number;
	uint32_t n;
	double at; /* mean time from its begin, s */
	double mean;
};

struct trend {
	bool is_any;
	int64_t last;
	struct part part[SLOTS];
};

struct points {
	size_t n;
	double at[SLOTS], value[SLOTS];
};

static int64_t length_of(const struct sh_past_terms *t)
{
	return t->arg[0].ns / PARTS;
}

static int64_t number_of(int64_t time, int64_t length)
{
	return time / length - (time % length < 0);
}

static int check(const struct sh_past_terms *t, struct sh_error *err)
{
	if (t->arg[0].type != SH_PAST_DURATION || t->arg[0].ns < PARTS)
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "trend: the window must be a duration above 0");
	return 0;
}

static size_t size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct trend);
}

static struct part *slot_of(struct trend *r, int64_t number)
{
	int64_t slot = number % SLOTS;

	return &r->part[slot < 0 ? slot + SLOTS : slot];
}

static void note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct trend *r = state;
	int64_t length = length_of(t), number = number_of(time, length);
	struct part *p = slot_of(r, number);
	double x = fmin(fmax(value, -LARGEST), LARGEST);

	if (p->number != number || !p->n)
		*p = (struct part){ .number = number };
	if (p->n < UINT32_MAX)
		p->n++;
	p->at += ((double)(time - number * length) / SH_SEC - p->at) / p->n;
	p->mean += (x - p->mean) / p->n;
	r->last = time;
	r->is_any = true;
}

/* The means of the window that ends at NOW, the oldest first; times from its begin. */
static void collect(const struct trend *r, const struct sh_past_terms *t, int64_t now,
		    struct points *p)
{
	int64_t length = length_of(t), newest = number_of(now, length);

	p->n = 0;
	for (int64_t k = SLOTS; k-- > 0;) {
		const struct part *part = slot_of((struct trend *)(uintptr_t)r, newest - k);

		if (!part->n || part->number != newest - k)
			continue;
		p->at[p->n] = (double)((PARTS - k) * length) / SH_SEC + part->at;
		p->value[p->n++] = part->mean;
	}
}

/* The number that K of V are below (Hoare 1961); V is reordered. */
static double nth(double *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1;

	while (lo < hi) {
		double pivot = v[lo + (hi - lo) / 2];
		size_t i = lo, j = hi;

		for (;; i++, j--) {
			double held;

			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i >= j)
				break;
			held = v[i];
			v[i] = v[j];
			v[j] = held;
		}
		if (k <= j)
			hi = j;
		else
			lo = j + 1;
	}
	return v[k];
}

/* By how many more pairs rise than fall. */
static int tau_of(const struct points *p)
{
	int tau = 0;

	for (size_t j = 1; j < p->n; j++)
		for (size_t i = 0; i < j; i++)
			tau += (p->value[j] > p->value[i]) - (p->value[j] < p->value[i]);
	return tau;
}

static double slope_of(const struct points *p)
{
	double slope[SLOTS * (SLOTS - 1) / 2];
	size_t n = 0;

	for (size_t j = 1; j < p->n; j++)
		for (size_t i = 0; i < j; i++)
			slope[n++] = (p->value[j] - p->value[i]) / (p->at[j] - p->at[i]);
	return n % 2 ? nth(slope, n, n / 2)
		     : nth(slope, n, n / 2 - 1) / 2 + nth(slope, n, n / 2) / 2;
}

static bool stands_out(const struct points *p)
{
	double var = (double)(p->n * (p->n - 1) * (2 * p->n + 5)) / 18;

	return abs(tau_of(p)) - 1 > CHANCE * sqrt(var);
}

static struct sh_past_answer ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct trend *r = state;
	struct points p;
	bool counts;

	collect(r, t, now, &p);
	if (p.n < 2 || (!t->eager && p.n < MIN))
		return (struct sh_past_answer){ .why = "fewer than 5 of 16 parts of the window" };
	if (!t->eager && (p.at[p.n - 1] - p.at[0]) * 2 < t->arg[0].number)
		return (struct sh_past_answer){ .why = "less than half of the window was seen" };
	counts = t->eager || stands_out(&p);
	return (struct sh_past_answer){ .known = true, .value = counts ? slope_of(&p) : 0 };
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct trend *r = state;

	(void)t;
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, r->is_any, 1);
	sh_bytes_put(out, (uint64_t)r->last, 8);
	for (size_t i = 0; i < SLOTS; i++) {
		sh_bytes_put(out, r->part[i].n, 4);
		if (!r->part[i].n)
			continue;
		sh_bytes_put(out, (uint64_t)r->part[i].number, 8);
		sh_bytes_put_double(out, r->part[i].at);
		sh_bytes_put_double(out, r->part[i].mean);
	}
}

static bool take_part(struct part *p, double length, struct sh_bytes *in)
{
	uint64_t n, number;

	if (!sh_bytes_take(in, 4, &n))
		return false;
	p->n = (uint32_t)n;
	if (!n)
		return true;
	if (!sh_bytes_take(in, 8, &number) || !sh_bytes_take_double(in, &p->at) ||
	    !sh_bytes_take_double(in, &p->mean))
		return false;
	p->number = (int64_t)number;
	return p->at >= 0 && p->at <= length && fabs(p->mean) <= LARGEST;
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		struct sh_error *err)
{
	struct trend *r = state;
	uint64_t format, any, last;
	size_t i = 0;

	if (sh_bytes_take(in, 1, &format) && format == FORMAT && sh_bytes_take(in, 1, &any) &&
	    any <= 1 && sh_bytes_take(in, 8, &last))
		for (; i < SLOTS; i++)
			if (!take_part(&r->part[i], (double)length_of(t) / SH_SEC, in))
				break;
	if (i == SLOTS) {
		r->is_any = any;
		r->last = (int64_t)last;
		return 0;
	}
	memset(r, 0, sizeof(*r));
	return sh_error_set(err, SH_ERRC_STATE, "a stored trend is damaged or of a newer form");
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct trend *r = state;
	struct points p;

	collect(r, t, r->last, &p);
	sh_buf_addf(out, "\"parts\":%zu", p.n);
	if (p.n < 2)
		return;
	sh_buf_addf(out, ",\"per_hour\":%.6g,\"tau\":%.3g", slope_of(&p) * 3600,
		    tau_of(&p) * 2. / (double)(p.n * (p.n - 1)));
}

const struct sh_past_kind sh_past_trend = {
	.name = "trend",
	.min_args = 1,
	.max_args = 1,
	.check = check,
	.size = size,
	.note = note,
	.ask = ask,
	.store = store,
	.load = load,
	.show = show,
	.synopsis = "window",
	.help = "By how much the value changes a second: the median of the slopes between "
		"16 parts of the window, which single values do not move.",
};
