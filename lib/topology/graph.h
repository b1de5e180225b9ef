/* SPDX-License-Identifier: MIT */
/*
 * graph - which entity needs which
 *
 * Entities and typed edges between them; cycles and several parents are normal.
 * Every type but one says that FROM needs TO: what is wrong with TO shows in FROM.
 * member_of is the other way about: a group needs some of its members, all of them
 * unless it was told how many. replicates says that two hold the same: neither needs
 * the other, and each is weaker without it. An entity TYPE:NAME@HOST is taken down
 * with host:HOST where that is known; such an implied edge explains no fault, for
 * then everything on a host would explain everything else there.
 *
 * What the site says holds for good; what records say ends (heard.h). Nodes are small
 * numbers, good until the graph advances: whoever keeps an entity keeps its name.
 * Nothing depends on the order in which edges came. Bounded: what would be too much is
 * refused and counted.
 */
#ifndef SH_TOPOLOGY_GRAPH_H
#define SH_TOPOLOGY_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define SH_GRAPH_NODES 250000
#define SH_GRAPH_EDGES 2000000
#define SH_GRAPH_NONE UINT32_MAX

enum sh_edge_type {
	SH_EDGE_RUNS_ON,
	SH_EDGE_DEPENDS_ON,
	SH_EDGE_STORES_ON,
	SH_EDGE_MOUNTS,
	SH_EDGE_REPLICATES,
	SH_EDGE_CONNECTS,
	SH_EDGE_MEMBER_OF,
	SH_EDGE_TYPES,
	SH_EDGE_IMPLIED = SH_EDGE_TYPES, /* to its host; nobody writes it */
};
extern const char *const sh_edge_words[]; /* NULL-terminated, by enum */

struct sh_graph;

struct sh_graph *sh_graph_new(void);
void sh_graph_free(struct sh_graph *g); /* NULL is fine */

/* The node of a name, made where there is none, to stay; SH_GRAPH_NONE when there are too many. */
uint32_t sh_graph_node(struct sh_graph *g, struct sh_span name);
/* It need not stay any more: it goes unless somebody says something of it. */
void sh_graph_let_go(struct sh_graph *g, struct sh_span name);
uint32_t sh_graph_find(const struct sh_graph *g, struct sh_span name); /* or SH_GRAPH_NONE */
/* The same, made where there is none but the site says something of the name. */
uint32_t sh_graph_known(struct sh_graph *g, struct sh_span name);
const char *sh_graph_name(const struct sh_graph *g, uint32_t node);   /* "" of a number that is free */
/*
 * Whether an entity is to be told of. Where the site says filesystem:/var of something
 * on a host, there may be the one on that host or one for all: of these two the graph
 * has both, and shows that of which anybody spoke.
 */
bool sh_graph_is_shown(const struct sh_graph *g, uint32_t node);

/* As it is said: "web1 member_of web". One that is there already changes nothing; none to itself. */
void sh_graph_link(struct sh_graph *g, uint32_t from, uint32_t to, enum sh_edge_type type);
/* Of its members a group needs so many, or so many percent rounded up (the other is 0). */
void sh_graph_need(struct sh_graph *g, uint32_t group, uint32_t count, double percent);
/* Or: all but so many. */
void sh_graph_spare(struct sh_graph *g, uint32_t group, uint32_t count);

size_t sh_graph_nodes(const struct sh_graph *g); /* numbers are below it; some may be free */
size_t sh_graph_links(const struct sh_graph *g); /* edges, implied ones too */
size_t sh_graph_refused(const struct sh_graph *g);
/* Another number after whatever changed which nodes and edges there are. */
uint64_t sh_graph_version(const struct sh_graph *g);
/* How many edges and entities were forgotten so far: numbers of these may have gone to others. */
uint64_t sh_graph_forgotten(const struct sh_graph *g);

/*
 * Walk what a node needs (needs true) or what needs it, a group's members among what
 * it needs, by name: uint32_t i = SH_GRAPH_NONE; while (sh_graph_next(g, node, needs, &i,
 * &step)) … Implied edges come too; whoever explains by them passes over their type.
 */
struct sh_graph_step {
	uint32_t node;
	enum sh_edge_type type;
	uint32_t same; /* another node that is meant by the same word, SH_GRAPH_NONE none */
};
bool sh_graph_next(const struct sh_graph *g, uint32_t node, bool needs, uint32_t *i,
		   struct sh_graph_step *out);

/* What becomes of the others when some entities are lost. */
enum sh_graph_fate {
	SH_FATE_FINE,
	SH_FATE_WEAKER, /* something it can do without is gone: 2 of 3 left */
	SH_FATE_DOWN,
};
/* How many members a group has, needs, and has left. Members 0: it is no group. */
struct sh_graph_group {
	uint32_t members, needed, left;
};

/*
 * FATE has an element for every node: SH_FATE_DOWN for those that are lost, else
 * SH_FATE_FINE; filled in from there until nothing changes any more. LEFT, of the same
 * size, receives how many members each group has left.
 */
void sh_graph_lose(const struct sh_graph *g, enum sh_graph_fate *fate, uint32_t *left);
struct sh_graph_group sh_graph_group(const struct sh_graph *g, uint32_t node);

#endif
