/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/history.h"

#include <stdlib.h>

#include "base/mem.h"

#define MAX_SERIES ((size_t)1 << 18)
#define MAX_POINTS ((size_t)1 << 23) /* 128 MiB */
#define MAX_NAMES  ((size_t)1 << 17) /* of which it is remembered who wants them */

/* Who may want a metric: what its name alone says. */
struct wanted {
	size_t n;
	struct sh_prom_watch *watch[];
};

static void free_series(void *p)
{
	struct sh_prom_series *s = p;

	free(s->labels);
	free(s->point);
	free(s);
}

void sh_prom_store_init(struct sh_prom_store *s)
{
	memset(s, 0, sizeof(*s));
	sh_map_init(&s->series, free_series);
	sh_map_init(&s->name, free);
	sh_map_init(&s->origin, NULL);
	s->floor = INT64_MIN;
	s->max_series = MAX_SERIES;
	s->max_points = MAX_POINTS;
}

void sh_prom_store_release(struct sh_prom_store *s)
{
	for (size_t i = 0; i < s->watches; i++) {
		free(s->watch[i]->series);
		free(s->watch[i]);
	}
	free(s->watch);
	sh_map_release(&s->series);
	sh_map_release(&s->name);
	sh_map_release(&s->origin);
	sh_arena_release(&s->arena);
	sh_buf_release(&s->key);
}

struct sh_prom_watch *sh_prom_store_watch(struct sh_prom_store *s,
					  const struct sh_prom_ast *selector, int64_t reach)
{
	struct sh_prom_watch *w = sh_calloc(1, sizeof(*w));

	w->selector = selector;
	w->reach = reach;
	sh_grow(s->watch, s->watches, s->watch_cap);
	s->watch[s->watches++] = w;
	return w;
}

static bool wants_name(const struct sh_prom_watch *w, const char *metric)
{
	const struct sh_prom_ast *a = w->selector;

	for (size_t i = 0; i < a->matchers; i++)
		if (!strcmp(a->matcher[i].name, SH_PROM_NAME) &&
		    !sh_prom_value_matches(&a->matcher[i], metric))
			return false;
	return true;
}

static const struct wanted *find_wanted(struct sh_prom_store *s, const char *metric)
{
	struct wanted *w = sh_map_gets(&s->name, metric);
	size_t n = 0;

	if (w)
		return w;
	for (size_t i = 0; i < s->watches; i++)
		n += wants_name(s->watch[i], metric);
	if (s->name.live >= MAX_NAMES) {
		sh_map_release(&s->name);
		sh_map_init(&s->name, free);
	}
	w = sh_malloc(sizeof(*w) + n * sizeof(w->watch[0]));
	w->n = 0;
	for (size_t i = 0; i < s->watches; i++)
		if (wants_name(s->watch[i], metric))
			w->watch[w->n++] = s->watch[i];
	sh_map_puts(&s->name, metric, w);
	return w;
}

bool sh_prom_store_wants(struct sh_prom_store *s, const char *metric)
{
	return find_wanted(s, metric)->n > 0;
}

static void attach(struct sh_prom_watch *w, struct sh_prom_series *series)
{
	sh_grow(w->series, w->n, w->cap);
	w->series[w->n++] = series;
	if (w->reach > series->reach)
		series->reach = w->reach;
}

/* A series nobody saw before: who wants it? NULL when nobody does. */
static struct sh_prom_series *new_series(struct sh_prom_store *s, const struct wanted *wanted,
					 const struct sh_prom_labels *labels, const char *origin)
{
	struct sh_prom_series *series = NULL;

	for (size_t i = 0; i < wanted->n; i++) {
		struct sh_prom_watch *w = wanted->watch[i];

		if (!sh_prom_labels_match(labels, w->selector->matcher, w->selector->matchers))
			continue;
		if (!series && s->series.live >= s->max_series) {
			s->lost_series++;
			return NULL;
		}
		if (!series) {
			series = sh_calloc(1, sizeof(*series));
			series->labels = sh_prom_labels_copy(labels);
			series->origin = sh_map_puts(&s->origin, origin, s);
			sh_map_put(&s->series, s->key.data, s->key.len, series);
		}
		attach(w, series);
	}
	return series;
}

