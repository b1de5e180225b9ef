/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/eval.h"

#include <math.h>

#include "base/clock.h"
#include "detect/prom/operand.h"

#define MAX_WORK  ((size_t)1 << 23)
#define MAX_STEPS 11000

static int take_work(struct sh_prom_eval *e, size_t n)
{
	e->work += n;
	if (e->work > MAX_WORK)
		return sh_error_set(e->err, SH_ERRC_CONFIG,
				    "more work than one evaluation may take");
	return 0;
}

/* Room for one more in an array of the arena: what it held before is left behind. */
static void *grow(struct sh_prom_eval *e, const void *array, size_t n, size_t *cap, size_t size)
{
	void *more;

	*cap = *cap ? *cap * 2 : 16;
	more = sh_arena_alloc(e->arena, *cap * size);
	if (n)
		memcpy(more, array, n * size);
	return more;
}

int sh_prom_push(struct sh_prom_eval *e, struct sh_prom_vector *v, struct sh_prom_elem elem)
{
	if (v->n == v->cap)
		v->elem = grow(e, v->elem, v->n, &v->cap, sizeof(elem));
	v->elem[v->n++] = elem;
	return take_work(e, 1);
}

static int push_window(struct sh_prom_eval *e, struct sh_prom_matrix *m, struct sh_prom_window w)
{
	if (m->n == m->cap)
		m->window = grow(e, m->window, m->n, &m->cap, sizeof(w));
	m->window[m->n++] = w;
	return take_work(e, 1 + w.n);
}

const struct sh_prom_labels *sh_prom_nameless(struct sh_prom_eval *e, const struct sh_prom_labels *l)
{
	return sh_prom_labels_with(e->arena, l, SH_PROM_NAME, "");
}

const char *sh_prom_same_origin(const char *a, const char *b)
{
	return a && b && !strcmp(a, b) ? a : NULL;
}

static int64_t moment(const struct sh_prom_eval *e, const struct sh_prom_ast *a)
{
	return (a->has_at ? a->at : e->now) - a->offset;
}

static int eval_instant(struct sh_prom_eval *e, const struct sh_prom_ast *a,
			struct sh_prom_vector *out)
{
	const struct sh_prom_watch *w = e->watch[a->id];
	int64_t time = moment(e, a);

	for (size_t i = 0; i < w->n; i++) {
		const struct sh_prom_point *p = sh_prom_series_at(w->series[i], time);

		if (p && sh_prom_push(e, out, (struct sh_prom_elem){ w->series[i]->labels, p->value,
								     w->series[i]->origin }) < 0)
			return -1;
	}
	return 0;
}

/* Points that say that a series ended are no values: copy the others where there is one. */
static void drop_stale(struct sh_prom_eval *e, struct sh_prom_window *w)
{
	struct sh_prom_point *copy;
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += sh_prom_is_stale(w->point[i].value);
	if (!n)
		return;
	copy = sh_arena_alloc(e->arena, w->n * sizeof(*copy));
	n = 0;
	for (size_t i = 0; i < w->n; i++)
		if (!sh_prom_is_stale(w->point[i].value))
			copy[n++] = w->point[i];
	w->point = copy;
	w->n = n;
}

static int eval_range(struct sh_prom_eval *e, const struct sh_prom_ast *a,
		      struct sh_prom_matrix *out)
{
	const struct sh_prom_watch *watch = e->watch[a->id];
	int64_t end = moment(e, a), start = end - a->range;

	for (size_t i = 0; i < watch->n; i++) {
		const struct sh_prom_series *s = watch->series[i];
		struct sh_prom_window w = { s->labels, s->origin, NULL, 0, start, end };

		w.n = sh_prom_series_within(s, start, end, &w.point);
		drop_stale(e, &w);
		if (w.n && push_window(e, out, w) < 0)
			return -1;
	}
	return 0;
}

/* One series of a subquery while its points are gathered. */
struct gathered {
	struct sh_prom_window w;
	struct sh_prom_point *point;
	size_t cap;
};

static int gather(struct sh_prom_eval *e, const struct sh_prom_vector *v, int64_t time,
		  struct sh_map *by_key)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	for (size_t i = 0; i < v->n; i++) {
		struct gathered *g;

		sh_buf_clear(&key);
		sh_prom_labels_key(v->elem[i].labels, &key);
		g = sh_map_get(by_key, sh_buf_str(&key), key.len);
		if (!g) {
			g = sh_arena_alloc(e->arena, sizeof(*g));
			*g = (struct gathered){ .w = { .labels = v->elem[i].labels,
						       .origin = v->elem[i].origin } };
			sh_map_put(by_key, sh_buf_str(&key), key.len, g);
		}
		if (g->w.n == g->cap)
			g->point = grow(e, g->point, g->w.n, &g->cap, sizeof(*g->point));
		g->point[g->w.n++] = (struct sh_prom_point){ time, v->elem[i].value };
	}
	return take_work(e, v->n);
}

