/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/num.h"
#include "detect/prom/operand.h"

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	if (isnan(x) || isnan(y)) /* below all numbers */
		return isnan(x) ? (isnan(y) ? 0 : -1) : 1;
	return x < y ? -1 : x > y;
}

double sh_prom_quantile(double q, double *v, size_t n)
{
	double rank, weight;
	size_t lower, upper;

	if (!n || isnan(q))
		return (double)NAN;
	if (q < 0 || q > 1)
		return q < 0 ? -HUGE_VAL : HUGE_VAL;
	qsort(v, n, sizeof(*v), by_value);
	rank = q * (double)(n - 1);
	lower = (size_t)floor(rank);
	upper = lower + 1 < n ? lower + 1 : n - 1;
	weight = rank - floor(rank);
	return v[lower] * (1 - weight) + v[upper] * weight;
}

struct bucket {
	double upper, count;
};

struct histogram {
	const struct sh_prom_labels *labels;
	const char *origin;
	struct bucket *bucket;
	size_t n, cap;
};

static int by_upper(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	return x->upper < y->upper ? -1 : x->upper > y->upper;
}

/* Equal bounds become one; counts never fall, whatever was measured between. */
static void settle(struct histogram *h)
{
	size_t n = 0;

	qsort(h->bucket, h->n, sizeof(*h->bucket), by_upper);
	for (size_t i = 0; i < h->n; i++)
		if (n && h->bucket[n - 1].upper == h->bucket[i].upper)
			h->bucket[n - 1].count += h->bucket[i].count;
		else
			h->bucket[n++] = h->bucket[i];
	h->n = n;
	for (size_t i = 1; i < n; i++)
		h->bucket[i].count = fmax(h->bucket[i].count, h->bucket[i - 1].count);
}

static double quantile_of(double q, struct histogram *h)
{
	double rank, start = 0, below = 0;
	size_t b = 0;

	settle(h);
	if (h->n < 2 || h->bucket[h->n - 1].upper != HUGE_VAL || isnan(q) ||
	    !(h->bucket[h->n - 1].count > 0))
		return (double)NAN;
	if (q < 0 || q > 1)
		return q < 0 ? -HUGE_VAL : HUGE_VAL;
	rank = q * h->bucket[h->n - 1].count;
	while (b < h->n - 1 && h->bucket[b].count < rank)
		b++;
	if (b == h->n - 1)
		return h->bucket[h->n - 2].upper;
	if (b == 0 && h->bucket[0].upper <= 0)
		return h->bucket[0].upper;
	if (b > 0) {
		start = h->bucket[b - 1].upper;
		below = h->bucket[b - 1].count;
	}
	return start + (h->bucket[b].upper - start) * ((rank - below) / (h->bucket[b].count - below));
}

static bool read_bound(const char *text, double *out)
{
	if (*text == '+')
		text++;
	if (!strcasecmp(text, "inf")) {
		*out = HUGE_VAL;
		return true;
	}
	return sh_parse_double(text, out) == 0;
}

static void add_bucket(struct sh_prom_eval *e, struct sh_map *by, const struct sh_prom_elem *elem,
		       double upper, struct sh_buf *key)
{
	const char *le = "le";
	const struct sh_prom_names but = { &le, 1 };
	struct histogram *h;

	sh_buf_clear(key);
	sh_prom_labels_key_only(elem->labels, &but, false, key);
	h = sh_map_get(by, sh_buf_str(key), key->len);
	if (!h) {
		h = sh_arena_alloc(e->arena, sizeof(*h));
		*h = (struct histogram){ sh_prom_labels_only(e->arena, elem->labels, &but, false),
					 elem->origin, NULL, 0, 0 };
		sh_map_put(by, sh_buf_str(key), key->len, h);
	}
	if (h->n == h->cap) {
		struct bucket *more;

		h->cap = h->cap ? h->cap * 2 : 16;
		more = sh_arena_alloc(e->arena, h->cap * sizeof(*more));
		if (h->n)
			memcpy(more, h->bucket, h->n * sizeof(*more));
		h->bucket = more;
	}
	h->bucket[h->n++] = (struct bucket){ upper, elem->value };
}

int sh_prom_histogram_quantile(struct sh_prom_eval *e, double q, const struct sh_prom_vector *v,
			       struct sh_prom_vector *out)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_map by = SH_MAP_INIT(NULL);
	const struct sh_map_entry *entry;
	size_t at = 0;
	double upper;
	int rc = 0;

	for (size_t i = 0; i < v->n; i++)
		if (read_bound(sh_prom_labels_get(v->elem[i].labels, "le"), &upper))
			add_bucket(e, &by, &v->elem[i], upper, &key);
	while (rc == 0 && (entry = sh_map_next(&by, &at))) {
		struct histogram *h = entry->value;

		rc = sh_prom_push(e, out, (struct sh_prom_elem){ h->labels, quantile_of(q, h),
								 h->origin });
	}
	sh_map_release(&by);
	return rc;
}
