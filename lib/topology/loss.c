/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "topology/graph.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "topology/graph_parts.h"

struct sh_graph_group sh_graph_group(const struct sh_graph *g, uint32_t node)
{
	const struct sh_graph_vertex *n = &g->node[node];
	struct sh_graph_group group = { n->members, n->members, n->members };
	uint32_t least = n->spare < n->members ? n->members - n->spare : 1;

	if (n->need_count)
		group.needed = n->need_count;
	else if (n->need_percent > 0)
		group.needed = (uint32_t)ceil(n->members * n->need_percent / 100 - 1e-9);
	else if (n->spare)
		group.needed = least;
	else if (n->heard_need)
		group.needed = n->heard_need;
	if (n->spare && group.needed < least)
		group.needed = least;
	return group;
}

/* What a group does without as many members as it has lost. */
static enum sh_graph_fate fate_of_group(const struct sh_graph *g, uint32_t node, uint32_t left)
{
	return left < sh_graph_group(g, node).needed ? SH_FATE_DOWN : SH_FATE_WEAKER;
}

enum sh_graph_fate sh_graph_passed_on(const struct sh_graph *g, uint32_t needs,
				      enum sh_edge_type type, enum sh_graph_fate fate,
				      const uint32_t *left)
{
	if (fate == SH_FATE_WEAKER)
		return SH_FATE_WEAKER;
	switch (type) {
	case SH_EDGE_MEMBER_OF:
		return fate_of_group(g, needs, left[needs]);
	case SH_EDGE_REPLICATES:
	case SH_EDGE_CONNECTS: /* it may find another, and does not end by it */
		return SH_FATE_WEAKER;
	case SH_EDGE_RUNS_ON:
	case SH_EDGE_DEPENDS_ON:
	case SH_EDGE_STORES_ON:
	case SH_EDGE_MOUNTS:
	case SH_EDGE_IMPLIED:
		break;
	}
	return SH_FATE_DOWN;
}

struct queue {
	uint32_t *node;
	size_t n, cap;
};

static void push(struct queue *q, uint32_t node)
{
	sh_grow(q->node, q->n, q->cap);
	q->node[q->n++] = node;
}

/* Two names of one member are lost once. */
static bool is_lost_twice(const struct sh_graph *g, uint32_t group, uint32_t member,
			  const unsigned char *told)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	while (g->node[group].paired && sh_graph_next(g, group, true, &i, &step))
		if (step.node == member && step.same != SH_GRAPH_NONE)
			return told[step.same] == SH_FATE_DOWN;
	return false;
}

/* A replica is told of the loss of its twin whichever of them names the other. */
static void tell_replicas(const struct sh_graph *g, uint32_t node, enum sh_graph_fate *fate,
			  struct queue *q)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	while (fate[node] == SH_FATE_DOWN && sh_graph_next(g, node, true, &i, &step))
		if (step.type == SH_EDGE_REPLICATES && fate[step.node] == SH_FATE_FINE) {
			fate[step.node] = SH_FATE_WEAKER;
			push(q, step.node);
		}
}

void sh_graph_lose(const struct sh_graph *g, enum sh_graph_fate *fate, uint32_t *left)
{
	SH_CLEANUP_FREE unsigned char *told = sh_calloc(g->nodes + 1, 1);
	struct queue q = { 0 };

	for (uint32_t i = 0; i < g->nodes; i++) {
		left[i] = g->node[i].members;
		if (fate[i] != SH_FATE_FINE)
			push(&q, i);
	}
	/* Each node is told at most twice: when it gets weaker, and when it goes down. */
	for (size_t at = 0; at < q.n; at++) {
		uint32_t node = q.node[at], i = SH_GRAPH_NONE;
		enum sh_graph_fate now = fate[node];
		struct sh_graph_step step;

		if (told[node] == now)
			continue; /* it went down before its weakness was told */
		told[node] = (unsigned char)now;
		while (sh_graph_next(g, node, false, &i, &step)) {
			enum sh_graph_fate then;

			if (step.type == SH_EDGE_MEMBER_OF && now == SH_FATE_DOWN &&
			    !is_lost_twice(g, step.node, node, told))
				left[step.node]--;
			then = sh_graph_passed_on(g, step.node, step.type, now, left);
			if (then > fate[step.node]) {
				fate[step.node] = then;
				push(&q, step.node);
			}
		}
		tell_replicas(g, node, fate, &q);
	}
	free(q.node);
}
