/* SPDX-License-Identifier: MIT */
/* graph_state - edges into the state and back: a row for each end they start from */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/graph_internal.h"
#include "series/bytes.h"

#define TABLE "edge"

int sh_graph_save(struct sh_graph *g, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;
	const struct sh_map_entry *entry;

	for (size_t k = 0; (entry = sh_map_next(&g->edge, &k));) {
		struct sh_edges *e = entry->value;

		if (!e->changed)
			continue;
		sh_buf_clear(&row);
		for (size_t i = 0; i < e->n; i++) {
			sh_bytes_put(&row, (uint64_t)e->item[i].seen, 8);
			sh_buf_add(&row, e->item[i].to, strlen(e->item[i].to) + 1);
		}
		if ((e->n ? sh_state_put(state, TABLE, entry->key, entry->len, row.data, row.len, err)
			  : sh_state_delete(state, TABLE, entry->key, entry->len, err)) < 0)
			return -1;
		e->changed = false;
		if (!e->n)
			sh_map_remove(&g->edge, entry->key, entry->len);
	}
	return 0;
}

void sh_graph_unsaved(struct sh_graph *g)
{
	const struct sh_map_entry *entry;

	for (size_t k = 0; (entry = sh_map_next(&g->edge, &k));)
		((struct sh_edges *)entry->value)->changed = true;
}

struct loading {
	struct sh_graph *g;
	const struct sh_damage *damage;
};

/* Rows are of one end each, so that what they say stands in a list of its own. */
static bool load_edges(struct sh_graph *g, const char *from, struct sh_bytes *in)
{
	uint64_t seen;

	while (in->len) {
		const char *to;
		const void *end;

		if (!sh_bytes_take(in, 8, &seen) || !sh_damage_is_time((int64_t)seen) ||
		    !(end = memchr(in->p, '\0', in->len)))
			return false;
		to = (const char *)in->p;
		in->len -= strlen(to) + 1;
		in->p = (const unsigned char *)end + 1;
		sh_graph_put(g, from, to, (int64_t)seen);
	}
	return true;
}

/* An end without edges is one whose row the next save removes. */
static void forget_edges(struct sh_graph *g, const void *key, size_t len)
{
	struct sh_edges *e = sh_map_get(&g->edge, key, len);

	if (!e) {
		e = sh_calloc(1, sizeof(*e));
		sh_map_put(&g->edge, key, len, e);
	}
	g->edges -= e->n;
	while (e->n)
		free(e->item[--e->n].to);
	e->changed = true;
}

static int load_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct sh_bytes in = { value, len };
	SH_CLEANUP_FREE char *from = sh_strndup(key, key_len);
	struct sh_edges *e;

	if (value && key_len && strlen(from) == key_len && load_edges(l->g, from, &in)) {
		e = sh_map_get(&l->g->edge, key, key_len);
		if (e)
			e->changed = false;
		return 0;
	}
	forget_edges(l->g, key, key_len);
	sh_damage_tell(l->damage, "what '%.80s' depends on", from);
	return 0;
}

int sh_graph_restore(struct sh_graph *g, struct sh_state *state, const struct sh_damage *damage,
		     struct sh_error *err)
{
	struct loading l = { g, damage };

	return sh_state_each(state, TABLE, load_row, &l, err);
}
