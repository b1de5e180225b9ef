/* SPDX-License-Identifier: MIT */
/* plain_reach - what a graph has, found by walking all of it, without implied edges */
#ifndef SH_TESTS_PLAIN_REACH_H
#define SH_TESTS_PLAIN_REACH_H

#include <stddef.h>
#include <stdint.h>

#include "topology/graph.h"

/*
 * All that the node needs, or all that needs it, itself first, in order of distance
 * and name. OUT has room for every node; MARK, one byte for every node, is 0 before
 * and tells on return what is among them. Returns how many.
 */
static inline size_t plain_reached(const struct sh_graph *g, uint32_t node, bool needs,
				   unsigned char *mark, uint32_t *out)
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

static inline size_t plain_edges(const struct sh_graph *g)
{
	size_t n = 0;

	for (uint32_t node = 0; node < sh_graph_nodes(g); node++) {
		uint32_t i = SH_GRAPH_NONE;
		struct sh_graph_step step;

		while (sh_graph_next(g, node, false, &i, &step))
			n += step.type != SH_EDGE_IMPLIED;
	}
	return n;
}

#endif
