/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"
#include "detect/prom/history.h"

#define MAX_KEY ((size_t)1 << 20)

static void save_series(const struct sh_map_entry *e, struct sh_buf *out)
{
	const struct sh_prom_series *s = e->value;

	sh_bytes_put_span(out, (struct sh_span){ e->key, e->len });
	sh_bytes_put_span(out, sh_span_of(s->origin));
	sh_bytes_put(out, s->n - s->first, 4);
	for (size_t i = s->first; i < s->n; i++) {
		sh_bytes_put(out, (uint64_t)s->point[i].time, 8);
		sh_bytes_put_double(out, s->point[i].value);
	}
}

void sh_prom_store_save(const struct sh_prom_store *s, struct sh_buf *out)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	sh_bytes_put(out, (uint64_t)s->floor, 8);
	sh_bytes_put(out, s->lost_series, 8);
	sh_bytes_put(out, s->lost_points, 8);
	sh_bytes_put(out, s->late_points, 8);
	sh_bytes_put(out, s->series.live, 4);
	while ((e = sh_map_next(&s->series, &i)))
		save_series(e, out);
}

static bool load_series(struct sh_prom_store *s, struct sh_bytes *in, struct sh_buf *key,
			struct sh_buf *origin)
{
	struct sh_arena arena = SH_ARENA_INIT;
	const struct sh_prom_labels *l = NULL;
	uint64_t n, time;
	double value;
	bool ok = sh_bytes_take_text(in, key) && sh_bytes_take_text(in, origin) && key->len <= MAX_KEY &&
		  origin->len <= MAX_KEY && sh_bytes_take(in, 4, &n);

	if (ok)
		l = sh_prom_labels_from_key(&arena, key->data, key->len);
	ok = l && sh_prom_labels_get(l, SH_PROM_NAME)[0];
	for (uint64_t i = 0; ok && i < n; i++) {
		ok = sh_bytes_take(in, 8, &time) && sh_bytes_take_double(in, &value);
		if (ok)
			sh_prom_store_note(s, sh_prom_labels_get(l, SH_PROM_NAME),
					   sh_prom_labels_with(&arena, l, SH_PROM_NAME, ""),
					   sh_buf_str(origin), (int64_t)time, value);
	}
	sh_arena_release(&arena);
	return ok;
}

int sh_prom_store_load(struct sh_prom_store *s, struct sh_bytes *in, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT, origin = SH_BUF_INIT;
	uint64_t floor, lost_series, lost_points, late, n = 0;
	bool ok = sh_bytes_take(in, 8, &floor) && sh_bytes_take(in, 8, &lost_series) &&
		  sh_bytes_take(in, 8, &lost_points) && sh_bytes_take(in, 8, &late) &&
		  sh_bytes_take(in, 4, &n);

	for (uint64_t i = 0; ok && i < n; i++)
		ok = load_series(s, in, &key, &origin);
	if (!ok) {
		sh_prom_store_forget(s, INT64_MAX);
		s->floor = INT64_MIN;
		return sh_error_set(err, SH_ERRC_STATE, "the series of PromQL rules are damaged");
	}
	s->floor = (int64_t)floor;
	s->lost_series = lost_series;
	s->lost_points = lost_points;
	s->late_points = late;
	return 0;
}
