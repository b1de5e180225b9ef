/* SPDX-License-Identifier: MIT */
/*
 * reach - all that an entity needs, near and far, asked many times of one graph
 *
 * The edges are kept side by side as long as the graph stays the same, and the sets that
 * were asked for up to SH_REACH_BYTES; then they are made anew. Implied edges are none.
 */
#ifndef SH_DIAGNOSE_REACH_H
#define SH_DIAGNOSE_REACH_H

#include "topology/graph.h"

#define SH_REACH_BYTES (INT64_C(64) << 20)

/* A bit for each node. */
struct sh_reach_set {
	const uint64_t *bits;
};

static inline bool sh_reach_has(struct sh_reach_set s, uint32_t node)
{
	return s.bits[node / 64] >> (node % 64) & 1;
}

struct sh_reach;

struct sh_reach *sh_reach_new(const struct sh_graph *g); /* G is borrowed */
void sh_reach_free(struct sh_reach *r);			 /* NULL is fine */

/* Follow the graph: to be called first, and after each change of it. */
void sh_reach_follow(struct sh_reach *r);
/* All that the node needs, itself among them; borrowed until the next call. */
struct sh_reach_set sh_reach_of(struct sh_reach *r, uint32_t node);
/* The nearest of them in order of distance, itself first, at most MOST of them, into OUT. Returns how many. */
size_t sh_reach_nearest(struct sh_reach *r, uint32_t node, uint32_t *out, size_t most);
/* It needs nothing, and nothing needs it. */
bool sh_reach_alone(const struct sh_reach *r, uint32_t node);

#endif
