/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>

#include "detect/prom/operand.h"

static double arithmetic(enum sh_prom_op op, double a, double b)
{
	switch (op) {
	case SH_PROM_ADD:
		return a + b;
	case SH_PROM_SUB:
		return a - b;
	case SH_PROM_MUL:
		return a * b;
	case SH_PROM_DIV:
		return a / b;
	case SH_PROM_MOD:
		return fmod(a, b);
	case SH_PROM_POW:
		return pow(a, b);
	default:
		return atan2(a, b);
	}
}

static bool compare(enum sh_prom_op op, double a, double b)
{
	switch (op) {
	case SH_PROM_EQ:
		return a == b;
	case SH_PROM_NE:
		return a != b;
	case SH_PROM_LT:
		return a < b;
	case SH_PROM_LE:
		return a <= b;
	case SH_PROM_GT:
		return a > b;
	default:
		return a >= b;
	}
}

/* Whether there is a result, and its value: a comparison without bool gives the KEPT side. */
static bool apply(const struct sh_prom_ast *a, double l, double r, double kept, double *out)
{
	bool holds;

	if (!sh_prom_op_compares(a->op)) {
		*out = arithmetic(a->op, l, r);
		return true;
	}
	holds = compare(a->op, l, r);
	*out = a->is_bool ? (holds ? 1 : 0) : kept;
	return holds || a->is_bool;
}

/* What is computed is no longer the metric of that name. */
static bool keeps_name(const struct sh_prom_ast *a)
{
	return sh_prom_op_compares(a->op) && !a->is_bool;
}

static int with_scalar(struct sh_prom_eval *e, const struct sh_prom_ast *a,
		       const struct sh_prom_operand *l, const struct sh_prom_operand *r,
		       struct sh_prom_operand *out)
{
	bool left = l->type == SH_PROM_VECTOR;
	const struct sh_prom_vector *v = left ? &l->vector : &r->vector;

	for (size_t i = 0; i < v->n; i++) {
		struct sh_prom_elem elem = v->elem[i];
		double x = elem.value;

		if (!apply(a, left ? x : l->scalar, left ? r->scalar : x, x, &elem.value))
			continue;
		if (!keeps_name(a))
			elem.labels = sh_prom_nameless(e, elem.labels);
		if (sh_prom_push(e, &out->vector, elem) < 0)
			return -1;
	}
	return 0;
}

static void signature(const struct sh_prom_ast *a, const struct sh_prom_elem *elem,
		      struct sh_buf *key)
{
	sh_buf_clear(key);
	sh_prom_labels_key_only(elem->labels, &a->names, a->has_on, key);
}

/* First elements by what they match by; a second of the same is left out. */
static void index_vector(const struct sh_prom_ast *a, struct sh_prom_vector *v, struct sh_map *by)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	for (size_t i = 0; i < v->n; i++) {
		signature(a, &v->elem[i], &key);
		if (!sh_map_get(by, sh_buf_str(&key), key.len))
			sh_map_put(by, sh_buf_str(&key), key.len, &v->elem[i]);
	}
}

static int add_set(struct sh_prom_eval *e, const struct sh_prom_ast *a,
		   const struct sh_prom_vector *from, const struct sh_map *other, bool wanted,
		   struct sh_prom_vector *out)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	for (size_t i = 0; i < from->n; i++) {
		signature(a, &from->elem[i], &key);
		if ((sh_map_get(other, sh_buf_str(&key), key.len) != NULL) == wanted &&
		    sh_prom_push(e, out, from->elem[i]) < 0)
			return -1;
	}
	return 0;
}

static int set_operation(struct sh_prom_eval *e, const struct sh_prom_ast *a,
			 struct sh_prom_vector *l, struct sh_prom_vector *r,
			 struct sh_prom_vector *out)
{
	struct sh_map by = SH_MAP_INIT(NULL);
	int rc = 0;

	if (a->op == SH_PROM_OR) {
		index_vector(a, l, &by);
		for (size_t i = 0; rc == 0 && i < l->n; i++)
			rc = sh_prom_push(e, out, l->elem[i]);
		if (rc == 0)
			rc = add_set(e, a, r, &by, false, out);
	} else {
		index_vector(a, r, &by);
		rc = add_set(e, a, l, &by, a->op == SH_PROM_AND, out);
	}
	sh_map_release(&by);
	return rc;
}

