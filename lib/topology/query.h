/* SPDX-License-Identifier: MIT */
/*
 * query - questions about the graph, answered as a tree
 *
 * What an entity needs, what needs it, and what the loss of some entities does to the
 * others. Each entity is unfolded once, where it is nearest to what was asked about;
 * where it comes again, it is said so, and that it closes a cycle where it does. What
 * is not to be shown (graph.h) is left out, and so is an implied edge beside one that
 * somebody told. Order: by name.
 */
#ifndef SH_TOPOLOGY_QUERY_H
#define SH_TOPOLOGY_QUERY_H

#include "topology/graph.h"

enum sh_query_type {
	SH_QUERY_NEEDS,
	SH_QUERY_NEEDED_BY,
	SH_QUERY_LOSS,
};
extern const char *const sh_query_words[]; /* NULL-terminated, by enum: "needs", "needed-by", "loss" */

/* How many others there are in all; of a loss by what becomes of them. */
struct sh_query_count {
	size_t entities, down, weaker;
};

/* One line of the tree. */
struct sh_query_line {
	unsigned depth;	   /* 0: NODE was asked about */
	uint32_t node;
	uint32_t parent;   /* the line above, SH_GRAPH_NONE at depth 0 */
	uint32_t from, to; /* FROM needs TO, a group its member; one is NODE, one PARENT */
	enum sh_edge_type type;
	bool again;	   /* unfolded elsewhere */
	bool cycle;	   /* and above: it needs itself */
	enum sh_graph_fate fate; /* of a loss */
	struct sh_graph_group group; /* NODE's; members 0: it is none */
	struct sh_query_count count; /* at depth 0 */
};

/*
 * Ask about N nodes: of a loss what goes when all are lost together, else of each by
 * itself. LINE hears the tree. Returns how many others are in the answer.
 */
size_t sh_query(const struct sh_graph *g, enum sh_query_type type, const uint32_t *node, size_t n,
		void (*line)(void *arg, const struct sh_query_line *l), void *arg);

/* The entity with the name most like TEXT; NULL when none is. Borrowed, until the graph changes. */
const char *sh_query_nearest(const struct sh_graph *g, const char *text);

#endif
