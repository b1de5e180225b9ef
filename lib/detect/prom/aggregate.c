/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "detect/prom/operand.h"
#include "detect/prom/sum.h"

/* What is put together: the elements of one group, in their order. */
struct group {
	const struct sh_prom_labels *labels;
	struct sh_prom_vector in;
};

static int add_to_group(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_map *groups,
			const struct sh_prom_elem *elem, struct sh_buf *key)
{
	struct group *g;

	sh_buf_clear(key);
	sh_prom_labels_key_only(elem->labels, &a->names, !a->without, key);
	g = sh_map_get(groups, sh_buf_str(key), key->len);
	if (!g) {
		g = sh_arena_alloc(e->arena, sizeof(*g));
		memset(g, 0, sizeof(*g));
		g->labels = sh_prom_labels_only(e->arena, elem->labels, &a->names, !a->without);
		sh_map_put(groups, sh_buf_str(key), key->len, g);
	}
	return sh_prom_push(e, &g->in, *elem);
}

static double variance(const struct sh_prom_vector *v, double mean)
{
	struct sh_prom_sum sum = { 0 };

	for (size_t i = 0; i < v->n; i++)
		sh_prom_sum_add(&sum, (v->elem[i].value - mean) * (v->elem[i].value - mean));
	return sh_prom_sum_total(&sum) / (double)v->n;
}

static double extreme(const struct sh_prom_vector *v, bool most)
{
	double best = v->elem[0].value;

	for (size_t i = 1; i < v->n; i++) {
		double x = v->elem[i].value;

		if (isnan(best) || (most ? x > best : x < best))
			best = x;
	}
	return best;
}

static double value_of(struct sh_prom_eval *e, enum sh_prom_aggregate op,
		       const struct sh_prom_vector *v, double parameter)
{
	struct sh_prom_sum sum = { 0 };
	double *copy, total;

	for (size_t i = 0; i < v->n; i++)
		sh_prom_sum_add(&sum, v->elem[i].value);
	total = sh_prom_sum_total(&sum);
	switch (op) {
	case SH_PROM_SUM:
		return total;
	case SH_PROM_AVG:
		return total / (double)v->n;
	case SH_PROM_COUNT:
		return (double)v->n;
	case SH_PROM_MIN:
	case SH_PROM_MAX:
		return extreme(v, op == SH_PROM_MAX);
	case SH_PROM_STDDEV:
		return sqrt(variance(v, total / (double)v->n));
	case SH_PROM_STDVAR:
		return variance(v, total / (double)v->n);
	case SH_PROM_QUANTILE:
		copy = sh_arena_alloc(e->arena, v->n * sizeof(*copy));
		for (size_t i = 0; i < v->n; i++)
			copy[i] = v->elem[i].value;
		return sh_prom_quantile(parameter, copy, v->n);
	default: /* group */
		return 1;
	}
}

static int ascending(const void *a, const void *b)
{
	const struct sh_prom_elem *const *x = a, *const *y = b;

	if (isnan((*x)->value) || isnan((*y)->value)) /* NaN is last either way */
		return !isnan((*x)->value) ? -1 : !isnan((*y)->value) ? 1 : 0;
	if ((*x)->value != (*y)->value)
		return (*x)->value < (*y)->value ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static int descending(const void *a, const void *b)
{
	const struct sh_prom_elem *const *x = a, *const *y = b;

	if (isnan((*x)->value) || isnan((*y)->value) || (*x)->value == (*y)->value)
		return ascending(a, b);
	return (*x)->value > (*y)->value ? -1 : 1;
}

/* The K largest or smallest, whole. */
static int pick(struct sh_prom_eval *e, const struct group *g, bool top, double k,
		struct sh_prom_vector *out)
{
	const struct sh_prom_elem **order = sh_arena_alloc(e->arena, g->in.n * sizeof(*order));

	for (size_t i = 0; i < g->in.n; i++)
		order[i] = &g->in.elem[i];
	qsort(order, g->in.n, sizeof(*order), top ? descending : ascending);
	for (size_t i = 0; i < g->in.n && (double)i < floor(k); i++)
		if (sh_prom_push(e, out, *order[i]) < 0)
			return -1;
	return 0;
}

static const char *number_text(struct sh_prom_eval *e, double v)
{
	char *text = sh_arena_alloc(e->arena, SH_DOUBLE_MAX_TEXT);

	if (isnan(v))
		return "NaN";
	if (isinf(v))
		return v > 0 ? "+Inf" : "-Inf";
	text[sh_format_double(text, v)] = '\0';
	return text;
}

/* How often each value comes, by a label that has it. */
static int count_values(struct sh_prom_eval *e, const struct group *g, const char *label,
			struct sh_prom_vector *out)
{
	struct sh_map by = SH_MAP_INIT(NULL);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < g->in.n; i++) {
		const char *text = number_text(e, g->in.elem[i].value);
		size_t *at = sh_map_gets(&by, text);

		if (at) {
			out->elem[*at].value++;
			continue;
		}
		at = sh_arena_alloc(e->arena, sizeof(*at));
		*at = out->n;
		sh_map_puts(&by, text, at);
		rc = sh_prom_push(e, out, (struct sh_prom_elem){
			sh_prom_labels_with(e->arena, g->labels, label, text), 1, NULL });
	}
	sh_map_release(&by);
	return rc;
}

static const char *origin_of(const struct sh_prom_vector *v)
{
	const char *origin = v->elem[0].origin;

	for (size_t i = 1; i < v->n; i++)
		origin = sh_prom_same_origin(origin, v->elem[i].origin);
	return origin;
}

static int put_group(struct sh_prom_eval *e, const struct sh_prom_ast *a, const struct group *g,
		     const struct sh_prom_operand *parameter, struct sh_prom_vector *out)
{
	if (a->aggregate == SH_PROM_TOPK || a->aggregate == SH_PROM_BOTTOMK)
		return pick(e, g, a->aggregate == SH_PROM_TOPK, parameter->scalar, out);
	if (a->aggregate == SH_PROM_COUNT_VALUES)
		return count_values(e, g, parameter->text, out);
	return sh_prom_push(e, out, (struct sh_prom_elem){
		g->labels, value_of(e, a->aggregate, &g->in, parameter->scalar), origin_of(&g->in) });
}

int sh_prom_eval_aggregate(struct sh_prom_eval *e, const struct sh_prom_ast *a,
			   struct sh_prom_operand *out)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_map groups = SH_MAP_INIT(NULL);
	struct sh_prom_operand v, parameter = { 0 };
	const struct sh_map_entry *entry;
	size_t at = 0;
	int rc = 0;

	if ((a->n > 1 && sh_prom_eval_node(e, a->arg[0], &parameter) < 0) ||
	    sh_prom_eval_node(e, a->arg[a->n - 1], &v) < 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < v.vector.n; i++)
		rc = add_to_group(e, a, &groups, &v.vector.elem[i], &key);
	while (rc == 0 && (entry = sh_map_next(&groups, &at)))
		rc = put_group(e, a, entry->value, &parameter, &out->vector);
	sh_map_release(&groups);
	return rc;
}
