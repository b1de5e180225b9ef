/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "topology/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"
#include "topology/graph_parts.h"

const char *const sh_edge_words[] = { "runs_on",    "depends_on", "stores_on", "mounts",
				      "replicates", "connects",	  "member_of", NULL };

struct sh_graph *sh_graph_new(void)
{
	struct sh_graph *g = sh_calloc(1, sizeof(*g));

	g->pattern.free_value = free;
	g->minute = g->saved_minute = SH_NEVER;
	g->next = INT64_MAX;
	return g;
}

void sh_graph_free(struct sh_graph *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->nodes; i++) {
		free(g->node[i].needs.edge);
		free(g->node[i].by.edge);
	}
	sh_map_release(&g->names);
	sh_map_release(&g->pattern);
	sh_map_release(&g->stale);
	free(g->node);
	free(g->edge);
	free(g->free_node);
	free(g->free_edge);
	free(g->fresh);
	free(g);
}

uint32_t sh_graph_find(const struct sh_graph *g, struct sh_span name)
{
	/* Numbers from 1, so that NULL is none. */
	uintptr_t found = (uintptr_t)sh_map_get(&g->names, name.p, name.len);

	return found ? (uint32_t)found - 1 : SH_GRAPH_NONE;
}

const char *sh_graph_name(const struct sh_graph *g, uint32_t node)
{
	return g->node[node].name;
}

static uint32_t add_node(struct sh_graph *g, struct sh_span name)
{
	uint32_t node;

	if (!g->free_nodes && g->nodes == SH_GRAPH_NODES) {
		g->refused++;
		return SH_GRAPH_NONE;
	}
	if (g->free_nodes) {
		node = g->free_node[--g->free_nodes];
	} else {
		sh_grow(g->node, g->nodes, g->node_cap);
		node = (uint32_t)g->nodes++;
	}
	g->node[node] = (struct sh_graph_vertex){ 0 };
	g->node[node].name = sh_map_put(&g->names, name.p, name.len, (void *)((uintptr_t)node + 1));
	g->version++;
	return node;
}

