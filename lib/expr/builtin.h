/* SPDX-License-Identifier: MIT */
/*
 * builtin - the functions every expression has
 *
 * One table a topic; sh_builtin_find searches them all. Functions get evaluated
 * arguments, never unknown ones or errors.
 */
#ifndef SH_EXPR_BUILTIN_H
#define SH_EXPR_BUILTIN_H

#include "expr/expr.h"

enum sh_call_style {
	SH_STYLE_FUNCTION = 1, /* f(x) */
	SH_STYLE_METHOD = 2,   /* x.f() */
	SH_STYLE_BOTH = 3,
};

struct sh_builtin {
	struct sh_function function;
	enum sh_call_style style;
};

/* A row of a table; MAX -1: as many as are given. */
#define SH_BUILTIN(name, min, max, call, style) \
	{ { (name), (min), (max), false, false, (call), false, false }, (style) }
#define SH_BUILTIN_END { { NULL, 0, 0, false, false, NULL, false, false }, SH_STYLE_BOTH }

extern const struct sh_builtin sh_builtin_convert[];
extern const struct sh_builtin sh_builtin_string[];
extern const struct sh_builtin sh_builtin_text[];    /* the string extensions */
extern const struct sh_builtin sh_builtin_time[];
extern const struct sh_builtin sh_builtin_math[];
extern const struct sh_builtin sh_builtin_bits[];    /* math.bit... */
extern const struct sh_builtin sh_builtin_list[];
extern const struct sh_builtin sh_builtin_set[];
extern const struct sh_builtin sh_builtin_regex[];
extern const struct sh_builtin sh_builtin_base64[];
extern const struct sh_builtin sh_builtin_net[];

/* All of them; the last is NULL. */
extern const struct sh_builtin *const sh_builtin_tables[];

/* "%s is %.1f".format([x, y]) */
struct sh_value sh_builtin_format(const struct sh_call *call);

const struct sh_builtin *sh_builtin_find(struct sh_span name);
/* Whether a name begins with a name space of the tables: "math.x". */
bool sh_builtin_is_space(struct sh_span name);
/* The known name nearest to NAME, from the tables and FUNCTIONS; NULL when none is near. */
const char *sh_builtin_nearest(struct sh_span name, const struct sh_function *functions);

/* "no matching function": the error for arguments of the wrong types. */
struct sh_value sh_builtin_no_types(const struct sh_call *call);
/* Memory of the evaluation; NULL when its bound is reached (return sh_builtin_too_large). */
void *sh_builtin_alloc(const struct sh_call *call, size_t size);
struct sh_value sh_builtin_too_large(const struct sh_call *call);
/* A copy of S as a string value. */
struct sh_value sh_builtin_string_copy(const struct sh_call *call, struct sh_span s);
/* Whether argument I exists and has this type. */
bool sh_builtin_has(const struct sh_call *call, size_t i, enum sh_value_type type);
/*
 * Whether the arguments have these types, a letter each: s string, l list, n
 * whole number, which may be a double, as numbers of records are. TYPES has as
 * many letters as there may be arguments.
 */
bool sh_builtin_are(const struct sh_call *call, const char *types);
/* The whole number that argument I is. */
int64_t sh_builtin_whole(const struct sh_call *call, size_t i);

/* [1, 2].reverse(), by the name that texts have too */
struct sh_value sh_builtin_reverse_list(const struct sh_call *call);

#endif
