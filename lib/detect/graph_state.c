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
	struct sh_error *err;
};

static int load_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct sh_bytes in = { value, len };
	SH_CLEANUP_FREE char *from = sh_strndup(key, key_len);
	uint64_t seen;

	while (in.len) {
		const char *to;
		const void *end;

		if (!sh_bytes_take(&in, 8, &seen) || !(end = memchr(in.p, '\0', in.len)))
			return sh_error_set(l->err, SH_ERRC_STATE, "the edges of '%.80s' are damaged", from);
		to = (const char *)in.p;
		in.len -= strlen(to) + 1;
		in.p = (const unsigned char *)end + 1;
		sh_graph_put(l->g, from, to, (int64_t)seen);
	}
	return 0;
}

int sh_graph_restore(struct sh_graph *g, struct sh_state *state, struct sh_error *err)
{
	struct loading l = { g, err };
	const struct sh_map_entry *entry;

	if (sh_state_each(state, TABLE, load_row, &l, err) < 0 || sh_error_is_set(err))
		return -1;
	for (size_t k = 0; (entry = sh_map_next(&g->edge, &k));)
		((struct sh_edges *)entry->value)->changed = false;
	return 0;
}
