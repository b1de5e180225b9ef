/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/parse.h"

static int wants(struct sh_prom_parser *s, const struct sh_prom_ast *arg, enum sh_prom_type type,
		 const char *who)
{
	if (arg->type == type)
		return 0;
	return sh_prom_lex_fail(&s->lex, arg->start, s->err, "%s wants a value of type %s, not %s",
				who, sh_prom_type_name(type), sh_prom_type_name(arg->type));
}

int sh_prom_check_call(struct sh_prom_parser *s, struct sh_prom_ast *call)
{
	const struct sh_prom_function *f = call->function;
	int n = (int)call->n;

	call->type = f->gives;
	if (n < f->min_args || (f->max_args >= 0 && n > f->max_args))
		return sh_prom_lex_fail(&s->lex, call->start, s->err,
					"%s takes %d to %d arguments, not %d", f->name, f->min_args,
					f->max_args, n);
	for (int i = 0; i < n; i++) {
		int at = f->max_args < 0 && i >= f->min_args ? f->min_args : i;

		if (wants(s, call->arg[i], f->takes[at], f->name) < 0)
			return -1;
	}
	if (f->fn == SH_PROM_FN_LABEL_REPLACE)
		call->regex = sh_prom_compile(s, call->arg[4]->string, call->arg[4]->start);
	return f->fn == SH_PROM_FN_LABEL_REPLACE && !call->regex ? -1 : 0;
}

int sh_prom_check_aggregate(struct sh_prom_parser *s, struct sh_prom_ast *a)
{
	const char *name = sh_prom_aggregate_name(a->aggregate);
	bool parameter = a->aggregate >= SH_PROM_TOPK;

	a->type = SH_PROM_VECTOR;
	if (a->n != (parameter ? 2 : 1))
		return sh_prom_lex_fail(&s->lex, a->start, s->err, "%s takes %s, not %zu arguments",
					name, parameter ? "a parameter and a vector" : "one vector",
					a->n);
	if (parameter && wants(s, a->arg[0], a->aggregate == SH_PROM_COUNT_VALUES ?
						    SH_PROM_TEXT : SH_PROM_SCALAR, name) < 0)
		return -1;
	return wants(s, a->arg[a->n - 1], SH_PROM_VECTOR, name);
}

static bool is_value(const struct sh_prom_ast *a)
{
	return a->type == SH_PROM_SCALAR || a->type == SH_PROM_VECTOR;
}

static const char *name_twice(const struct sh_prom_ast *b)
{
	for (size_t i = 0; b->has_on && i < b->names.n; i++)
		for (size_t j = 0; j < b->include.n; j++)
			if (!strcmp(b->names.name[i], b->include.name[j]))
				return b->names.name[i];
	return NULL;
}

int sh_prom_check_binary(struct sh_prom_parser *s, struct sh_prom_ast *b)
{
	const struct sh_prom_ast *l = b->arg[0], *r = b->arg[1];
	bool vectors = l->type == SH_PROM_VECTOR && r->type == SH_PROM_VECTOR;
	bool matched = b->has_on || b->names.n || b->group != SH_PROM_ONE_TO_ONE;
	const char *why = NULL;

	b->type = l->type == SH_PROM_SCALAR && r->type == SH_PROM_SCALAR ? SH_PROM_SCALAR :
									   SH_PROM_VECTOR;
	if (!is_value(l) || !is_value(r))
		why = "an operator works on scalars and instant vectors only";
	else if (sh_prom_op_is_set(b->op) && !vectors)
		why = "and, or and unless work between vectors only";
	else if (sh_prom_op_is_set(b->op) && b->group != SH_PROM_ONE_TO_ONE)
		why = "and, or and unless know no grouping";
	else if (matched && !vectors)
		why = "matching by labels is between vectors only";
	else if (b->is_bool && !sh_prom_op_compares(b->op))
		why = "bool stands with comparisons only";
	else if (sh_prom_op_compares(b->op) && b->type == SH_PROM_SCALAR && !b->is_bool)
		why = "a comparison between scalars needs bool";
	else if (name_twice(b))
		why = "a label stands both in on and in the group";
	return why ? sh_prom_lex_fail(&s->lex, b->start, s->err, "%s", why) : 0;
}
