/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "detect/prom/operand.h"

static double number_of(const struct sh_prom_operand *arg, size_t n, size_t i, double fallback)
{
	return i < n ? arg[i].scalar : fallback;
}

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

/* A function of each value by itself. Returns false where the element falls away. */
static bool map_value(enum sh_prom_fn fn, double *v, const struct sh_prom_operand *arg, size_t n)
{
	double a = number_of(arg, n, 1, 1), b = number_of(arg, n, 2, 0);

	switch (fn) {
	case SH_PROM_FN_CLAMP:
		*v = fmax(a, fmin(b, *v));
		return a <= b;
	case SH_PROM_FN_CLAMP_MAX:
		*v = isnan(*v) ? *v : fmin(a, *v);
		return true;
	case SH_PROM_FN_CLAMP_MIN:
		*v = isnan(*v) ? *v : fmax(a, *v);
		return true;
	case SH_PROM_FN_ROUND: /* to the nearest multiple, up in the middle */
		*v = floor(*v * (1 / a) + 0.5) / (1 / a);
		return true;
	case SH_PROM_FN_DAY_OF_MONTH:
	case SH_PROM_FN_DAY_OF_WEEK:
	case SH_PROM_FN_DAY_OF_YEAR:
	case SH_PROM_FN_DAYS_IN_MONTH:
	case SH_PROM_FN_HOUR:
	case SH_PROM_FN_MINUTE:
	case SH_PROM_FN_MONTH:
	case SH_PROM_FN_YEAR:
		*v = sh_prom_of_time(fn, *v);
		return true;
	default:
		*v = sh_prom_of_number(fn, *v);
		return true;
	}
}

static int map_vector(struct sh_prom_eval *e, enum sh_prom_fn fn, const struct sh_prom_operand *arg,
		      size_t n, struct sh_prom_vector *out)
{
	if (!n) { /* hour() and its like: of now */
		double now = seconds(e->now);

		map_value(fn, &now, arg, n);
		return sh_prom_push(e, out, (struct sh_prom_elem){ &sh_prom_no_labels, now, NULL });
	}
	for (size_t i = 0; i < arg[0].vector.n; i++) {
		struct sh_prom_elem elem = arg[0].vector.elem[i];

		if (!map_value(fn, &elem.value, arg, n))
			continue;
		elem.labels = sh_prom_nameless(e, elem.labels);
		if (sh_prom_push(e, out, elem) < 0)
			return -1;
	}
	return 0;
}

static int over_time(struct sh_prom_eval *e, enum sh_prom_fn fn, const struct sh_prom_operand *arg,
		     size_t n, struct sh_prom_vector *out)
{
	bool second = fn == SH_PROM_FN_QUANTILE_OVER_TIME; /* the range is the second argument */
	const struct sh_prom_matrix *m = &arg[second ? 1 : 0].matrix;
	const double parameter[] = { number_of(arg, n, second ? 0 : 1, 0), number_of(arg, n, 2, 0) };

	for (size_t i = 0; i < m->n; i++) {
		const struct sh_prom_window *w = &m->window[i];
		struct sh_prom_elem elem = { w->labels, 0, w->origin };

		if (!sh_prom_over_time(fn, w, parameter, &elem.value))
			continue;
		if (fn != SH_PROM_FN_LAST_OVER_TIME)
			elem.labels = sh_prom_nameless(e, elem.labels);
		if (sh_prom_push(e, out, elem) < 0)
			return -1;
	}
	return 0;
}

/* What is known of a series that is not there: what the selector says by "=". */
static const struct sh_prom_labels *labels_of_selector(struct sh_prom_eval *e,
						       const struct sh_prom_ast *a)
{
	const struct sh_prom_labels *l = &sh_prom_no_labels;

	if (a->kind != SH_PROM_SELECTOR)
		return l;
	for (size_t i = 0; i < a->matchers; i++) {
		const struct sh_prom_matcher *m = &a->matcher[i];
		size_t same = 0;

		for (size_t k = 0; k < a->matchers; k++)
			same += !strcmp(a->matcher[k].name, m->name);
		if (m->match == SH_PROM_IS && same == 1 && strcmp(m->name, SH_PROM_NAME) != 0)
			l = sh_prom_labels_with(e->arena, l, m->name, m->value);
	}
	return l;
}

