/* SPDX-License-Identifier: MIT */
/* ast - what a PromQL expression is once it was read: a tree that owns nothing */
#ifndef SH_DETECT_PROM_AST_H
#define SH_DETECT_PROM_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "detect/prom/functions.h"

enum sh_prom_kind {
	SH_PROM_NUMBER,
	SH_PROM_STRING,
	SH_PROM_SELECTOR,
	SH_PROM_SUBQUERY,
	SH_PROM_CALL,
	SH_PROM_AGGREGATE,
	SH_PROM_BINARY,
	SH_PROM_NEGATE,
};

enum sh_prom_op {
	SH_PROM_ADD,
	SH_PROM_SUB,
	SH_PROM_MUL,
	SH_PROM_DIV,
	SH_PROM_MOD,
	SH_PROM_POW,
	SH_PROM_ATAN2,
	SH_PROM_EQ,
	SH_PROM_NE,
	SH_PROM_LT,
	SH_PROM_LE,
	SH_PROM_GT,
	SH_PROM_GE,
	SH_PROM_AND,
	SH_PROM_OR,
	SH_PROM_UNLESS,
};

static inline bool sh_prom_op_compares(enum sh_prom_op op)
{
	return op >= SH_PROM_EQ && op <= SH_PROM_GE;
}

static inline bool sh_prom_op_is_set(enum sh_prom_op op)
{
	return op >= SH_PROM_AND;
}

enum sh_prom_match { SH_PROM_IS, SH_PROM_IS_NOT, SH_PROM_LIKE, SH_PROM_UNLIKE };

struct sh_prom_matcher {
	enum sh_prom_match match;
	const char *name, *value;
	void *regex; /* of LIKE and UNLIKE; the expression frees it */
};

/* Names of labels: by (a, b). */
struct sh_prom_names {
	const char **name;
	size_t n;
};

enum sh_prom_group { SH_PROM_ONE_TO_ONE, SH_PROM_GROUP_LEFT, SH_PROM_GROUP_RIGHT };

struct sh_prom_ast {
	enum sh_prom_kind kind;
	enum sh_prom_type type;
	size_t start, end; /* in the text */
	unsigned depth;    /* of the tree below, 1 for a leaf */
	bool paren;        /* stood in brackets of its own */
	struct sh_prom_ast **arg; /* of calls, aggregates (parameter first), operators, subqueries */
	size_t n;

	double number;
	const char *string;

	/* Selector and subquery; times in ns. */
	struct sh_prom_matcher *matcher; /* the name too, as __name__ */
	size_t matchers;
	int64_t range; /* 0: an instant selector */
	int64_t step;  /* of a subquery; 0: the rule's interval */
	int64_t offset;
	bool has_at;   /* "@ 1609746000"; start() and end() are the time of evaluation */
	int64_t at;
	size_t id;     /* of a selector: its number within the expression */

	const struct sh_prom_function *function;
	void *regex; /* of label_replace; the expression frees it */
	enum sh_prom_aggregate aggregate;
	enum sh_prom_op op;
	bool is_bool;
	bool has_on;    /* on(...); else ignoring(...), which may be empty */
	bool without;   /* of an aggregate */
	struct sh_prom_names names, include; /* on, ignoring, by, without; group_left(...) */
	enum sh_prom_group group;
};

#endif
