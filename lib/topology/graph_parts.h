/* SPDX-License-Identifier: MIT */
/* graph_parts - the memory of a graph, for its own files alone */
#ifndef SH_TOPOLOGY_GRAPH_PARTS_H
#define SH_TOPOLOGY_GRAPH_PARTS_H

#include "base/map.h"
#include "config/site.h"
#include "topology/graph.h"

#define SH_NEVER INT64_MIN

/* Edges by the name of their other end, then by type: in no order that depends on when they came. */
struct sh_graph_list {
	uint32_t *edge; /* owned */
	uint32_t n, cap;
};

struct sh_graph_vertex {
	const char *name; /* the map's; "" of a number that is free */
	struct sh_graph_list needs, by;
	uint32_t members, need_count, spare, heard_need;
	double need_percent;
	bool nameless; /* it is only a group of what "any_of" names */
	bool named;  /* somebody spoke of it; else only another entity may have meant it */
	bool kept;   /* stays without edges */
	bool marked; /* is in STALE */
	bool paired; /* a group, of which some members have two names */
};

struct sh_graph_edge {
	uint32_t from, to; /* FROM needs TO: a group its member */
	enum sh_edge_type type;
	bool declared; /* by the site, or implied: it never ends */
	int64_t seen;  /* time of the latest record that told of it */
	int64_t end;   /* when that is no longer believed; SH_NEVER: no record holds */
	uint32_t need; /* of a member, as it was heard: how many the group needs; 0 not known */
	uint32_t pair; /* of a member: the edge to what is meant by the same word, SH_GRAPH_NONE none */
};

/* What the site says of TYPE:NAME, wherever it is. */
struct sh_graph_pattern {
	const struct sh_dependencies *needs; /* the site's; NULL none */
	const char *group;		     /* likewise */
};

struct sh_graph {
	struct sh_map names; /* -> node + 1 */
	struct sh_graph_vertex *node;
	size_t nodes, node_cap;
	struct sh_graph_edge *edge;
	size_t edges, edge_cap; /* slots that were ever used */
	size_t live, refused;
	uint32_t *free_node, *free_edge, *fresh; /* owned; numbers to use again, nodes without their pattern */
	size_t free_nodes, free_node_cap, free_edges, free_edge_cap, n_fresh, fresh_cap;
	bool at_work;	      /* on FRESH */
	struct sh_map pattern; /* TYPE:NAME, decoded -> struct sh_graph_pattern */
	struct sh_map stale;  /* names whose row in the state is not what they say now */
	int64_t minute, saved_minute; /* to which the graph has come, and that in the state */
	int64_t next;	      /* minute in which the first edge ends */
	uint64_t version, forgotten;
};

/* The node of a name that nobody may have spoken of, or SH_GRAPH_NONE. */
uint32_t sh_graph_guess(struct sh_graph *g, struct sh_span name);
uint32_t sh_graph_nameless(struct sh_graph *g, struct sh_span name);
/* What the site says of all of its name is said of NODE. */
void sh_graph_apply(struct sh_graph *g, uint32_t node);
/*
 * NODE is there, for somebody spoke of it: now it counts in the group that the site has it
 * in. A name that was only guessed does not.
 */
void sh_graph_spoken_of(struct sh_graph *g, uint32_t node);
/* NODE, which has its name in full, needs what the site says. */
void sh_graph_depend(struct sh_graph *g, uint32_t node, const struct sh_dependencies *d);
/* As it is said; SH_GRAPH_NONE when it is not there, or an end is not. */
uint32_t sh_graph_find_edge(const struct sh_graph *g, uint32_t from, uint32_t to,
			    enum sh_edge_type type);
/* As sh_graph_link, but not for good; the edge, in the direction of need, or SH_GRAPH_NONE. */
uint32_t sh_graph_declare(struct sh_graph *g, uint32_t from, uint32_t to, enum sh_edge_type type);
/* No record tells of it any more: without the site's word it is gone. */
void sh_graph_unhear(struct sh_graph *g, uint32_t edge);
/* How many of its members a group needs, of what was heard. */
void sh_graph_count_need(struct sh_graph *g, uint32_t group);
/* What NEEDS, which has so many members left, becomes by an edge when what it needs is now as FATE. */
enum sh_graph_fate sh_graph_passed_on(const struct sh_graph *g, uint32_t needs,
				      enum sh_edge_type type, enum sh_graph_fate fate,
				      uint32_t left);
/* What NODE says is not what the state has of it. */
void sh_graph_mark(struct sh_graph *g, uint32_t node);
/* An edge as a record says it. */
struct sh_heard {
	struct sh_span from, to;
	enum sh_edge_type type;
	uint32_t need;
	int64_t seen, end;
};
void sh_graph_take(struct sh_graph *g, const struct sh_heard *h);

#endif
