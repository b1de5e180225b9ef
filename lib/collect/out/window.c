/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/out/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "record/json.h"

#define KEPT_MAX 512 /* values of one metric, while there is room */
#define KEPT_MIN 16
#define METRICS_MAX 1000 /* of one series in a window */
#define FAR_WINDOWS 10   /* a leap by more than so many, */
#define FAR_TIME SH_HOUR /* and by more than this, is believed when another record says the same */

struct metric {
	char *group, *name; /* owned */
	struct sh_summary summary;
};

struct series {
	struct sh_buf line; /* its last sample */
	int64_t last;       /* and the time of that */
	uint64_t n;
	struct metric *metric; /* owned; with functions only */
	size_t metrics, cap;
};

struct host {
	int64_t window;       /* the number of the one that is open */
	int64_t time;         /* the latest that is believed */
	bool alone;           /* and that one record said it */
	bool doubt;           /* the record before was far ahead: */
	int64_t doubted;      /* its time */
	struct sh_map series; /* key -> struct series */
};

struct sh_windows {
	int64_t length;
	const struct sh_summary_plan *plan;
	struct sh_map host; /* name -> struct host */
	size_t series, bytes, values;
	uint64_t late, passed, ahead;
	struct sh_buf key;
};

static void free_series(void *p)
{
	struct series *s = p;

	for (size_t i = 0; i < s->metrics; i++) {
		free(s->metric[i].group);
		free(s->metric[i].name);
		sh_summary_release(&s->metric[i].summary);
	}
	free(s->metric);
	sh_buf_release(&s->line);
	free(s);
}

static void free_host(void *p)
{
	struct host *h = p;

	sh_map_release(&h->series);
	free(h);
}

struct sh_windows *sh_windows_new(int64_t length, const struct sh_summary_plan *plan)
{
	struct sh_windows *w = sh_calloc(1, sizeof(*w));

	w->length = length;
	w->plan = plan;
	sh_map_init(&w->host, free_host);
	return w;
}

void sh_windows_free(struct sh_windows *w)
{
	sh_map_release(&w->host);
	sh_buf_release(&w->key);
	free(w);
}

static int64_t window_of(const struct sh_windows *w, int64_t time)
{
	return time >= 0 ? time / w->length : -1 - (-1 - time) / w->length;
}

/* When the window ends, as far as that can be told. */
static int64_t end_of(const struct sh_windows *w, int64_t window)
{
	int64_t end;

	return __builtin_mul_overflow(window + 1, w->length, &end) ? INT64_MAX : end;
}

static void put_metric(const struct sh_windows *w, json_t *metrics, struct metric *m)
{
	json_t *group = json_object_get(metrics, m->group);

	if (!group) {
		group = json_object();
		json_object_set_new(metrics, m->group, group);
	}
	for (size_t i = 0; i < w->plan->n; i++) {
		const struct sh_summary_function *f = &w->plan->function[i];
		/* With one function a metric keeps its name, so that rules on it go on working. */
		SH_CLEANUP_FREE char *name = w->plan->n == 1 ? sh_strdup(m->name) :
							       sh_asprintf("%s_%s", m->name, f->name);
		double v = sh_summary_get(&m->summary, f);

		if (isfinite(v))
			json_object_set_new(group, name, json_real(v));
	}
}

/* What the last sample said of itself, with the functions in place of its numbers. */
static void write_functions(const struct sh_windows *w, struct series *s, int64_t time, struct sh_buf *out)
{
	struct sh_error e = SH_ERROR_INIT;
	json_t *record = sh_json_parse(s->line.data, s->line.len, &e), *metrics = json_object();
	char text[SH_TIME_TEXT];

	sh_time_format(text, time);
	for (size_t i = 0; i < s->metrics; i++)
		put_metric(w, metrics, &s->metric[i]);
	json_object_set_new(record, "time", json_string(text));
	json_object_set_new(record, "metrics", metrics);
	json_object_set_new(record, "window", json_pack("{s:f, s:I}", "seconds", (double)w->length / SH_SEC,
							"n", (json_int_t)s->n));
	sh_json_dump(out, record);
	sh_buf_addch(out, '\n');
	json_decref(record);
}

/* Everything of a host, in the order in which it came; TIME 0: of the last sample. */
static void flush(struct sh_windows *w, struct host *h, int64_t time, struct sh_buf *out)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&h->series, &i))) {
		struct series *s = e->value;

		if (w->plan && s->n) {
			write_functions(w, s, time ? time : s->last, out);
		} else if (!w->plan) {
			sh_buf_add(out, s->line.data, s->line.len);
			sh_buf_addch(out, '\n');
		}
		w->bytes -= s->line.len;
		for (size_t k = 0; k < s->metrics; k++)
			w->values -= s->metric[k].summary.keeps;
		w->series--;
	}
	sh_map_release(&h->series);
	sh_map_init(&h->series, free_series);
}

/* Whether A is too far behind B for one clock. */
static bool is_far(const struct sh_windows *w, int64_t a, int64_t b)
{
	int64_t bound, leap;

	if (__builtin_mul_overflow(w->length, FAR_WINDOWS, &bound))
		return false;
	if (bound < FAR_TIME)
		bound = FAR_TIME;
	return b > a && (__builtin_sub_overflow(b, a, &leap) || leap > bound);
}

