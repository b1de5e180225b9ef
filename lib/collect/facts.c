/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void free_fact(void *p)
{
	struct sh_fact *f = p;

	free(f->text);
	free(f);
}

void sh_facts_init(struct sh_map *facts)
{
	sh_map_init(facts, free_fact);
}

const struct sh_fact *sh_facts_get(const struct sh_map *facts, const char *name)
{
	return sh_map_gets(facts, name);
}

void sh_facts_put(struct sh_map *facts, const char *name, const char *text, size_t len)
{
	struct sh_fact *f = sh_map_gets(facts, name);

	if (f && f->len == len && !memcmp(f->text, text, len))
		return;
	f = sh_calloc(1, sizeof(*f));
	f->text = sh_strndup(text, len);
	f->len = len;
	sh_map_puts(facts, name, f);
}