/* The labels of a pair's result. */
static const struct sh_prom_labels *result_labels(struct sh_prom_eval *e, const struct sh_prom_ast *a,
						  const struct sh_prom_elem *many,
						  const struct sh_prom_elem *one)
{
	const struct sh_prom_labels *l = many->labels;

	if (!keeps_name(a))
		l = sh_prom_nameless(e, l);
	if (a->group != SH_PROM_ONE_TO_ONE) {
		for (size_t i = 0; i < a->include.n; i++)
			l = sh_prom_labels_with(e->arena, l, a->include.name[i],
						sh_prom_labels_get(one->labels, a->include.name[i]));
		return l;
	}
	if (a->has_on)
		return sh_prom_labels_only(e->arena, l, &a->names, true);
	for (size_t i = 0; i < a->names.n; i++)
		l = sh_prom_labels_with(e->arena, l, a->names.name[i], "");
	return l;
}

struct join {
	struct sh_prom_eval *e;
	const struct sh_prom_ast *a;
	struct sh_map one;  /* what matches by -> element of the side that has one each */
	struct sh_map done; /* pairs, or results, that there were */
};

static int many_match(struct join *j, const char *where)
{
	return sh_error_set(j->e->err, SH_ERRC_CONFIG,
			    "several series match on %s of an operator, at byte %zu", where,
			    j->a->start);
}

static int index_one(struct join *j, struct sh_prom_vector *v)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	for (size_t i = 0; i < v->n; i++) {
		signature(j->a, &v->elem[i], &key);
		if (sh_map_get(&j->one, sh_buf_str(&key), key.len))
			return many_match(j, "the side that may have one");
		sh_map_put(&j->one, sh_buf_str(&key), key.len, &v->elem[i]);
	}
	return 0;
}

static int join_one(struct join *j, const struct sh_prom_elem *many, struct sh_prom_vector *out)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	bool right = j->a->group == SH_PROM_GROUP_RIGHT; /* the many are on the right */
	const struct sh_prom_elem *one;
	struct sh_prom_elem elem;
	double l, r;

	signature(j->a, many, &key);
	one = sh_map_get(&j->one, sh_buf_str(&key), key.len);
	if (!one)
		return 0;
	l = right ? one->value : many->value;
	r = right ? many->value : one->value;
	if (!apply(j->a, l, r, l, &elem.value))
		return 0;
	elem.labels = result_labels(j->e, j->a, many, one);
	elem.origin = sh_prom_same_origin(many->origin, one->origin);
	if (j->a->group != SH_PROM_ONE_TO_ONE) {
		sh_buf_clear(&key);
		sh_prom_labels_key(elem.labels, &key);
	}
	if (sh_map_get(&j->done, sh_buf_str(&key), key.len))
		return many_match(j, "both sides");
	sh_map_put(&j->done, sh_buf_str(&key), key.len, out);
	return sh_prom_push(j->e, out, elem);
}

static int between_vectors(struct sh_prom_eval *e, const struct sh_prom_ast *a,
			   struct sh_prom_vector *l, struct sh_prom_vector *r,
			   struct sh_prom_vector *out)
{
	struct join j = { e, a, SH_MAP_INIT(NULL), SH_MAP_INIT(NULL) };
	const struct sh_prom_vector *many = a->group == SH_PROM_GROUP_RIGHT ? r : l;
	int rc = index_one(&j, a->group == SH_PROM_GROUP_RIGHT ? l : r);

	for (size_t i = 0; rc == 0 && i < many->n; i++)
		rc = join_one(&j, &many->elem[i], out);
	sh_map_release(&j.one);
	sh_map_release(&j.done);
	return rc;
}

int sh_prom_eval_binary(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_prom_operand *out)
{
	struct sh_prom_operand l, r;

	if (sh_prom_eval_node(e, a->arg[0], &l) < 0 || sh_prom_eval_node(e, a->arg[1], &r) < 0)
		return -1;
	if (l.type == SH_PROM_SCALAR && r.type == SH_PROM_SCALAR) {
		apply(a, l.scalar, r.scalar, l.scalar, &out->scalar);
		return 0;
	}
	if (l.type == SH_PROM_SCALAR || r.type == SH_PROM_SCALAR)
		return with_scalar(e, a, &l, &r, out);
	return sh_prom_op_is_set(a->op) ? set_operation(e, a, &l.vector, &r.vector, &out->vector) :
					  between_vectors(e, a, &l.vector, &r.vector, &out->vector);
}
