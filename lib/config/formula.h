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

/* As the typed getters of node.h: 1 and a new *out, 0 when absent, -1. */
int sh_node_expr(const struct sh_node *map, const char *key, struct sh_expr **out,
		 struct sh_error *err);
int sh_node_template(const struct sh_node *map, const char *key, struct sh_template **out,
		     struct sh_error *err);
/* A list of them (or one): NULL-terminated, owned with its members. */
int sh_node_templates(const struct sh_node *map, const char *key, struct sh_template ***out,
		      struct sh_error *err);

#endif