static void drop_before(struct sh_prom_store *s, struct sh_prom_series *series, int64_t time)
{
	while (series->first < series->n && series->point[series->first].time < time) {
		series->first++;
		s->points--;
	}
}

static void append(struct sh_prom_store *s, struct sh_prom_series *series, int64_t time, double v)
{
	size_t live = series->n - series->first;

	if (s->floor != INT64_MIN)
		drop_before(s, series, s->floor - series->reach);
	if (s->points >= s->max_points) {
		s->lost_points++;
		if (series->first == series->n)
			return;
		series->first++; /* the newest tell more than the oldest */
		s->points--;
	}
	if (series->n == series->cap && series->first > live / 2) {
		memmove(series->point, series->point + series->first,
			(series->n - series->first) * sizeof(*series->point));
		series->n -= series->first;
		series->first = 0;
	}
	sh_grow(series->point, series->n, series->cap);
	series->point[series->n++] = (struct sh_prom_point){ time, v };
	s->points++;
}

void sh_prom_store_note(struct sh_prom_store *s, const char *metric,
			const struct sh_prom_labels *labels, const char *origin, int64_t time,
			double value)
{
	const struct wanted *wanted = find_wanted(s, metric);
	const struct sh_prom_labels *named;
	struct sh_prom_series *series;

	if (!wanted->n)
		return;
	sh_arena_reset(&s->arena);
	named = sh_prom_labels_with(&s->arena, labels, SH_PROM_NAME, metric);
	sh_buf_clear(&s->key);
	sh_prom_labels_key(named, &s->key);
	series = sh_map_get(&s->series, s->key.data, s->key.len);
	if (!series)
		series = new_series(s, wanted, named, origin);
	if (!series)
		return;
	if (series->n > series->first && time <= series->point[series->n - 1].time) {
		s->late_points++;
		return;
	}
	append(s, series, time, value);
}

static void detach(struct sh_prom_watch *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->series[i]->first < w->series[i]->n)
			w->series[n++] = w->series[i];
	w->n = n;
}

void sh_prom_store_forget(struct sh_prom_store *s, int64_t floor)
{
	const struct sh_map_entry *e;
	bool empty = false;
	size_t i = 0;

	s->floor = floor;
	while ((e = sh_map_next(&s->series, &i))) {
		struct sh_prom_series *series = e->value;

		drop_before(s, series, floor - series->reach);
		empty |= series->first == series->n;
	}
	if (!empty)
		return;
	for (i = 0; i < s->watches; i++)
		detach(s->watch[i]);
	i = 0;
	while ((e = sh_map_next(&s->series, &i))) {
		struct sh_prom_series *series = e->value;

		if (series->first == series->n)
			sh_map_remove(&s->series, e->key, e->len);
	}
}

/* The number of points not after TIME, of those from FIRST on. */
static size_t count_until(const struct sh_prom_series *s, int64_t time)
{
	size_t lo = s->first, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->point[mid].time <= time)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - s->first;
}

const struct sh_prom_point *sh_prom_series_at(const struct sh_prom_series *s, int64_t time)
{
	size_t n = count_until(s, time);
	const struct sh_prom_point *p;

	if (!n)
		return NULL;
	p = &s->point[s->first + n - 1];
	return p->time >= time - SH_PROM_LOOKBACK && !sh_prom_is_stale(p->value) ? p : NULL;
}

size_t sh_prom_series_within(const struct sh_prom_series *s, int64_t start, int64_t end,
			     const struct sh_prom_point **out)
{
	size_t before = count_until(s, start - 1), until = count_until(s, end);

	*out = s->point ? s->point + s->first + before : NULL;
	return until > before ? until - before : 0;
}

#define STALE_BITS UINT64_C(0x7ff0000000000002)

double sh_prom_stale(void)
{
	const uint64_t bits = STALE_BITS;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

bool sh_prom_is_stale(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits == STALE_BITS;
}