/* Whether the time is the host's: one that leaps ahead must be said twice in a row. */
static bool is_believed(const struct sh_windows *w, struct host *h, int64_t time)
{
	bool agrees = h->doubt && !is_far(w, h->doubted, time) && !is_far(w, time, h->doubted);

	h->doubt = is_far(w, h->time, time) && !agrees;
	h->doubted = time;
	return !h->doubt;
}

void sh_windows_advance(struct sh_windows *w, const struct sh_record *r, struct sh_buf *out)
{
	struct host *h = sh_map_get(&w->host, r->host.p, r->host.len);
	int64_t window = window_of(w, r->time);

	bool back;

	if (!h || !is_believed(w, h, r->time))
		return;
	/* The very first may be the one whose clock is wrong. */
	back = h->alone && is_far(w, r->time, h->time);
	h->alone = false;
	if (back || r->time > h->time)
		h->time = r->time;
	if (!back && window <= h->window)
		return;
	flush(w, h, end_of(w, h->window), out);
	h->window = window;
}

static struct host *host_of(struct sh_windows *w, const struct sh_record *r)
{
	struct host *h = sh_map_get(&w->host, r->host.p, r->host.len);

	if (h || w->host.live >= SH_WINDOW_SERIES)
		return h;
	h = sh_calloc(1, sizeof(*h));
	h->window = window_of(w, r->time);
	h->time = r->time;
	h->alone = true;
	sh_map_init(&h->series, free_series);
	sh_map_put(&w->host, r->host.p, r->host.len, h);
	return h;
}

static struct series *series_of(struct sh_windows *w, struct host *h, const struct sh_record *r)
{
	struct series *s;

	sh_record_series_key(r, &w->key);
	s = sh_map_get(&h->series, w->key.data, w->key.len);
	if (s || w->series >= SH_WINDOW_SERIES || w->bytes + r->line.len > SH_WINDOW_BYTES)
		return s;
	s = sh_calloc(1, sizeof(*s));
	sh_map_put(&h->series, w->key.data, w->key.len, s);
	w->series++;
	return s;
}

/* Samples of a series have their metrics in the same order, as a rule: AT is where to look first. */
static struct metric *find_metric(const struct series *s, size_t at, const char *group,
				  const char *name)
{
	for (size_t i = 0; i < s->metrics; i++) {
		struct metric *m = &s->metric[(at + i) % s->metrics];

		if (!strcmp(m->name, name) && !strcmp(m->group, group))
			return m;
	}
	return NULL;
}

static struct metric *metric_of(struct series *s, size_t at, const char *group, const char *name)
{
	struct metric *m = find_metric(s, at, group, name);

	if (m)
		return m;
	sh_grow(s->metric, s->metrics, s->cap);
	s->metric[s->metrics] = (struct metric){ .group = sh_strdup(group), .name = sh_strdup(name) };
	return &s->metric[s->metrics++];
}

/* Whether there is room for those that are new. */
static bool fits(const struct series *s, json_t *metrics)
{
	size_t at = 0, added = 0;
	const char *group, *name;
	json_t *values, *value;

	json_object_foreach(metrics, group, values)
		json_object_foreach(values, name, value) {
			added += !find_metric(s, at++, group, name);
			if (s->metrics + added > METRICS_MAX)
				return false;
		}
	return true;
}

static void count(struct sh_windows *w, struct series *s, json_t *metrics)
{
	const json_t *value;
	json_t *values;
	const char *group, *name;
	size_t at = 0;

	json_object_foreach(metrics, group, values) {
		void *i;

		for (i = json_object_iter(values); i; i = json_object_iter_next(values, i)) {
			struct metric *m;
			size_t before;

			name = json_object_iter_key(i);
			value = json_object_iter_value(i);
			m = metric_of(s, at++, group, name);
			before = m->summary.keeps;
			sh_summary_add(&m->summary, w->plan, json_number_value(value),
				     w->values < SH_WINDOW_VALUES ? KEPT_MAX : KEPT_MIN);
			w->values += m->summary.keeps - before;
		}
	}
}

static bool count_in(struct sh_windows *w, struct series *s, const struct sh_record *r)
{
	json_t *metrics = sh_record_metrics(r);
	bool room = fits(s, metrics);

	if (room)
		count(w, s, metrics);
	json_decref(metrics);
	return room;
}

bool sh_windows_take(struct sh_windows *w, const struct sh_record *r)
{
	struct host *h = host_of(w, r);
	struct series *s = NULL;

	if (h && window_of(w, r->time) < h->window) {
		w->late++;
		return true;
	}
	if (h && window_of(w, r->time) > h->window) {
		w->ahead++;
		return false;
	}
	if (h)
		s = series_of(w, h, r);
	if (!s || (w->plan && !count_in(w, s, r))) {
		w->passed++;
		return false;
	}
	s->n++;
	if (s->line.len && r->time < s->last)
		return true;
	s->last = r->time;
	w->bytes += r->line.len - s->line.len;
	sh_buf_clear(&s->line);
	sh_buf_add(&s->line, r->line.p, r->line.len);
	return true;
}

void sh_windows_end(struct sh_windows *w, struct sh_buf *out)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&w->host, &i)))
		flush(w, e->value, 0, out);
}

uint64_t sh_windows_late(const struct sh_windows *w)
{
	return w->late;
}

uint64_t sh_windows_ahead(const struct sh_windows *w)
{
	return w->ahead;
}

uint64_t sh_windows_passed(const struct sh_windows *w)
{
	return w->passed;
}
