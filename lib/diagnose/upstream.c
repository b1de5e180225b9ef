/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define UNHELD 256 /* so many more than are held, and the places are made anew */

void sh_upstream_init(struct sh_upstream *u, const struct sh_graph *g)
{
	*u = (struct sh_upstream){ .graph = g };
	sh_map_init(&u->names, NULL);
}

static void forget_lists(struct sh_upstream_place *p)
{
	free(p->needs.place);
	free(p->needed_by.place);
	p->needs = p->needed_by = (struct sh_upstream_list){ 0 };
}

void sh_upstream_release(struct sh_upstream *u)
{
	for (uint32_t i = 0; i < u->places; i++)
		forget_lists(&u->place[i]);
	free(u->place);
	free(u->spare);
	free(u->at);
	free(u->came);
	free(u->seen);
	free(u->visit);
	sh_map_release(&u->names);
	memset(u, 0, sizeof(*u));
}

static void add(struct sh_upstream_list *list, uint32_t place)
{
	sh_grow(list->place, list->n, list->cap);
	list->place[list->n++] = place;
}

static void join(struct sh_upstream *u, uint32_t from, uint32_t to)
{
	add(&u->place[from].needs, to);
	add(&u->place[to].needed_by, from);
}

/* PLACE comes by NODE on its way up. */
static void come_by(struct sh_upstream *u, uint32_t place, uint32_t node)
{
	if (u->at[node])
		join(u, place, u->at[node] - 1);
	sh_grow(u->visit, u->visits, u->visit_cap);
	u->visit[u->visits] = (struct sh_visit){ place, u->came[node] };
	u->came[node] = ++u->visits;
}

static void walk(struct sh_upstream *u, uint32_t place, uint32_t start)
{
	uint32_t queue[SH_UPSTREAM_NEAREST + 1] = { start }, n = 1, end_of_hop = 1, hops = 0;

	u->seen[start] = ++u->stamp;
	for (uint32_t at = 0; at < n && hops < SH_UPSTREAM_HOPS; at++) {
		uint32_t i = SH_GRAPH_NONE;
		struct sh_graph_step step;

		while (n <= SH_UPSTREAM_NEAREST &&
		       sh_graph_next(u->graph, queue[at], true, &i, &step)) {
			if (step.type == SH_EDGE_IMPLIED || step.type == SH_EDGE_REPLICATES ||
			    u->seen[step.node] == u->stamp)
				continue;
			u->seen[step.node] = u->stamp;
			queue[n++] = step.node;
			come_by(u, place, step.node);
		}
		if (at + 1 == end_of_hop) {
			hops++;
			end_of_hop = n;
		}
	}
}

/* Those that came by before there was a place here need it. */
static void settle(struct sh_upstream *u, uint32_t place)
{
	uint32_t node = sh_graph_find(u->graph, sh_span_of(u->place[place].name));

	if (node == SH_GRAPH_NONE || node >= u->nodes)
		return; /* without an edge */
	for (uint32_t i = u->came[node]; i; i = u->visit[i - 1].next)
		join(u, u->visit[i - 1].place, place);
	u->at[node] = place + 1;
	walk(u, place, node);
}

static void make_free(struct sh_upstream *u, uint32_t place)
{
	const char *name = u->place[place].name;

	sh_map_remove(&u->names, name, strlen(name));
	u->place[place].name = NULL;
	sh_grow(u->spare, u->spares, u->spare_cap);
	u->spare[u->spares++] = place;
}

static void rebuild(struct sh_upstream *u)
{
	u->nodes = sh_graph_nodes(u->graph);
	u->links = sh_graph_links(u->graph);
	u->forgotten = sh_graph_forgotten(u->graph);
	free(u->at);
	free(u->came);
	free(u->seen);
	u->at = sh_calloc(u->nodes + 1, sizeof(*u->at));
	u->came = sh_calloc(u->nodes + 1, sizeof(*u->came));
	u->seen = sh_calloc(u->nodes + 1, sizeof(*u->seen));
	u->stamp = u->visits = u->unheld = 0;
	for (uint32_t i = 0; i < u->places; i++) {
		forget_lists(&u->place[i]);
		if (u->place[i].name && !u->place[i].holders)
			make_free(u, i);
	}
	for (uint32_t i = 0; i < u->places; i++)
		if (u->place[i].name)
			settle(u, i);
}

static void follow_graph(struct sh_upstream *u)
{
	if (u->links != sh_graph_links(u->graph) || u->forgotten != sh_graph_forgotten(u->graph) ||
	    u->unheld > u->places - u->spares - u->unheld + UNHELD)
		rebuild(u);
}

static uint32_t new_place(struct sh_upstream *u, const char *name)
{
	uint32_t place;

	if (u->spares) {
		place = u->spare[--u->spares];
	} else {
		sh_grow(u->place, u->places, u->place_cap);
		place = u->places++;
	}
	u->place[place] = (struct sh_upstream_place){ 0 };
	u->place[place].name = sh_map_puts(&u->names, name, (void *)(uintptr_t)(place + 1));
	settle(u, place);
	return place;
}

uint32_t sh_upstream_hold(struct sh_upstream *u, const char *name)
{
	uintptr_t known;
	uint32_t place;

	follow_graph(u);
	known = (uintptr_t)sh_map_gets(&u->names, name);
	place = known ? (uint32_t)known - 1 : new_place(u, name);
	if (known && !u->place[place].holders)
		u->unheld--;
	u->place[place].holders++;
	return place;
}

void sh_upstream_drop(struct sh_upstream *u, uint32_t place)
{
	if (!--u->place[place].holders)
		u->unheld++;
}

const struct sh_upstream_place *sh_upstream_place(struct sh_upstream *u, uint32_t place)
{
	follow_graph(u);
	return &u->place[place];
}