static int finish_gathered(struct sh_prom_eval *e, const struct sh_map *by_key, int64_t start,
			   int64_t end, struct sh_prom_matrix *out)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	while ((entry = sh_map_next(by_key, &i))) {
		struct gathered *g = entry->value;

		g->w.point = g->point;
		g->w.start = start;
		g->w.end = end;
		if (push_window(e, out, g->w) < 0)
			return -1;
	}
	return 0;
}

static int64_t step_of(const struct sh_prom_ast *a, int64_t interval)
{
	int64_t step = a->step ? a->step : interval;

	return step > 0 ? step : SH_MIN;
}

/* At each multiple of the step within the range. */
static int eval_subquery(struct sh_prom_eval *e, const struct sh_prom_ast *a,
			  struct sh_prom_operand *out)
{
	int64_t end = moment(e, a), start = end - a->range, now = e->now;
	int64_t step = step_of(a, e->interval), t = start - start % step;
	struct sh_map by_key = SH_MAP_INIT(NULL);
	int rc = 0;

	if (a->range / step > MAX_STEPS)
		return sh_error_set(e->err, SH_ERRC_CONFIG, "a subquery of more than %d steps",
				    MAX_STEPS);
	for (t += t < start ? step : 0; rc == 0 && t <= end; t += step) {
		struct sh_prom_operand v = { 0 };

		e->now = t;
		rc = sh_prom_eval_node(e, a->arg[0], &v);
		if (rc == 0)
			rc = gather(e, &v.vector, t, &by_key);
	}
	e->now = now;
	if (rc == 0)
		rc = finish_gathered(e, &by_key, start, end, &out->matrix);
	sh_map_release(&by_key);
	return rc;
}

static int eval_negate(struct sh_prom_eval *e, const struct sh_prom_ast *a,
		       struct sh_prom_operand *out)
{
	if (sh_prom_eval_node(e, a->arg[0], out) < 0)
		return -1;
	out->scalar = -out->scalar;
	for (size_t i = 0; i < out->vector.n; i++) {
		struct sh_prom_elem *v = &out->vector.elem[i];

		v->value = -v->value;
		v->labels = sh_prom_nameless(e, v->labels);
	}
	return 0;
}

int sh_prom_eval_node(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_prom_operand *out)
{
	memset(out, 0, sizeof(*out));
	out->type = a->type;
	switch (a->kind) {
	case SH_PROM_NUMBER:
		out->scalar = a->number;
		return 0;
	case SH_PROM_STRING:
		out->text = a->string;
		return 0;
	case SH_PROM_SELECTOR:
		return a->range ? eval_range(e, a, &out->matrix) : eval_instant(e, a, &out->vector);
	case SH_PROM_SUBQUERY:
		return eval_subquery(e, a, out);
	case SH_PROM_CALL:
		return sh_prom_eval_call(e, a, out);
	case SH_PROM_AGGREGATE:
		return sh_prom_eval_aggregate(e, a, out);
	case SH_PROM_BINARY:
		return sh_prom_eval_binary(e, a, out);
	case SH_PROM_NEGATE:
		return eval_negate(e, a, out);
	}
	return 0;
}

int sh_prom_eval(struct sh_prom_eval *e, const struct sh_prom_ast *root, struct sh_prom_vector *out)
{
	struct sh_prom_operand v;

	memset(out, 0, sizeof(*out));
	e->work = 0;
	if (sh_prom_eval_node(e, root, &v) < 0)
		return -1;
	if (v.type == SH_PROM_SCALAR)
		return sh_prom_push(e, out, (struct sh_prom_elem){ &sh_prom_no_labels, v.scalar, NULL });
	*out = v.vector;
	return 0;
}

struct reach {
	int64_t interval;
	void (*seen)(void *arg, const struct sh_prom_ast *selector, int64_t reach);
	void *arg;
	struct sh_error *err;
};

static int find_reach(const struct reach *r, const struct sh_prom_ast *a, int64_t from)
{
	int64_t far = from + (a->offset > 0 ? a->offset : 0);

	if (a->has_at)
		return sh_error_set(r->err, SH_ERRC_CONFIG, "'@' with a fixed time: a stream has no archive");
	if (a->kind == SH_PROM_SUBQUERY)
		far += a->range + step_of(a, r->interval);
	if (a->kind == SH_PROM_SELECTOR)
		r->seen(r->arg, a, far + (a->range ? a->range : SH_PROM_LOOKBACK));
	for (size_t i = 0; i < a->n; i++)
		if (find_reach(r, a->arg[i], far) < 0)
			return -1;
	return 0;
}

int sh_prom_reach(const struct sh_prom_ast *root, int64_t interval,
		  void (*seen)(void *arg, const struct sh_prom_ast *selector, int64_t reach),
		  void *arg, struct sh_error *err)
{
	const struct reach r = { interval, seen, arg, err };

	return find_reach(&r, root, 0);
}
