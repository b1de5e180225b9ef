/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/edges.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/entity.h"

void sh_edge_set_init(struct sh_edge_set *s)
{
	*s = (struct sh_edge_set){ 0 };
	sh_map_init(&s->map, free);
}

void sh_edge_set_release(struct sh_edge_set *s)
{
	sh_map_release(&s->map);
}

bool sh_edge_is_one(const char *from, const char *to)
{
	struct sh_entity parts;

	return strcmp(from, to) != 0 && sh_entity_split(sh_span_of(from), &parts) &&
	       sh_entity_split(sh_span_of(to), &parts);
}

/* Control characters in names are encoded, so no name holds a tab. */
void sh_edge_key(struct sh_buf *out, const char *from, const char *type, const char *to)
{
	sh_buf_addf(out, "%s\t%s\t%s", from, type, to);
}

void sh_edge_set_add(struct sh_edge_set *s, const char *from, const char *type, const char *to,
		     const struct sh_edge_fact *fact)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_edge_fact *copy;

	if (!sh_edge_is_one(from, to))
		return;
	sh_edge_key(&key, from, type, to);
	if (sh_map_gets(&s->map, key.data))
		return;
	if (s->map.live == SH_EDGE_SET_MOST) {
		s->refused++;
		return;
	}
	copy = sh_malloc(sizeof(*copy));
	*copy = *fact;
	sh_map_puts(&s->map, key.data, copy);
}

void sh_edge_key_split(char *text, const char **from, const char **type, const char **to)
{
	char *first = strchr(text, '\t'), *second = first ? strchr(first + 1, '\t') : NULL;

	*from = text;
	*type = *to = "";
	if (!second)
		return;
	*first = *second = '\0';
	*type = first + 1;
	*to = second + 1;
}
