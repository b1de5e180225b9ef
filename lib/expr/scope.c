/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/scope.h"

#include <stdlib.h>
#include <string.h>

void sh_scope_init(struct sh_scope *s, const json_t *rest)
{
	s->n = 0;
	s->rest = rest;
}

static struct sh_value *find(struct sh_scope *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->given[i].name, name))
			return &s->given[i].value;
	return NULL;
}

static void give(struct sh_scope *s, const char *name, struct sh_value value)
{
	struct sh_value *old = find(s, name);

	if (old) {
		*old = value;
		return;
	}
	if (s->n == SH_SCOPE_NAMES)
		abort(); /* a program that gives more names than it declared room for */
	s->given[s->n].name = name;
	s->given[s->n++].value = value;
}

void sh_scope_json(struct sh_scope *s, const char *name, const json_t *value)
{
	give(s, name, value ? sh_value_from_json(value) : sh_value_unknown());
}

void sh_scope_text(struct sh_scope *s, const char *name, struct sh_span text)
{
	give(s, name, text.p ? sh_value_string(text) : sh_value_unknown());
}

bool sh_scope_lookup(void *user, const char *name, struct sh_value *out)
{
	struct sh_scope *s = user;
	const struct sh_value *given = find(s, name);
	const json_t *member;

	if (given) {
		*out = *given;
		return given->type != SH_VALUE_UNKNOWN;
	}
	member = json_object_get(s->rest, name);
	if (!member)
		return false;
	*out = sh_value_from_json(member);
	return true;
}
