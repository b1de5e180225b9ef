/* SPDX-License-Identifier: MIT */
/* quantile, median, mad - the values of a window by rank; the window is the last argument */
#include "config.h"

#include <math.h>

#include "series/kinds.h"
#include "series/ranks.h"

static int64_t window_of(const struct sh_past_terms *t)
{
	return t->arg[t->n - 1].ns;
}

static size_t size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct sh_ranks);
}

static void release(void *state)
{
	sh_ranks_release(state);
}

static void note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	sh_ranks_note(state, window_of(t), time, value);
}

static struct sh_past_answer ask(const struct sh_ranks *r, const struct sh_past_terms *t, int64_t now,
				 double (*of)(struct sh_ranked *a, size_t n, double q), double q)
{
	struct sh_ranked a[SH_RANKED_MAX];
	size_t n = sh_ranks_take(r, window_of(t), now, a);

	if (!n)
		return sh_window_unknown("nothing was measured in the window");
	if (!t->eager && !sh_ranks_covers(r, window_of(t)))
		return sh_window_unknown("not yet measured for as long as the window");
	return sh_window_known(of(a, n, q));
}

static double deviation(struct sh_ranked *a, size_t n, double q)
{
	double middle = sh_ranked_quantile(a, n, q);

	for (size_t i = 0; i < n; i++)
		a[i].value = fabs(a[i].value - middle);
	return sh_ranked_quantile(a, n, q);
}

static struct sh_past_answer ask_quantile(const void *state, const struct sh_past_terms *t, int64_t now)
{
	return ask(state, t, now, sh_ranked_quantile, t->arg[0].number);
}

static struct sh_past_answer ask_median(const void *state, const struct sh_past_terms *t, int64_t now)
{
	return ask(state, t, now, sh_ranked_quantile, 0.5);
}

static struct sh_past_answer ask_mad(const void *state, const struct sh_past_terms *t, int64_t now)
{
	return ask(state, t, now, deviation, 0.5);
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	sh_ranks_store(state, window_of(t), out);
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in, struct sh_error *err)
{
	return sh_ranks_load(state, window_of(t), in, err);
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct sh_ranks *r = state;

	sh_buf_addf(out, "\"%s\":%zu,\"covered\":%s", r->n ? "blocks" : "points",
		    r->n ? r->n : r->points.n, sh_ranks_covers(r, window_of(t)) ? "true" : "false");
}

static int check_window(const struct sh_past_terms *t, struct sh_error *err)
{
	return sh_window_is_duration(t, 0, err);
}

static int check_quantile(const struct sh_past_terms *t, struct sh_error *err)
{
	if (!t->n || t->arg[0].type != SH_PAST_NUMBER || !(t->arg[0].number >= 0) ||
	    !(t->arg[0].number <= 1))
		return sh_error_set(err, SH_ERRC_CONFIG, "%s: argument 2 is a number from 0 to 1",
				    t->kind->name);
	return sh_window_is_duration(t, 1, err);
}

#define RANKS_FUNCTIONS                                                                    \
	.reach = window_of, .size = size, .release = release, .note = note, .store = store, \
	.load = load, .show = show

const struct sh_past_kind sh_past_quantile = {
	.name = "quantile", .min_args = 2, .max_args = 2, .check = check_quantile, RANKS_FUNCTIONS,
	.ask = ask_quantile, .synopsis = "q, window",
	.help = "The value that a part q, from 0 to 1, of those in the window is below.",
};

const struct sh_past_kind sh_past_median = {
	.name = "median", .min_args = 1, .max_args = 1, .check = check_window, RANKS_FUNCTIONS,
	.ask = ask_median, .synopsis = "window",
	.help = "The value in the middle of those in the window, the same as quantile 0.5.",
};

const struct sh_past_kind sh_past_mad = {
	.name = "mad", .min_args = 1, .max_args = 1, .check = check_window, RANKS_FUNCTIONS,
	.ask = ask_mad, .synopsis = "window",
	.help = "The median distance of the values in the window from their median.",
};
