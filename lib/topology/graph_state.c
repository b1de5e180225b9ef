/* SPDX-License-Identifier: MIT */
/*
 * graph_state - heard edges into the state and back: a row for each entity they were said of
 *
 * Of each edge: when it was seen (8 bytes), its type and 1 (1 byte), when it ends (8),
 * what its group needs (4), the other end and NUL. Rows of before there were types have
 * neither of these three.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "series/bytes.h"
#include "topology/graph_parts.h"
#include "topology/heard.h"

#define TABLE	   "edge"
#define CLOCK	   "graph"
#define LAST_MINUTE (INT64_MAX / SH_MIN)

static void put_edge(struct sh_buf *row, const struct sh_graph *g, const struct sh_graph_edge *e,
		     uint32_t to)
{
	if (e->end == SH_NEVER)
		return;
	sh_bytes_put(row, (uint64_t)e->seen, 8);
	sh_bytes_put(row, (uint64_t)e->type + 1, 1);
	sh_bytes_put(row, (uint64_t)e->end, 8);
	sh_bytes_put(row, e->need, 4);
	sh_buf_add(row, g->node[to].name, strlen(g->node[to].name) + 1);
}

/* As they were said: what is a member says so. */
static void put_edges(struct sh_buf *row, const struct sh_graph *g, uint32_t node)
{
	const struct sh_graph_list *needs = &g->node[node].needs, *by = &g->node[node].by;

	for (uint32_t i = 0; i < needs->n; i++)
		if (g->edge[needs->edge[i]].type != SH_EDGE_MEMBER_OF)
			put_edge(row, g, &g->edge[needs->edge[i]], g->edge[needs->edge[i]].to);
	for (uint32_t i = 0; i < by->n; i++)
		if (g->edge[by->edge[i]].type == SH_EDGE_MEMBER_OF)
			put_edge(row, g, &g->edge[by->edge[i]], g->edge[by->edge[i]].from);
}

/* Without it what records told long ago would be believed for a while after a restart. */
static int save_clock(const struct sh_graph *g, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;

	if (g->minute == g->saved_minute)
		return 0;
	sh_bytes_put(&row, (uint64_t)g->minute, 8);
	return sh_state_put(state, CLOCK, "minute", 6, row.data, row.len, err);
}

static int restore_clock(struct sh_graph *g, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_FREE void *value = NULL;
	uint64_t minute;
	size_t len;
	int got = sh_state_get(state, CLOCK, "minute", 6, &value, &len, err);

	/* Without it the next fault tells the time. */
	if (got > 0 && value && sh_bytes_take(&(struct sh_bytes){ value, len }, 8, &minute) &&
	    minute <= LAST_MINUTE)
		g->minute = g->saved_minute = (int64_t)minute;
	return got < 0 ? -1 : 0;
}

int sh_graph_save(const struct sh_graph *g, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;
	const struct sh_map_entry *entry;

	for (size_t k = 0; (entry = sh_map_next(&g->stale, &k));) {
		uint32_t node = sh_graph_find(g, (struct sh_span){ entry->key, entry->len });

		sh_buf_clear(&row);
		if (node != SH_GRAPH_NONE)
			put_edges(&row, g, node);
		if ((row.len ? sh_state_put(state, TABLE, entry->key, entry->len, row.data, row.len, err)
			     : sh_state_delete(state, TABLE, entry->key, entry->len, err)) < 0)
			return -1;
	}
	return save_clock(g, state, err);
}

void sh_graph_given(struct sh_graph *g)
{
	const struct sh_map_entry *entry;

	for (size_t k = 0; (entry = sh_map_next(&g->stale, &k));) {
		uint32_t node = sh_graph_find(g, (struct sh_span){ entry->key, entry->len });

		if (node != SH_GRAPH_NONE)
			g->node[node].marked = false;
	}
	sh_map_release(&g->stale);
	sh_map_init(&g->stale, NULL);
	g->saved_minute = g->minute;
}

void sh_graph_unsaved(struct sh_graph *g)
{
	g->saved_minute = SH_NEVER;
	for (uint32_t i = 0; i < g->edges; i++)
		if (g->edge[i].end != SH_NEVER)
			sh_graph_mark(g, g->edge[i].type == SH_EDGE_MEMBER_OF ? g->edge[i].to
									      : g->edge[i].from);
}

static bool take_edge(struct sh_bytes *in, struct sh_heard *h)
{
	uint64_t seen, type, end, need;
	const void *nul;

	if (!sh_bytes_take(in, 8, &seen))
		return false;
	h->seen = (int64_t)seen;
	h->type = SH_EDGE_DEPENDS_ON;
	h->need = 0;
	if (__builtin_add_overflow(h->seen, SH_HEARD_VALID, &h->end))
		h->end = INT64_MAX;
	if (in->len && *in->p < ' ') { /* no entity begins so */
		if (!sh_bytes_take(in, 1, &type) || !sh_bytes_take(in, 8, &end) ||
		    !sh_bytes_take(in, 4, &need) || need > SH_GRAPH_NODES || !type ||
		    type > SH_EDGE_TYPES || (int64_t)end < h->seen || (int64_t)end == SH_NEVER)
			return false;
		h->type = (enum sh_edge_type)(type - 1);
		h->end = (int64_t)end;
		h->need = (uint32_t)need;
	}
	nul = in->len ? memchr(in->p, '\0', in->len) : NULL;
	if (!nul)
		return false;
	h->to = sh_span_of((const char *)in->p);
	in->len -= h->to.len + 1;
	in->p += h->to.len + 1;
	return h->to.len;
}

struct loading {
	struct sh_graph *g;
	void (*damaged)(void *arg, const char *entity);
	void *arg;
};

/* Whole before any of it is taken. */
static bool is_good(struct sh_span key, struct sh_bytes in)
{
	struct sh_heard h;
	bool good = key.len && !memchr(key.p, '\0', key.len);

	while (good && in.len)
		good = take_edge(&in, &h);
	return good;
}

/* What was just read needs no saving, but for a row that makes no sense. */
static int load_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct sh_bytes in = { value, len };
	struct sh_heard h = { .from = { key, key_len } };
	uint32_t node;

	if (!value || !is_good(h.from, in)) {
		SH_CLEANUP_FREE char *from = sh_strndup(key, key_len);

		sh_map_put(&l->g->stale, key, key_len, l->g);
		if (l->damaged)
			l->damaged(l->arg, from);
		return 0;
	}
	while (in.len && take_edge(&in, &h))
		sh_graph_take(l->g, &h);
	node = sh_graph_find(l->g, h.from);
	if (node != SH_GRAPH_NONE)
		l->g->node[node].marked = false;
	sh_map_remove(&l->g->stale, key, key_len);
	return 0;
}

int sh_graph_restore(struct sh_graph *g, struct sh_state *state,
		     void (*damaged)(void *arg, const char *entity), void *arg, struct sh_error *err)
{
	struct loading l = { g, damaged, arg };

	if (sh_state_each(state, TABLE, load_row, &l, err) < 0)
		return -1;
	return restore_clock(g, state, err);
}
