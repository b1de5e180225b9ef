/* SPDX-License-Identifier: MIT */
/* place - what is known of each node of the graph besides its edges, kept from fault to fault */
#ifndef SH_DIAGNOSE_PLACE_H
#define SH_DIAGNOSE_PLACE_H

#include "base/map.h"
#include "diagnose/history.h"
#include "topology/graph.h"

#define SH_PLACE_NOWHERE 0 /* host of what is on none */

struct sh_place {
	const char *name; /* the graph's: a number that is free may be given to another */
	const struct sh_past_entity *past; /* the history's; NULL: nothing of it was seen */
	uint32_t host;			   /* a number: on which it was last seen, else the one in its name */
	uint32_t version;		   /* of past, when its host was looked at */
};

struct sh_places {
	const struct sh_graph *g;   /* borrowed */
	const struct sh_history *h; /* borrowed */
	struct sh_place *place;     /* by node; owned */
	uint32_t *by_name;	    /* nodes in order of their names; owned */
	uint32_t nodes;
	uint64_t forgotten; /* by the graph, when the nodes were looked at */
	size_t entities; /* of the history, when they were looked for */
	uint64_t past_forgotten; /* by the history, then */
	struct sh_map hosts;
};

void sh_places_init(struct sh_places *p, const struct sh_graph *g, const struct sh_history *h);
void sh_places_release(struct sh_places *p);
/* Follow the graph and the history: to be called first, and after each change of them. */
void sh_places_follow(struct sh_places *p);
/* The number of a host. */
uint32_t sh_places_host(struct sh_places *p, struct sh_span host);
/* How many hosts there are numbers for, with SH_PLACE_NOWHERE. */
size_t sh_places_hosts(const struct sh_places *p);

#endif
