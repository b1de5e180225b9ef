/* SPDX-License-Identifier: MIT */
/* run - one evaluation under way: its variables and what it may still use */
#ifndef SH_EXPR_RUN_H
#define SH_EXPR_RUN_H

#include "expr/ast.h"

#define SH_RUN_MAX_WORK   4000000          /* steps, or 64-byte pieces of text looked at */
#define SH_RUN_MAX_MEMORY ((size_t)16 << 20)
#define SH_RUN_MAX_STRING ((size_t)1 << 20)
#define SH_RUN_MAX_ITEMS  65536            /* of one list or map */

struct sh_run {
	struct sh_eval *eval;
	size_t work;
	size_t memory_start; /* what the arena held before */
	struct sh_value *slot; /* of variables; NULL where the expression has no macros */
	const char **note;     /* of a variable that is unknown or an error: the word for it */
};

struct sh_value sh_run_node(struct sh_run *run, const struct sh_ast *node);
struct sh_value sh_run_loop(struct sh_run *run, const struct sh_ast *node);

/* An error with the place of AT, noted in eval->error unless one is there. */
struct sh_value sh_run_error(struct sh_run *run, const struct sh_ast *at, const char *fmt, ...)
	SH_PRINTF(3, 4);
/* Count work done; false when the bound is reached. */
bool sh_run_charge(struct sh_run *run, size_t work);
/* Memory for what is built; NULL when the bound is reached. */
void *sh_run_alloc(struct sh_run *run, size_t size);
struct sh_value sh_run_too_large(struct sh_run *run, const struct sh_ast *at);
struct sh_value_list;
/* Room for N members, counted as work and memory; NULL when a bound is reached. */
struct sh_value_list *sh_run_list(struct sh_run *run, size_t n);
/* The finished list, or an error. */
struct sh_value sh_run_seal(struct sh_run *run, const struct sh_ast *at, struct sh_value_list *list);
struct sh_value_entry;
/* The values of the N pairs as a list in the order of their keys; equal ones stay as they are. */
struct sh_value sh_run_sort(struct sh_run *run, const struct sh_ast *at, struct sh_value_entry *pair,
			    size_t n);
/* Forget what was noted about errors and unknowns that were absorbed since then. */
struct sh_run_mark {
	bool error, missing;
};
struct sh_run_mark sh_run_mark(const struct sh_run *run);
void sh_run_absorb(struct sh_run *run, struct sh_run_mark mark);

struct sh_value_map;
/* Append to a map with room; false with the error in *BAD for a bad or repeated key. */
bool sh_run_put(struct sh_run *run, const struct sh_ast *at, struct sh_value_map *map,
		const struct sh_value *key, const struct sh_value *value, struct sh_value *bad);

/* X op Y for + - * / %; the operands are neither unknown nor errors. */
struct sh_value sh_run_arith(struct sh_run *run, const struct sh_ast *at, const struct sh_value *x,
			     const struct sh_value *y);
struct sh_value sh_run_negate(struct sh_run *run, const struct sh_ast *at, const struct sh_value *x);

static inline bool sh_value_is_bad(const struct sh_value *v)
{
	return v->type <= SH_VALUE_ERROR;
}

#endif
