/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "topology/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
				      uint32_t left)
{
	if (fate == SH_FATE_WEAKER)
		return SH_FATE_WEAKER;
	switch (type) {
	case SH_EDGE_MEMBER_OF:
		return fate_of_group(g, needs, left);
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

void sh_loss_release(struct sh_loss *l)
{
	free(l->fate);
	free(l->gone);
	free(l->told);
	free(l->touched);
	free(l->queue);
	*l = (struct sh_loss){ 0 };
}

/* NODE becomes FATE, which is worse than what it was. */
static void worsen(struct sh_loss *l, uint32_t node, enum sh_graph_fate fate)
{
	if (l->fate[node] == SH_FATE_FINE) {
		sh_grow(l->touched, l->n, l->cap);
		l->touched[l->n++] = node;
	}
	l->fate[node] = fate;
	sh_grow(l->queue, l->queued, l->queue_cap);
	l->queue[l->queued++] = node;
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
static void tell_replicas(struct sh_loss *l, const struct sh_graph *g, uint32_t node)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	while (l->fate[node] == SH_FATE_DOWN && sh_graph_next(g, node, true, &i, &step))
		if (step.type == SH_EDGE_REPLICATES && l->fate[step.node] == SH_FATE_FINE)
			worsen(l, step.node, SH_FATE_WEAKER);
}

static void tell(struct sh_loss *l, const struct sh_graph *g, uint32_t node)
{
	enum sh_graph_fate now = l->fate[node];
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	l->told[node] = (unsigned char)now;
	while (sh_graph_next(g, node, false, &i, &step)) {
		enum sh_graph_fate then;

		if (step.type == SH_EDGE_MEMBER_OF && now == SH_FATE_DOWN &&
		    !is_lost_twice(g, step.node, node, l->told))
			l->gone[step.node]++;
		then = sh_graph_passed_on(g, step.node, step.type, now,
					  g->node[step.node].members - l->gone[step.node]);
		if (then > l->fate[step.node])
			worsen(l, step.node, then);
	}
	tell_replicas(l, g, node);
}

/* Each node is told at most twice: when it gets weaker, and when it goes down. */
static void spread(struct sh_loss *l, const struct sh_graph *g, size_t most)
{
	size_t at = 0;

	for (; at < l->queued && l->n <= most; at++)
		if (l->told[l->queue[at]] != l->fate[l->queue[at]])
			tell(l, g, l->queue[at]);
	l->partial = at < l->queued;
}

void sh_graph_lose(const struct sh_graph *g, enum sh_graph_fate *fate, uint32_t *left)
{
	struct sh_loss l = { .fate = fate, .gone = left, .told = sh_calloc(g->nodes + 1, 1) };

	memset(left, 0, g->nodes * sizeof(*left));
	for (uint32_t i = 0; i < g->nodes; i++) {
		enum sh_graph_fate lost = fate[i];

		fate[i] = SH_FATE_FINE;
		if (lost != SH_FATE_FINE)
			worsen(&l, i, lost);
	}
	spread(&l, g, SIZE_MAX);
	for (uint32_t i = 0; i < g->nodes; i++)
		left[i] = g->node[i].members - left[i];
	l.fate = NULL; /* the caller's, as the next */
	l.gone = NULL;
	sh_loss_release(&l);
}

/* What was found before is forgotten, at the cost of what it was. */
static void begin(struct sh_loss *l, size_t nodes)
{
	if (nodes > l->room) {
		sh_loss_release(l);
		l->room = nodes;
		l->fate = sh_calloc(nodes, sizeof(*l->fate));
		l->gone = sh_calloc(nodes, sizeof(*l->gone));
		l->told = sh_calloc(nodes, 1);
	}
	for (size_t i = 0; i < l->n; i++) {
		uint32_t node = l->touched[i];

		l->fate[node] = SH_FATE_FINE;
		l->gone[node] = l->told[node] = 0;
	}
	l->n = l->queued = 0;
}

void sh_loss_find(struct sh_loss *l, const struct sh_graph *g, uint32_t node, size_t most)
{
	begin(l, g->nodes);
	worsen(l, node, SH_FATE_DOWN);
	spread(l, g, most);
}

struct sh_graph_group sh_loss_group(const struct sh_loss *l, const struct sh_graph *g, uint32_t node)
{
	struct sh_graph_group group = sh_graph_group(g, node);

	group.left -= l->gone[node];
	return group;
}
