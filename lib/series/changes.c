/* SPDX-License-Identifier: MIT */
/*
 * changes, resets - how often a value differed from the one before it, or fell
 * below it, within a window
 * changed - whether it did, with a window or at the last measurement
 */
#include "config.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "series/kinds.h"
#include "series/pair.h"

enum { FIRST, LAST, STEPS };

/* The same loop for both: the compiler makes two of it. */
static inline __attribute__((always_inline)) void
add_steps(struct sh_cell *c, const struct sh_point *p, size_t n, bool (*is_step)(double, double))
{
	double last;

	if (!c->n)
		c->is[FIRST] = c->is[LAST] = p->value;
	last = c->is[LAST];
	for (size_t i = 0; i < n; i++) {
		c->is[STEPS] += is_step(last, p[i].value);
		last = p[i].value;
	}
	c->is[LAST] = last;
}

static void merge_steps(struct sh_cell *c, const struct sh_cell *later, bool is_step)
{
	c->is[STEPS] += later->is[STEPS] + is_step;
	c->is[LAST] = later->is[LAST];
}

static inline bool differs(double before, double v)
{
	return before < v || before > v;
}

static inline bool falls(double before, double v)
{
	return v < before;
}

#ifdef __SSE2__
/* Two at a time: it is asked with all points of its window at each measurement. */
static void add_changes(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	__m128d before = _mm_set1_pd(c->n ? c->is[LAST] : p->value), v;
	__m128i steps = _mm_setzero_si128();
	int64_t each[2];
	size_t i;

	for (i = 0; i + 2 <= n; i += 2) {
		v = _mm_loadh_pd(_mm_load_sd(&p[i].value), &p[i + 1].value);
		before = _mm_shuffle_pd(before, v, 1);
		steps = _mm_sub_epi64(steps, _mm_castpd_si128(_mm_cmpneq_pd(before, v)));
		before = v;
	}
	_mm_storeu_si128((__m128i *)(void *)each, steps);
	if (!c->n)
		c->is[FIRST] = p->value;
	c->is[STEPS] += (double)(each[0] + each[1]);
	if (i < n)
		c->is[STEPS] += differs(_mm_cvtsd_f64(_mm_unpackhi_pd(before, before)), p[i].value);
	c->is[LAST] = p[n - 1].value;
}
#else
static void add_changes(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	add_steps(c, p, n, differs);
}
#endif

static void merge_changes(struct sh_cell *c, const struct sh_cell *later)
{
	merge_steps(c, later, differs(c->is[LAST], later->is[FIRST]));
}

static void add_resets(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	add_steps(c, p, n, falls);
}

static void merge_resets(struct sh_cell *c, const struct sh_cell *later)
{
	merge_steps(c, later, falls(c->is[LAST], later->is[FIRST]));
}

static const struct sh_tally changes = { 3, add_changes, merge_changes };
static const struct sh_tally resets = { 3, add_resets, merge_resets };

static double steps(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return all->is[STEPS];
}

static double is_changed(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return all->is[STEPS] > 0;
}

static int check_changed(const struct sh_past_terms *t, struct sh_error *err)
{
	return t->n ? sh_window_check(t, err) : 0;
}

static int64_t changed_reach(const struct sh_past_terms *t)
{
	return t->n ? sh_window_reach(t) : 0;
}

/* With a window the one, without the other; nothing but the terms says which, and release has none. */
struct changed {
	struct sh_recent recent;
	struct sh_pair pair;
};

static size_t changed_size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct changed);
}

static void release_changed(void *state)
{
	sh_recent_release(&((struct changed *)state)->recent);
}

static void note_changed(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct changed *c = state;

	if (t->n)
		sh_window_note(&c->recent, t, time, value);
	else
		sh_pair_note(&c->pair, t, time, value);
}

/* A change is one however little of the window is known; that there was none is not. */
static struct sh_past_answer ask_window(const struct sh_recent *r, const struct sh_past_terms *t,
					int64_t now)
{
	struct sh_past_terms eager = *t;
	struct sh_past_answer a;

	eager.eager = true;
	a = sh_window_ask(r, &eager, now);
	return a.known && a.value > 0 ? a : sh_window_ask(r, t, now);
}

static struct sh_past_answer ask_changed(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct changed *c = state;

	if (t->n)
		return ask_window(&c->recent, t, now);
	if (c->pair.n < 2)
		return sh_window_unknown("measured less than twice");
	return sh_window_known(differs(c->pair.value_before, c->pair.value));
}

static void store_changed(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct changed *c = state;

	if (t->n)
		sh_window_store(&c->recent, t, out);
	else
		sh_pair_store(&c->pair, t, out);
}

static int load_changed(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
			struct sh_error *err)
{
	struct changed *c = state;

	return t->n ? sh_window_load(&c->recent, t, in, err) : sh_pair_load(&c->pair, t, in, err);
}

const struct sh_window_kind sh_window_changes = {
	.kind = { .name = "changes", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window",
		  .help = "How often a value in the window differed from the one before it." },
	.tally = &changes, .least = 1, .answer = steps,
};

const struct sh_window_kind sh_window_resets = {
	.kind = { .name = "resets", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window",
		  .help = "How often a value in the window was below the one before it." },
	.tally = &resets, .least = 1, .answer = steps,
};

const struct sh_window_kind sh_window_changed = {
	.kind = { .name = "changed", .max_args = 1, .is_truth = true, .check = check_changed,
		  .reach = changed_reach, .size = changed_size, .release = release_changed,
		  .note = note_changed, .ask = ask_changed, .store = store_changed,
		  .load = load_changed, .synopsis = "[window]",
		  .help = "Whether the last value, or any in the window, differs from the one before it." },
	.tally = &changes, .least = 1, .answer = is_changed,
};
