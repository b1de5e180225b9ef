/* SPDX-License-Identifier: MIT */
/* operand - what the files of the evaluator share: eval.h is the face */
#ifndef SH_DETECT_PROM_OPERAND_H
#define SH_DETECT_PROM_OPERAND_H

#include "detect/prom/eval.h"

/* The points of one series within a range. */
struct sh_prom_window {
	const struct sh_prom_labels *labels;
	const char *origin;
	const struct sh_prom_point *point; /* none of them says that the series ended */
	size_t n;
	int64_t start, end; /* of the range, ns */
};

struct sh_prom_matrix {
	struct sh_prom_window *window;
	size_t n, cap;
};

struct sh_prom_operand {
	enum sh_prom_type type;
	double scalar;
	const char *text;
	struct sh_prom_vector vector;
	struct sh_prom_matrix matrix;
};

/* All return -1 with the error set. */
int sh_prom_eval_node(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_prom_operand *out);
int sh_prom_eval_call(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_prom_operand *out);
int sh_prom_eval_aggregate(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_prom_operand *out);
int sh_prom_eval_binary(struct sh_prom_eval *e, const struct sh_prom_ast *a, struct sh_prom_operand *out);

/* Append; refuses when there is too much of it. */
int sh_prom_push(struct sh_prom_eval *e, struct sh_prom_vector *v, struct sh_prom_elem elem);
/* Without the metric's name. */
const struct sh_prom_labels *sh_prom_nameless(struct sh_prom_eval *e, const struct sh_prom_labels *l);
/* Two operators that both reach here: the entity where it is the same. */
const char *sh_prom_same_origin(const char *a, const char *b);

/* A function over a window of at least one point: false where it has no value. */
bool sh_prom_over_time(enum sh_prom_fn fn, const struct sh_prom_window *w, const double *parameter,
		       double *out);
/* The Q quantile of N values, which it sorts. */
double sh_prom_quantile(double q, double *v, size_t n);
int sh_prom_histogram_quantile(struct sh_prom_eval *e, double q, const struct sh_prom_vector *v,
			       struct sh_prom_vector *out);
/* Functions of one number: abs to tanh; and of a time: minute to year. */
double sh_prom_of_number(enum sh_prom_fn fn, double v);
double sh_prom_of_time(enum sh_prom_fn fn, double seconds);
/* label_replace and label_join. */
int sh_prom_relabel(struct sh_prom_eval *e, const struct sh_prom_ast *a,
		    const struct sh_prom_vector *v, struct sh_prom_vector *out);

#endif