/* Before which place in the list the edge is, or belongs. */
static uint32_t place_of(const struct sh_graph *g, const struct sh_graph_list *l, bool needs,
			 uint32_t other, enum sh_edge_type type)
{
	uint32_t low = 0, high = l->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct sh_graph_edge *e = &g->edge[l->edge[middle]];
		uint32_t there = needs ? e->to : e->from;
		int order = there == other ? 0 : strcmp(g->node[there].name, g->node[other].name);

		if (order < 0 || (!order && e->type < type))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t find_edge(const struct sh_graph *g, uint32_t from, uint32_t to,
			  enum sh_edge_type type)
{
	const struct sh_graph_list *l = &g->node[from].needs;
	uint32_t at = place_of(g, l, true, to, type);
	const struct sh_graph_edge *e = at < l->n ? &g->edge[l->edge[at]] : NULL;

	return e && e->to == to && e->type == type ? l->edge[at] : SH_GRAPH_NONE;
}

uint32_t sh_graph_find_edge(const struct sh_graph *g, uint32_t from, uint32_t to,
			    enum sh_edge_type type)
{
	bool back = type == SH_EDGE_MEMBER_OF;

	if (from == SH_GRAPH_NONE || to == SH_GRAPH_NONE)
		return SH_GRAPH_NONE;
	return find_edge(g, back ? to : from, back ? from : to, type);
}

static void enter(struct sh_graph_list *l, uint32_t at, uint32_t edge)
{
	sh_grow(l->edge, l->n, l->cap);
	memmove(l->edge + at + 1, l->edge + at, (l->n++ - at) * sizeof(*l->edge));
	l->edge[at] = edge;
}

static void leave(struct sh_graph_list *l, uint32_t at)
{
	l->n--;
	memmove(l->edge + at, l->edge + at + 1, (l->n - at) * sizeof(*l->edge));
}

static uint32_t new_edge(struct sh_graph *g)
{
	if (g->free_edges)
		return g->free_edge[--g->free_edges];
	sh_grow(g->edge, g->edges, g->edge_cap);
	return (uint32_t)g->edges++;
}

/* FROM needs TO. */
static uint32_t add_edge(struct sh_graph *g, uint32_t from, uint32_t to, enum sh_edge_type type)
{
	uint32_t edge = find_edge(g, from, to, type);

	if (edge != SH_GRAPH_NONE)
		return edge;
	if (g->live == SH_GRAPH_EDGES) {
		g->refused++;
		return SH_GRAPH_NONE;
	}
	edge = new_edge(g);
	g->edge[edge] = (struct sh_graph_edge){
		.from = from, .to = to, .type = type, .seen = SH_NEVER, .end = SH_NEVER, .pair = SH_GRAPH_NONE
	};
	enter(&g->node[from].needs, place_of(g, &g->node[from].needs, true, to, type), edge);
	enter(&g->node[to].by, place_of(g, &g->node[to].by, false, from, type), edge);
	g->node[from].members += type == SH_EDGE_MEMBER_OF;
	g->live++;
	g->version++;
	return edge;
}

static void remove_edge(struct sh_graph *g, uint32_t edge)
{
	const struct sh_graph_edge *e = &g->edge[edge];
	struct sh_graph_vertex *from = &g->node[e->from], *to = &g->node[e->to];

	leave(&from->needs, place_of(g, &from->needs, true, e->to, e->type));
	leave(&to->by, place_of(g, &to->by, false, e->from, e->type));
	from->members -= e->type == SH_EDGE_MEMBER_OF;
	g->live--;
	g->version++;
	g->forgotten++;
	g->edge[edge].end = SH_NEVER;
	sh_grow(g->free_edge, g->free_edges, g->free_edge_cap);
	g->free_edge[g->free_edges++] = edge;
}

/* Of what those that are there now say. */
void sh_graph_count_need(struct sh_graph *g, uint32_t group)
{
	struct sh_graph_vertex *n = &g->node[group];

	n->heard_need = 0;
	for (uint32_t i = 0; i < n->needs.n; i++)
		if (g->edge[n->needs.edge[i]].need > n->heard_need)
			n->heard_need = g->edge[n->needs.edge[i]].need;
	g->version++;
}

/* A node of which nobody says anything any more, and then its host's. */
static void forget_node(struct sh_graph *g, uint32_t node)
{
	struct sh_graph_vertex *n = &g->node[node];
	uint32_t implied = n->needs.n == 1 ? n->needs.edge[0] : SH_GRAPH_NONE, host = SH_GRAPH_NONE;

	if (n->kept || n->by.n || n->needs.n > 1 || !n->name[0] ||
	    (n->needs.n && g->edge[implied].type != SH_EDGE_IMPLIED))
		return;
	if (implied != SH_GRAPH_NONE) {
		host = g->edge[implied].to;
		remove_edge(g, implied);
	}
	free(n->needs.edge);
	free(n->by.edge);
	sh_map_remove(&g->names, n->name, strlen(n->name));
	*n = (struct sh_graph_vertex){ .name = "" };
	sh_grow(g->free_node, g->free_nodes, g->free_node_cap);
	g->free_node[g->free_nodes++] = node;
	g->version++;
	g->forgotten++;
	if (host != SH_GRAPH_NONE)
		forget_node(g, host); /* a host has none: no deeper */
}

void sh_graph_let_go(struct sh_graph *g, struct sh_span name)
{
	uint32_t node = sh_graph_find(g, name);

	if (node == SH_GRAPH_NONE)
		return;
	g->node[node].kept = false;
	forget_node(g, node);
}

void sh_graph_unhear(struct sh_graph *g, uint32_t edge)
{
	struct sh_graph_edge *e = &g->edge[edge];
	uint32_t from = e->from, to = e->to;

	if (e->end == SH_NEVER)
		return;
	sh_graph_mark(g, e->type == SH_EDGE_MEMBER_OF ? to : from);
	e->seen = e->end = SH_NEVER;
	e->need = 0;
	if (!e->declared)
		remove_edge(g, edge);
	sh_graph_count_need(g, from);
	if (e->declared)
		return;
	forget_node(g, from);
	forget_node(g, to);
}

/* What the site says of it may name others, of which it says more. */
static void settle(struct sh_graph *g, uint32_t node)
{
	if (!g->pattern.live)
		return;
	sh_grow(g->fresh, g->n_fresh, g->fresh_cap);
	g->fresh[g->n_fresh++] = node;
	if (g->at_work)
		return;
	g->at_work = true;
	while (g->n_fresh)
		sh_graph_apply(g, g->fresh[--g->n_fresh]);
	g->at_work = false;
}

uint32_t sh_graph_nameless(struct sh_graph *g, struct sh_span name)
{
	uint32_t node = sh_graph_find(g, name);

	if (node == SH_GRAPH_NONE && (node = add_node(g, name)) != SH_GRAPH_NONE)
		g->node[node].nameless = true;
	return node;
}

uint32_t sh_graph_guess(struct sh_graph *g, struct sh_span name)
{
	uint32_t node = sh_graph_find(g, name), host, edge;
	struct sh_entity parts = { 0 };
	struct sh_buf text = SH_BUF_INIT;

	if (node != SH_GRAPH_NONE)
		return node;
	node = add_node(g, name);
	if (node == SH_GRAPH_NONE)
		return node;
	if (sh_entity_split(name, &parts) && parts.host.p) {
		sh_buf_addstr(&text, "host:");
		sh_buf_add(&text, parts.host.p, parts.host.len);
		host = sh_graph_guess(g, (struct sh_span){ text.data, text.len });
		edge = host == SH_GRAPH_NONE || host == node ? SH_GRAPH_NONE :
							     add_edge(g, node, host, SH_EDGE_IMPLIED);
		if (edge != SH_GRAPH_NONE) {
			g->edge[edge].declared = true;
			sh_graph_spoken_of(g, host);
		}
		sh_buf_release(&text);
	}
	settle(g, node);
	return node;
}

uint32_t sh_graph_node(struct sh_graph *g, struct sh_span name)
{
	uint32_t node = sh_graph_guess(g, name);

	if (node != SH_GRAPH_NONE) {
		sh_graph_spoken_of(g, node);
		g->node[node].kept = true;
	}
	return node;
}

bool sh_graph_is_shown(const struct sh_graph *g, uint32_t node)
{
	struct sh_entity parts;
	struct sh_span name = sh_span_of(g->node[node].name);
	uint32_t bare;

	if (g->node[node].named || g->node[node].nameless || !sh_entity_split(name, &parts) ||
	    !parts.host.p)
		return g->node[node].named;
	name.len = (size_t)(parts.host.p - 1 - name.p);
	bare = sh_graph_find(g, name);
	return bare == SH_GRAPH_NONE || !g->node[bare].named;
}

uint32_t sh_graph_declare(struct sh_graph *g, uint32_t from, uint32_t to, enum sh_edge_type type)
{
	bool back = type == SH_EDGE_MEMBER_OF;
	uint32_t edge;

	if (from == to || from == SH_GRAPH_NONE || to == SH_GRAPH_NONE)
		return SH_GRAPH_NONE;
	edge = add_edge(g, back ? to : from, back ? from : to, type);
	return edge;
}

void sh_graph_link(struct sh_graph *g, uint32_t from, uint32_t to, enum sh_edge_type type)
{
	uint32_t edge = sh_graph_declare(g, from, to, type);

	if (edge != SH_GRAPH_NONE)
		g->edge[edge].declared = true;
}

void sh_graph_need(struct sh_graph *g, uint32_t group, uint32_t count, double percent)
{
	if (group == SH_GRAPH_NONE)
		return;
	g->node[group].need_count = count;
	g->node[group].need_percent = percent;
	g->node[group].spare = 0;
	g->version++;
}

void sh_graph_spare(struct sh_graph *g, uint32_t group, uint32_t count)
{
	if (group == SH_GRAPH_NONE)
		return;
	g->node[group].spare = count;
	g->version++;
}

size_t sh_graph_nodes(const struct sh_graph *g)
{
	return g->nodes;
}

size_t sh_graph_links(const struct sh_graph *g)
{
	return g->live;
}

size_t sh_graph_refused(const struct sh_graph *g)
{
	return g->refused;
}

uint64_t sh_graph_version(const struct sh_graph *g)
{
	return g->version;
}

uint64_t sh_graph_forgotten(const struct sh_graph *g)
{
	return g->forgotten;
}

bool sh_graph_next(const struct sh_graph *g, uint32_t node, bool needs, uint32_t *i,
		   struct sh_graph_step *out)
{
	const struct sh_graph_list *l = needs ? &g->node[node].needs : &g->node[node].by;
	const struct sh_graph_edge *e;

	if (++*i >= l->n) /* SH_GRAPH_NONE is before 0 */
		return false;
	e = &g->edge[l->edge[*i]];
	*out = (struct sh_graph_step){ needs ? e->to : e->from, e->type, SH_GRAPH_NONE };
	if (needs && e->pair != SH_GRAPH_NONE)
		out->same = g->edge[e->pair].to;
	return true;
}
