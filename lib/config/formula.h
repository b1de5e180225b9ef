/* SPDX-License-Identifier: MIT */
/*
 * formula - members that hold expressions of the rule language
 *
 * An error names the place of the member in its file, then the place inside the
 * expression.
 */
#ifndef SH_CONFIG_FORMULA_H
#define SH_CONFIG_FORMULA_H

#include "base/error.h"
#include "config/node.h"
#include "expr/expr.h"

/*
 * As the typed getters of node.h: 1 and a new *out, 0 when absent, -1. The plain
 * ones know the functions of the language alone; where there are more (borrowed
 * for the life of what is made), _with.
 */
int sh_node_expr_with(const struct sh_node *map, const char *key, const struct sh_function *functions,
		      struct sh_expr **out, struct sh_error *err);
int sh_node_template_with(const struct sh_node *map, const char *key,
			  const struct sh_function *functions, struct sh_template **out,
			  struct sh_error *err);
int sh_node_expr(const struct sh_node *map, const char *key, struct sh_expr **out,
		 struct sh_error *err);
int sh_node_template(const struct sh_node *map, const char *key, struct sh_template **out,
		     struct sh_error *err);
/* A list of them (or one): NULL-terminated, owned with its members. */
int sh_node_templates(const struct sh_node *map, const char *key, struct sh_template ***out,
		      struct sh_error *err);

#endif