/* timestamp() of a selector is when its point was measured, else when it was computed. */
static int timestamps(struct sh_prom_eval *e, const struct sh_prom_ast *of,
		      const struct sh_prom_vector *v, struct sh_prom_vector *out)
{
	const struct sh_prom_watch *w = of->kind == SH_PROM_SELECTOR ? e->watch[of->id] : NULL;
	int64_t at = (of->has_at ? of->at : e->now) - of->offset;

	for (size_t i = 0; !w && i < v->n; i++)
		if (sh_prom_push(e, out, (struct sh_prom_elem){ sh_prom_nameless(e, v->elem[i].labels),
								seconds(e->now), v->elem[i].origin }) < 0)
			return -1;
	for (size_t i = 0; w && i < w->n; i++) {
		const struct sh_prom_point *p = sh_prom_series_at(w->series[i], at);

		if (p && sh_prom_push(e, out, (struct sh_prom_elem){
				sh_prom_nameless(e, w->series[i]->labels), seconds(p->time),
				w->series[i]->origin }) < 0)
			return -1;
	}
	return 0;
}

static int ascending(const void *a, const void *b)
{
	const struct sh_prom_elem *x = a, *y = b;

	if (isnan(x->value) || isnan(y->value))
		return !isnan(x->value) ? -1 : !isnan(y->value);
	return x->value < y->value ? -1 : x->value > y->value;
}

static int descending(const void *a, const void *b)
{
	const struct sh_prom_elem *x = a, *y = b;

	return isnan(x->value) || isnan(y->value) ? ascending(a, b) : ascending(b, a);
}

static int call_absent(struct sh_prom_eval *e, const struct sh_prom_ast *a, size_t found,
		       struct sh_prom_vector *out)
{
	return found ? 0 : sh_prom_push(e, out, (struct sh_prom_elem){
					labels_of_selector(e, a->arg[0]), 1, NULL });
}

static int call_vector(struct sh_prom_eval *e, const struct sh_prom_ast *a,
		       struct sh_prom_operand *arg, struct sh_prom_operand *out)
{
	enum sh_prom_fn fn = a->function->fn;
	bool down = fn == SH_PROM_FN_SORT_DESC;

	switch (fn) {
	case SH_PROM_FN_ABSENT:
		return call_absent(e, a, arg[0].vector.n, &out->vector);
	case SH_PROM_FN_ABSENT_OVER_TIME:
		return call_absent(e, a, arg[0].matrix.n, &out->vector);
	case SH_PROM_FN_HISTOGRAM_QUANTILE:
		return sh_prom_histogram_quantile(e, arg[0].scalar, &arg[1].vector, &out->vector);
	case SH_PROM_FN_LABEL_JOIN:
	case SH_PROM_FN_LABEL_REPLACE:
		return sh_prom_relabel(e, a, &arg[0].vector, &out->vector);
	case SH_PROM_FN_SORT:
	case SH_PROM_FN_SORT_DESC:
		out->vector = arg[0].vector;
		if (out->vector.n)
			qsort(out->vector.elem, out->vector.n, sizeof(*out->vector.elem),
			      down ? descending : ascending);
		return 0;
	case SH_PROM_FN_TIMESTAMP:
		return timestamps(e, a->arg[0], &arg[0].vector, &out->vector);
	case SH_PROM_FN_VECTOR:
		return sh_prom_push(e, &out->vector, (struct sh_prom_elem){ &sh_prom_no_labels,
									    arg[0].scalar, NULL });
	default:
		return map_vector(e, fn, arg, a->n, &out->vector);
	}
}

static bool takes_range(const struct sh_prom_function *f)
{
	return f->fn != SH_PROM_FN_ABSENT_OVER_TIME &&
	       (f->takes[0] == SH_PROM_MATRIX || f->takes[1] == SH_PROM_MATRIX);
}

int sh_prom_eval_call(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_prom_operand *out)
{
	struct sh_prom_operand *arg = sh_arena_alloc(e->arena, (a->n + 1) * sizeof(*arg));

	for (size_t i = 0; i < a->n; i++)
		if (sh_prom_eval_node(e, a->arg[i], &arg[i]) < 0)
			return -1;
	switch (a->function->fn) {
	case SH_PROM_FN_PI:
		out->scalar = M_PI;
		return 0;
	case SH_PROM_FN_TIME:
		out->scalar = seconds(e->now);
		return 0;
	case SH_PROM_FN_SCALAR:
		out->scalar = arg[0].vector.n == 1 ? arg[0].vector.elem[0].value : (double)NAN;
		return 0;
	default:
		return takes_range(a->function) ?
			       over_time(e, a->function->fn, arg, a->n, &out->vector) :
			       call_vector(e, a, arg, out);
	}
}
