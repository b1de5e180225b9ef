/* SPDX-License-Identifier: MIT */
/* graph_internal - what the graph and its state share */
#ifndef SH_DETECT_GRAPH_INTERNAL_H
#define SH_DETECT_GRAPH_INTERNAL_H

#include "detect/graph.h"

struct sh_edge {
	char *to; /* owned */
	int64_t seen;
};

/* Those from one entity, by name: the order in which they came says nothing. */
struct sh_edges {
	struct sh_edge *item;
	size_t n, cap;
	bool changed; /* since the last save; an empty one is removed by it */
};

void sh_graph_put(struct sh_graph *g, const char *from, const char *to, int64_t time);

#endif
