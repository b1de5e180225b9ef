/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/ranks.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define FORMAT 1
#define MANY (UINT64_C(1) << 50) /* points of a block: more were never measured */

struct sh_ranks_block {
	int64_t first, last;
	uint64_t n; /* points */
	size_t k;   /* values; sorted unless it is the newest */
	double v[SH_RANKS_VALUES];
};

/* Of the points, which never become cells here. */
static const struct sh_tally no_tally;

void sh_ranks_release(struct sh_ranks *r)
{
	sh_recent_release(&r->points);
	free(r->block);
	*r = (struct sh_ranks){ 0 };
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double weight(const struct sh_ranks_block *b)
{
	return (double)b->n / (double)b->k;
}

/* Values at the middles of 32 equal parts of what both stand for, or all of few. */
static void compact(struct sh_ranks_block *a, const struct sh_ranks_block *b)
{
	struct sh_ranks_block both = { .first = a->first, .last = b->last, .n = a->n + b->n };
	double step, sum = 0;
	size_t i = 0, j = 0;

	both.k = both.n < SH_RANKS_VALUES ? (size_t)both.n : SH_RANKS_VALUES;
	step = (double)both.n / (double)both.k;
	for (size_t k = 0; k < both.k;) {
		bool is_a = j == b->k || (i < a->k && a->v[i] <= b->v[j]);
		double v = is_a ? a->v[i++] : b->v[j++];

		sum += weight(is_a ? a : b);
		/* Sums are rounded: the last value stands for what is left. */
		while (k < both.k && (((double)k + 0.5) * step < sum || i + j == a->k + b->k))
			both.v[k++] = v;
	}
	*a = both;
}

static void drop(struct sh_ranks *r, size_t i)
{
	r->n--;
	memmove(r->block + i, r->block + i + 1, (r->n - i) * sizeof(*r->block));
}

/* Room for one more: the neighbours that span the least time become one. */
static void make_room(struct sh_ranks *r)
{
	uint64_t least = UINT64_MAX;
	size_t at = 0;

	for (size_t i = 0; i + 1 < r->n; i++) {
		uint64_t span = (uint64_t)r->block[i + 1].last - (uint64_t)r->block[i].first;

		if (span < least) {
			least = span;
			at = i;
		}
	}
	compact(&r->block[at], &r->block[at + 1]);
	drop(r, at + 1);
}

static bool has_room(const struct sh_ranks_block *b, int64_t window, int64_t time)
{
	return b->k < SH_RANKS_VALUES && b->n == b->k &&
	       (uint64_t)time - (uint64_t)b->first < (uint64_t)window / SH_RANKS_BLOCKS;
}

static void put(struct sh_ranks *r, int64_t window, const struct sh_point *p)
{
	struct sh_ranks_block *b = r->n ? &r->block[r->n - 1] : NULL;

	if (!b || !has_room(b, window, p->time)) {
		if (b)
			qsort(b->v, b->k, sizeof(b->v[0]), by_value);
		if (r->n == SH_RANKS_BLOCKS)
			make_room(r);
		b = &r->block[r->n++];
		*b = (struct sh_ranks_block){ .first = p->time };
	}
	b->v[b->k++] = p->value;
	b->n++;
	b->last = p->time;
}

/* More points than are kept: from now on blocks. */
static void condense(struct sh_ranks *r, int64_t window)
{
	r->block = sh_calloc(SH_RANKS_BLOCKS, sizeof(*r->block));
	r->since = r->points.since;
	for (size_t i = 0; i < r->points.n; i++)
		put(r, window, sh_recent_point(&r->points, i));
	sh_recent_release(&r->points);
}

void sh_ranks_note(struct sh_ranks *r, int64_t window, int64_t time, double value)
{
	while (r->n && r->block[0].last < sh_recent_start(time, window))
		drop(r, 0);
	if (r->block && !r->n)
		sh_ranks_release(r);
	if (!r->block && sh_recent_is_full(&r->points, window, time))
		condense(r, window);
	if (r->block)
		put(r, window, &(struct sh_point){ time, value });
	else
		sh_recent_note(&r->points, &no_tally, window, time, value);
}

/* What one value of a block stands for in a window since START. */
static double inside(const struct sh_ranks_block *b, int64_t start)
{
	double part;

	if (b->first >= start)
		return weight(b);
	part = (double)((uint64_t)b->last - (uint64_t)start) /
	       (double)((uint64_t)b->last - (uint64_t)b->first);
	return weight(b) * fmax(part, 1 / (double)b->n);
}

size_t sh_ranks_take(const struct sh_ranks *r, int64_t window, int64_t now,
		     struct sh_ranked out[SH_RANKED_MAX])
{
	int64_t start = sh_recent_start(now, window);
	size_t n = 0;

	for (size_t i = 0; i < r->points.n; i++) {
		const struct sh_point *p = sh_recent_point(&r->points, i);

		if (p->time >= start)
			out[n++] = (struct sh_ranked){ p->value, 1 };
	}
	for (size_t i = 0; i < r->n; i++) {
		const struct sh_ranks_block *b = &r->block[i];

		for (size_t k = 0; k < b->k && b->last >= start; k++)
			out[n++] = (struct sh_ranked){ b->v[k], inside(b, start) };
	}
	return n;
}

bool sh_ranks_covers(const struct sh_ranks *r, int64_t window)
{
	if (!r->n)
		return sh_recent_covers(&r->points, &no_tally, window);
	return r->since <= sh_recent_start(r->block[r->n - 1].last, window);
}

void sh_ranks_store(const struct sh_ranks *r, int64_t window, struct sh_buf *out)
{
	sh_bytes_put(out, FORMAT, 1);
	sh_recent_store(&r->points, &no_tally, window, out);
	sh_bytes_put(out, (uint64_t)r->since, 8);
	sh_bytes_put(out, r->n, 1);
	for (size_t i = 0; i < r->n; i++) {
		const struct sh_ranks_block *b = &r->block[i];

		sh_bytes_put(out, (uint64_t)b->first, 8);
		sh_bytes_put(out, (uint64_t)b->last, 8);
		sh_bytes_put(out, b->n, 8);
		sh_bytes_put(out, b->k, 1);
		for (size_t k = 0; k < b->k; k++)
			sh_bytes_put_double(out, b->v[k]);
	}
}

static bool take_block(struct sh_ranks *r, struct sh_bytes *in)
{
	struct sh_ranks_block b = { 0 };
	uint64_t first, last, k;

	if (!sh_bytes_take(in, 8, &first) || !sh_bytes_take(in, 8, &last) ||
	    !sh_bytes_take(in, 8, &b.n) || !sh_bytes_take(in, 1, &k) || !k || k > SH_RANKS_VALUES ||
	    b.n < k || b.n > MANY)
		return false;
	b.first = (int64_t)first;
	b.last = (int64_t)last;
	b.k = (size_t)k;
	if (b.last < b.first || (b.n > 1 && b.last == b.first) ||
	    (r->n && b.first <= r->block[r->n - 1].last))
		return false;
	for (size_t i = 0; i < b.k; i++)
		if (!sh_bytes_take_double(in, &b.v[i]) || !isfinite(b.v[i]))
			return false;
	r->block[r->n++] = b;
	return true;
}

static bool take_blocks(struct sh_ranks *r, struct sh_bytes *in)
{
	uint64_t since, n;

	if (!sh_bytes_take(in, 8, &since) || !sh_bytes_take(in, 1, &n) || n > SH_RANKS_BLOCKS ||
	    (n && r->points.n))
		return false;
	r->since = (int64_t)since;
	if (n)
		r->block = sh_calloc(SH_RANKS_BLOCKS, sizeof(*r->block));
	for (; n > 0; n--)
		if (!take_block(r, in))
			return false;
	return true;
}

int sh_ranks_load(struct sh_ranks *r, int64_t window, struct sh_bytes *in, struct sh_error *err)
{
	uint64_t version;

	if (!sh_bytes_take(in, 1, &version) || !version)
		return sh_error_set(err, SH_ERRC_STATE, "stored ranks are damaged");
	if (version > FORMAT)
		return sh_error_set(err, SH_ERRC_STATE, "stored ranks are of version %d, newer than %d",
				    (int)version, FORMAT);
	if (sh_recent_load(&r->points, &no_tally, window, in, err) < 0)
		return -1;
	if (take_blocks(r, in))
		return 0;
	sh_ranks_release(r);
	return sh_error_set(err, SH_ERRC_STATE, "stored ranks are damaged");
}
