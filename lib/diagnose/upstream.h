/* SPDX-License-Identifier: MIT */
/*
 * upstream - which of a few entities need which others of them, along the graph
 *
 * A place is an entity that somebody asks about. It knows the places that it needs and
 * those that need it, near and far: at most SH_UPSTREAM_HOPS edges away, and among the
 * SH_UPSTREAM_NEAREST nearest entities that it needs. Implied edges and replicas do not
 * count: the one explain no fault, the others do not need each other. The walk is made
 * once for each place, and anew when the graph has got other edges.
 */
#ifndef SH_DIAGNOSE_UPSTREAM_H
#define SH_DIAGNOSE_UPSTREAM_H

#include "base/map.h"
#include "topology/graph.h"

#define SH_UPSTREAM_HOPS 8
#define SH_UPSTREAM_NEAREST 128

struct sh_upstream_list {
	uint32_t *place; /* owned */
	uint32_t n, cap;
};

struct sh_upstream_place {
	const char *name; /* the map's; NULL: free */
	uint32_t holders;
	struct sh_upstream_list needs, needed_by; /* places, those that nobody holds among them */
	void *user, *mark;			  /* for whoever holds it */
};

struct sh_upstream {
	const struct sh_graph *graph;	 /* borrowed */
	struct sh_map names;		 /* -> place + 1 */
	struct sh_upstream_place *place; /* owned; ids stay */
	uint32_t places, place_cap, unheld;
	uint32_t *spare; /* ids to use again; owned */
	uint32_t spares, spare_cap;
	/* By node, rebuilt with the graph: the place there + 1, and who came by. */
	uint32_t *at, *came, *seen;
	size_t nodes, links;
	uint64_t forgotten; /* by the graph, until then */
	uint32_t stamp;
	struct sh_visit {
		uint32_t place, next; /* next visit to the same node + 1 */
	} * visit;
	uint32_t visits, visit_cap;
};

void sh_upstream_init(struct sh_upstream *u, const struct sh_graph *g);
void sh_upstream_release(struct sh_upstream *u);

/* The place of a name, held until it is dropped as often. */
uint32_t sh_upstream_hold(struct sh_upstream *u, const char *name);
void sh_upstream_drop(struct sh_upstream *u, uint32_t place);
/* Borrowed until the next call; up to date with the graph. */
const struct sh_upstream_place *sh_upstream_place(struct sh_upstream *u, uint32_t place);

#endif
