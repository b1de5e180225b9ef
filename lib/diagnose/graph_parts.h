/* SPDX-License-Identifier: MIT */
/* graph_parts - the memory of a graph, for its own files alone */
#ifndef SH_DIAGNOSE_GRAPH_PARTS_H
#define SH_DIAGNOSE_GRAPH_PARTS_H

#include "base/map.h"
#include "diagnose/graph.h"

/* Lists run through the edges, in the order in which they were said. */
struct sh_graph_vertex {
	const char *name; /* the map's */
	uint32_t needs, last_need, needed_by, last_by; /* edges, or SH_GRAPH_NONE */
	uint32_t members, need_count;
	double need_percent;
};

struct sh_graph_edge {
	uint32_t from, to; /* FROM needs TO: a group its member */
	enum sh_edge_type type;
	uint32_t next_need, next_by;
};

struct sh_graph {
	struct sh_map names; /* -> node + 1 */
	struct sh_graph_vertex *node;
	size_t nodes, node_cap;
	struct sh_graph_edge *edge;
	size_t edges, edge_cap, implied, refused;
	uint64_t version;
	uint32_t *slot; /* 1 + edge, 0 free */
	size_t slots;   /* a power of two */
};

#endif
