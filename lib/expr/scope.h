/* SPDX-License-Identifier: MIT */
/*
 * scope - the names an expression can use: some given one by one, the rest
 * members of an object
 *
 * A name that was given hides a member, also when it was given as absent.
 */
#ifndef SH_EXPR_SCOPE_H
#define SH_EXPR_SCOPE_H

#include <jansson.h>
#include <stddef.h>

#include "base/span.h"
#include "expr/value.h"

#define SH_SCOPE_NAMES 24

struct sh_scope {
	struct {
		const char *name; /* borrowed */
		struct sh_value value; /* SH_VALUE_UNKNOWN: absent */
	} given[SH_SCOPE_NAMES];
	size_t n;
	const json_t *rest; /* borrowed; NULL none */
};

void sh_scope_init(struct sh_scope *s, const json_t *rest);
/* Everything is borrowed. NULL is absent. A name given again replaces the former. */
void sh_scope_json(struct sh_scope *s, const char *name, const json_t *value);
void sh_scope_text(struct sh_scope *s, const char *name, struct sh_span text);
/* For struct sh_eval: user is a struct sh_scope *. */
bool sh_scope_lookup(void *user, const char *name, struct sh_value *out);

#endif
