/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/series.h"

#include <math.h>

#include "base/mem.h"
#include "series/bytes.h"

#define FORMAT 1

void sh_series_init(struct sh_series *s, size_t max, int64_t span)
{
	*s = (struct sh_series){ .max = max ? max : 1, .span = span };
}

void sh_series_release(struct sh_series *s)
{
	free(s->ring);
	*s = (struct sh_series){ .max = s->max, .span = s->span };
}

const struct sh_point *sh_series_at(const struct sh_series *s, size_t i)
{
	return &s->ring[(s->first + i) % s->cap];
}

const struct sh_point *sh_series_last(const struct sh_series *s)
{
	return s->n ? sh_series_at(s, s->n - 1) : NULL;
}

/* Double the ring and put its oldest point first. */
static void grow(struct sh_series *s)
{
	size_t cap = s->cap ? s->cap * 2 : 8;
	struct sh_point *ring;

	if (cap > s->max)
		cap = s->max;
	ring = sh_reallocn(NULL, cap, sizeof(*ring));
	for (size_t i = 0; i < s->n; i++)
		ring[i] = *sh_series_at(s, i);
	free(s->ring);
	s->ring = ring;
	s->cap = cap;
	s->first = 0;
}

static void drop_oldest(struct sh_series *s)
{
	s->first = (s->first + 1) % s->cap;
	s->n--;
}

/* The second oldest is out of the span too: then the oldest is not even its start. */
static bool has_surplus(const struct sh_series *s, int64_t newest)
{
	int64_t start;

	return s->span && s->n >= 2 && !__builtin_sub_overflow(newest, s->span, &start) &&
	       sh_series_at(s, 1)->time <= start;
}

bool sh_series_add(struct sh_series *s, int64_t time, double value)
{
	const struct sh_point *last = sh_series_last(s);

	if (!isfinite(value) || (last && time <= last->time))
		return false;
	while (has_surplus(s, time))
		drop_oldest(s);
	if (s->n == s->max)
		drop_oldest(s);
	else if (s->n == s->cap)
		grow(s);
	s->ring[(s->first + s->n) % s->cap] = (struct sh_point){ time, value };
	s->n++;
	return true;
}

bool sh_series_covers(const struct sh_series *s, int64_t from)
{
	return s->n && sh_series_at(s, 0)->time <= from;
}

/* Number of points at or before TIME. */
static size_t rank(const struct sh_series *s, int64_t time)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sh_series_at(s, middle)->time <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct sh_window sh_series_window(const struct sh_series *s, int64_t from, int64_t to)
{
	return (struct sh_window){ .series = s, .i = rank(s, from), .end = rank(s, to) };
}

const struct sh_point *sh_window_next(struct sh_window *w)
{
	return w->i < w->end ? sh_series_at(w->series, w->i++) : NULL;
}

void sh_series_store(const struct sh_series *s, struct sh_buf *out)
{
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, s->n, 4);
	for (size_t i = 0; i < s->n; i++) {
		const struct sh_point *p = sh_series_at(s, i);

		sh_bytes_put(out, (uint64_t)p->time, 8);
		sh_bytes_put_double(out, p->value);
	}
}

static int take_points(struct sh_series *s, struct sh_bytes *in, uint64_t n)
{
	uint64_t time;
	double value;

	for (; n > 0; n--)
		if (!sh_bytes_take(in, 8, &time) || !sh_bytes_take_double(in, &value) ||
		    !sh_series_add(s, (int64_t)time, value))
			return -1;
	return in->len ? -1 : 0;
}

int sh_series_load(struct sh_series *s, const void *data, size_t len, struct sh_error *err)
{
	struct sh_bytes in = { data, len };
	uint64_t version, n;
	struct sh_series loaded;

	if (!sh_bytes_take(&in, 1, &version) || version == 0)
		return sh_error_set(err, SH_ERRC_STATE, "a stored series is damaged");
	if (version > FORMAT)
		return sh_error_set(err, SH_ERRC_STATE, "a stored series is of version %d, newer than %d",
				    (int)version, FORMAT);
	sh_series_init(&loaded, s->max, s->span);
	if (!sh_bytes_take(&in, 4, &n) || take_points(&loaded, &in, n) < 0) {
		sh_series_release(&loaded);
		return sh_error_set(err, SH_ERRC_STATE, "a stored series is damaged");
	}
	sh_series_release(s);
	*s = loaded;
	return 0;
}
