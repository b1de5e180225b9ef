/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expr/collect.h"

struct sh_value sh_run_error(struct sh_run *run, const struct sh_ast *at, const char *fmt, ...)
{
	struct sh_eval *ev = run->eval;
	va_list ap;
	int n;

	if (!ev->error[0]) {
		n = snprintf(ev->error, sizeof(ev->error), "%u:%u: ", at->place.line,
			     at->place.column);
		va_start(ap, fmt);
		vsnprintf(ev->error + n, sizeof(ev->error) - (size_t)n, fmt, ap);
		va_end(ap);
	}
	return (struct sh_value){ .type = SH_VALUE_ERROR };
}

struct sh_value sh_value_error(const struct sh_call *call, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sh_run_error(call->run, call->at, "%s", text);
}

bool sh_run_charge(struct sh_run *run, size_t work)
{
	run->work += work;
	return run->work <= SH_RUN_MAX_WORK;
}

void *sh_run_alloc(struct sh_run *run, size_t size)
{
	struct sh_arena *a = run->eval->arena;

	if (!a || size > SH_RUN_MAX_MEMORY || a->used - run->memory_start > SH_RUN_MAX_MEMORY - size)
		return NULL;
	return sh_arena_alloc(a, size);
}

struct sh_value sh_run_too_large(struct sh_run *run, const struct sh_ast *at)
{
	return sh_run_error(run, at, "the result is too large");
}

struct sh_value_list *sh_run_list(struct sh_run *run, size_t n)
{
	const struct sh_arena *a = run->eval->arena;

	if (!a || n > SH_RUN_MAX_ITEMS || !sh_run_charge(run, n) ||
	    a->used - run->memory_start + n * sizeof(struct sh_value) > SH_RUN_MAX_MEMORY)
		return NULL;
	return sh_list_new(run->eval->arena, n);
}

struct sh_value sh_run_seal(struct sh_run *run, const struct sh_ast *at, struct sh_value_list *list)
{
	struct sh_value v = sh_list_seal(list);

	return v.type == SH_VALUE_ERROR || !sh_run_charge(run, list->weight) ? sh_run_too_large(run, at)
									     : v;
}

struct sh_run_mark sh_run_mark(const struct sh_run *run)
{
	return (struct sh_run_mark){ run->eval->error[0] != '\0', run->eval->missing[0] != '\0' };
}

void sh_run_absorb(struct sh_run *run, struct sh_run_mark mark)
{
	if (!mark.error)
		run->eval->error[0] = '\0';
	if (!mark.missing)
		run->eval->missing[0] = '\0';
}

/* Apart, so that only expressions with macros pay for the room. */
static struct sh_value run_with_slots(struct sh_run *run, const struct sh_ast *root)
{
	struct sh_value slot[SH_AST_MAX_VARS];
	const char *note[SH_AST_MAX_VARS] = { NULL };

	run->slot = slot;
	run->note = note;
	return sh_run_node(run, root);
}

struct sh_value sh_expr_eval(const struct sh_expr *e, struct sh_eval *eval)
{
	struct sh_run run = { .eval = eval };
	struct sh_value v;

	run.memory_start = eval->arena ? eval->arena->used : 0;
	eval->missing[0] = '\0';
	eval->error[0] = '\0';
	v = e->has_macros ? run_with_slots(&run, e->root) : sh_run_node(&run, e->root);
	if (v.type != SH_VALUE_ERROR)
		eval->error[0] = '\0';
	if (v.type != SH_VALUE_UNKNOWN)
		eval->missing[0] = '\0';
	return v;
}

enum sh_truth sh_expr_truth(const struct sh_expr *e, struct sh_eval *eval)
{
	struct sh_value v = sh_expr_eval(e, eval);

	if (v.type == SH_VALUE_BOOL)
		return v.u.b ? SH_TRUE : SH_FALSE;
	if (!sh_value_is_bad(&v))
		snprintf(eval->error, sizeof(eval->error), "1:1: true or false expected, not %s",
			 sh_value_type_name(v.type));
	return SH_UNKNOWN;
}
