/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"

void sh_places_init(struct sh_places *p, const struct sh_graph *g, const struct sh_history *h)
{
	memset(p, 0, sizeof(*p));
	p->g = g;
	p->h = h;
}

void sh_places_release(struct sh_places *p)
{
	free(p->place);
	free(p->by_name);
	sh_map_release(&p->hosts);
}

uint32_t sh_places_host(struct sh_places *p, struct sh_span host)
{
	uintptr_t number;

	if (!host.p)
		return SH_PLACE_NOWHERE;
	number = (uintptr_t)sh_map_get(&p->hosts, host.p, host.len);
	if (!number) {
		number = p->hosts.live + 1;
		sh_map_put(&p->hosts, host.p, host.len, (void *)number);
	}
	return (uint32_t)number;
}

size_t sh_places_hosts(const struct sh_places *p)
{
	return p->hosts.live + 1;
}

static struct sh_span host_in_name(const struct sh_places *p, uint32_t node)
{
	struct sh_entity parts = { 0 };

	if (!sh_entity_split(sh_span_of(sh_graph_name(p->g, node)), &parts))
		return SH_SPAN_NONE;
	return sh_span_is(parts.type, "host") ? parts.name : parts.host;
}

struct named {
	const char *name;
	uint32_t node;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void order_names(struct sh_places *p)
{
	struct named *list = sh_calloc(p->nodes + 1, sizeof(*list));

	for (uint32_t i = 0; i < p->nodes; i++)
		list[i] = (struct named){ sh_graph_name(p->g, i), i };
	qsort(list, p->nodes, sizeof(*list), by_name);
	for (uint32_t i = 0; i < p->nodes; i++)
		p->by_name[i] = list[i].node;
	free(list);
}

static void put_place(struct sh_places *p, uint32_t node)
{
	p->place[node] = (struct sh_place){ .name = sh_graph_name(p->g, node),
					    .host = sh_places_host(p, host_in_name(p, node)) };
}

static void add_nodes(struct sh_places *p)
{
	uint32_t nodes = (uint32_t)sh_graph_nodes(p->g);
	bool same = true;

	if (p->forgotten != sh_graph_forgotten(p->g))
		p->nodes = 0; /* others may have their numbers */
	p->forgotten = sh_graph_forgotten(p->g);
	for (uint32_t i = 0; i < p->nodes; i++)
		if (p->place[i].name != sh_graph_name(p->g, i)) {
			put_place(p, i);
			same = false;
		}
	if (same && nodes == p->nodes)
		return;
	p->place = sh_reallocn(p->place, nodes, sizeof(*p->place));
	p->by_name = sh_reallocn(p->by_name, nodes, sizeof(*p->by_name));
	for (; p->nodes < nodes; p->nodes++)
		put_place(p, p->nodes);
	p->entities = 0;
	order_names(p);
}

/* What was known of some is no more. */
static void lose_entities(struct sh_places *p)
{
	if (p->past_forgotten == p->h->forgotten)
		return;
	p->past_forgotten = p->h->forgotten;
	p->entities = 0;
	for (uint32_t i = 0; i < p->nodes; i++)
		put_place(p, i);
}

static void find_entities(struct sh_places *p)
{
	lose_entities(p);
	if (p->entities == p->h->entities.live)
		return;
	p->entities = p->h->entities.live;
	for (uint32_t i = 0; i < p->nodes; i++)
		if (!p->place[i].past)
			p->place[i].past = sh_history_find(p->h, sh_span_of(sh_graph_name(p->g, i)));
}

void sh_places_follow(struct sh_places *p)
{
	add_nodes(p);
	find_entities(p);
	for (uint32_t i = 0; i < p->nodes; i++) {
		struct sh_place *place = &p->place[i];

		if (!place->past || place->version == place->past->version)
			continue;
		place->version = place->past->version;
		place->host = sh_places_host(p, sh_span_of(place->past->host));
	}
}
