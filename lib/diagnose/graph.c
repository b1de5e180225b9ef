/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/graph.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "diagnose/graph_parts.h"
#include "record/entity.h"

const char *const sh_edge_words[] = { "runs_on",    "depends_on", "stores_on", "mounts",
				      "replicates", "connects",	  "member_of", NULL };

struct sh_graph *sh_graph_new(void)
{
	return sh_calloc(1, sizeof(struct sh_graph));
}

void sh_graph_free(struct sh_graph *g)
{
	if (!g)
		return;
	sh_map_release(&g->names);
	free(g->node);
	free(g->edge);
	free(g->slot);
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
	struct sh_graph_vertex *n;

	if (g->nodes == SH_GRAPH_NODES) {
		g->refused++;
		return SH_GRAPH_NONE;
	}
	sh_grow(g->node, g->nodes, g->node_cap);
	n = &g->node[g->nodes++];
	g->version++;
	*n = (struct sh_graph_vertex){ .needs = SH_GRAPH_NONE, .needed_by = SH_GRAPH_NONE };
	n->name = sh_map_put(&g->names, name.p, name.len, (void *)(uintptr_t)g->nodes);
	return (uint32_t)g->nodes - 1;
}

static size_t place_of(const struct sh_graph *g, uint32_t from, uint32_t to, unsigned type)
{
	const uint32_t key[] = { from, to, type };
	size_t at = sh_hash64(key, sizeof(key)) & (g->slots - 1);

	for (; g->slot[at]; at = (at + 1) & (g->slots - 1)) {
		const struct sh_graph_edge *e = &g->edge[g->slot[at] - 1];

		if (e->from == from && e->to == to && e->type == type)
			break;
	}
	return at;
}

static void make_room(struct sh_graph *g)
{
	if (g->edges * 2 < g->slots)
		return;
	free(g->slot);
	g->slots = g->slots ? g->slots * 2 : 64;
	g->slot = sh_calloc(g->slots, sizeof(*g->slot));
	for (size_t i = 0; i < g->edges; i++) {
		const struct sh_graph_edge *e = &g->edge[i];

		g->slot[place_of(g, e->from, e->to, e->type)] = (uint32_t)i + 1;
	}
}

/* FROM needs TO; NEED of a group counts its members by these. */
static void add_edge(struct sh_graph *g, uint32_t from, uint32_t to, enum sh_edge_type type)
{
	struct sh_graph_edge *e;
	size_t at;

	make_room(g);
	at = place_of(g, from, to, type);
	if (g->slot[at])
		return;
	if (g->edges == SH_GRAPH_EDGES) {
		g->refused++;
		return;
	}
	sh_grow(g->edge, g->edges, g->edge_cap);
	e = &g->edge[g->edges++];
	g->version++;
	*e = (struct sh_graph_edge){ from, to, type, SH_GRAPH_NONE, SH_GRAPH_NONE };
	g->slot[at] = (uint32_t)g->edges;
	/* At the end of each list: in the order in which they were said. */
	*(g->node[from].needs == SH_GRAPH_NONE ? &g->node[from].needs
					       : &g->edge[g->node[from].last_need].next_need) =
		(uint32_t)g->edges - 1;
	*(g->node[to].needed_by == SH_GRAPH_NONE ? &g->node[to].needed_by
						 : &g->edge[g->node[to].last_by].next_by) =
		(uint32_t)g->edges - 1;
	g->node[from].last_need = g->node[to].last_by = (uint32_t)g->edges - 1;
	g->node[from].members += type == SH_EDGE_MEMBER_OF;
	g->implied += type == SH_EDGE_IMPLIED;
}

uint32_t sh_graph_node(struct sh_graph *g, struct sh_span name)
{
	uint32_t node = sh_graph_find(g, name), host;
	struct sh_entity parts = { 0 };
	struct sh_buf text = SH_BUF_INIT;

	if (node != SH_GRAPH_NONE)
		return node;
	node = add_node(g, name);
	if (node == SH_GRAPH_NONE || !sh_entity_split(name, &parts) || !parts.host.p)
		return node;
	sh_buf_addstr(&text, "host:");
	sh_buf_add(&text, parts.host.p, parts.host.len);
	host = sh_graph_node(g, (struct sh_span){ text.data, text.len });
	if (host != SH_GRAPH_NONE && host != node)
		add_edge(g, node, host, SH_EDGE_IMPLIED);
	sh_buf_release(&text);
	return node;
}

void sh_graph_link(struct sh_graph *g, uint32_t from, uint32_t to, enum sh_edge_type type)
{
	if (from == to || from == SH_GRAPH_NONE || to == SH_GRAPH_NONE)
		return;
	if (type == SH_EDGE_MEMBER_OF)
		add_edge(g, to, from, type);
	else
		add_edge(g, from, to, type);
}

void sh_graph_need(struct sh_graph *g, uint32_t group, uint32_t count, double percent)
{
	if (group == SH_GRAPH_NONE)
		return;
	g->node[group].need_count = count;
	g->node[group].need_percent = percent;
}

size_t sh_graph_nodes(const struct sh_graph *g)
{
	return g->nodes;
}

size_t sh_graph_edges(const struct sh_graph *g)
{
	return g->edges - g->implied;
}

size_t sh_graph_links(const struct sh_graph *g)
{
	return g->edges;
}

struct sh_graph_link sh_graph_link_at(const struct sh_graph *g, size_t i)
{
	const struct sh_graph_edge *e = &g->edge[i];
	bool back = e->type == SH_EDGE_MEMBER_OF;

	return (struct sh_graph_link){ back ? e->to : e->from, back ? e->from : e->to, e->type };
}

uint64_t sh_graph_version(const struct sh_graph *g)
{
	return g->version;
}

size_t sh_graph_refused(const struct sh_graph *g)
{
	return g->refused;
}

bool sh_graph_next(const struct sh_graph *g, uint32_t node, bool needs, uint32_t *i,
		   struct sh_graph_step *out)
{
	const struct sh_graph_edge *e;

	if (*i == SH_GRAPH_NONE)
		*i = needs ? g->node[node].needs : g->node[node].needed_by;
	else
		*i = needs ? g->edge[*i].next_need : g->edge[*i].next_by;
	if (*i == SH_GRAPH_NONE)
		return false;
	e = &g->edge[*i];
	*out = (struct sh_graph_step){ needs ? e->to : e->from, e->type };
	return true;
}

size_t sh_graph_reach(const struct sh_graph *g, uint32_t node, bool needs, unsigned char *mark,
		      uint32_t *out)
{
	size_t n = 0;

	mark[node] = 1;
	out[n++] = node;
	for (size_t at = 0; at < n; at++) {
		uint32_t i = SH_GRAPH_NONE;
		struct sh_graph_step step;

		while (sh_graph_next(g, out[at], needs, &i, &step)) {
			if (step.type == SH_EDGE_IMPLIED || mark[step.node])
				continue;
			mark[step.node] = 1;
			out[n++] = step.node;
		}
	}
	return n;
}
