/* SPDX-License-Identifier: MIT */
/*
 * loss - what becomes of the others when one entity is lost, again and again
 *
 * As sh_graph_lose, but at the cost of what is touched, which may be bounded: the
 * nearest are found first, and by then no fate is worse than it really is.
 */
#ifndef SH_TOPOLOGY_LOSS_H
#define SH_TOPOLOGY_LOSS_H

#include "topology/graph.h"

struct sh_loss {
	uint32_t *touched; /* what is not fine, the lost one first, nearest first */
	size_t n, cap;
	enum sh_graph_fate *fate; /* by node */
	bool partial;		  /* there may be more than was looked at */
	uint32_t *gone, *queue;	  /* internal: members that are lost; what is to be told */
	unsigned char *told;	  /* internal: by node, the fate that others heard */
	size_t queued, queue_cap, room;
};

/* {0} to begin with. NODE is lost; the walk ends after so many that are touched, and those they touch. */
void sh_loss_find(struct sh_loss *l, const struct sh_graph *g, uint32_t node, size_t most);
/* A group with how many members it has left then. */
struct sh_graph_group sh_loss_group(const struct sh_loss *l, const struct sh_graph *g, uint32_t node);
void sh_loss_release(struct sh_loss *l);

#endif
