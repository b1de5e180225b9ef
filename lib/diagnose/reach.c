/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/reach.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct sh_reach {
	const struct sh_graph *g;
	uint64_t version; /* of the graph that all this is of */
	uint32_t nodes;
	bool followed;
	uint32_t *first;       /* by node: where its needs begin in TO; one more at the end */
	uint32_t *to;
	unsigned char *needed; /* by node: something needs it */
	uint32_t *queue;
	uint64_t *mark;	   /* bits */
	uint64_t **set;	   /* by node, NULL: not asked for yet */
	size_t words, sets;
};

struct sh_reach *sh_reach_new(const struct sh_graph *g)
{
	struct sh_reach *r = sh_calloc(1, sizeof(*r));

	r->g = g;
	return r;
}

static void drop_sets(struct sh_reach *r)
{
	for (uint32_t i = 0; r->sets && i < r->nodes; i++) {
		free(r->set[i]);
		r->set[i] = NULL;
	}
	r->sets = 0;
}

static void release(struct sh_reach *r)
{
	drop_sets(r);
	free(r->first);
	free(r->to);
	free(r->needed);
	free(r->queue);
	free(r->mark);
	free(r->set);
}

void sh_reach_free(struct sh_reach *r)
{
	if (r)
		release(r);
	free(r);
}

static uint32_t pack(struct sh_reach *r)
{
	struct sh_graph_step step;
	uint32_t n = 0;

	for (uint32_t node = 0; node < r->nodes; node++) {
		uint32_t i = SH_GRAPH_NONE;

		r->first[node] = n;
		while (sh_graph_next(r->g, node, true, &i, &step)) {
			if (step.type == SH_EDGE_IMPLIED)
				continue;
			r->to[n++] = step.node;
			r->needed[step.node] = 1;
		}
	}
	return n;
}

void sh_reach_follow(struct sh_reach *r)
{
	if (r->followed && r->version == sh_graph_version(r->g))
		return;
	release(r);
	r->followed = true;
	r->version = sh_graph_version(r->g);
	r->nodes = (uint32_t)sh_graph_nodes(r->g);
	r->words = r->nodes / 64 + 1;
	r->first = sh_calloc(r->nodes + 1, sizeof(*r->first));
	r->to = sh_calloc(sh_graph_links(r->g) + 1, sizeof(*r->to));
	r->needed = sh_calloc(r->nodes + 1, 1);
	r->queue = sh_calloc(r->nodes + 1, sizeof(*r->queue));
	r->mark = sh_calloc(r->words, sizeof(*r->mark));
	r->set = sh_calloc(r->nodes + 1, sizeof(*r->set));
	r->first[r->nodes] = pack(r);
}

/* Returns whether it was not marked. */
static bool mark(uint64_t *bits, uint32_t node)
{
	uint64_t bit = UINT64_C(1) << (node % 64), before = bits[node / 64];

	bits[node / 64] = before | bit;
	return !(before & bit);
}

/* What one of them needs may be known already: then nothing of that is walked again. */
static void walk(struct sh_reach *r, uint32_t node, uint64_t *bits)
{
	size_t n = 0;

	mark(bits, node);
	r->queue[n++] = node;
	for (size_t at = 0; at < n; at++) {
		const uint64_t *known = r->set[r->queue[at]];

		for (size_t i = 0; known && i < r->words; i++)
			bits[i] |= known[i];
		if (known)
			continue;
		for (uint32_t i = r->first[r->queue[at]]; i < r->first[r->queue[at] + 1]; i++)
			if (mark(bits, r->to[i]))
				r->queue[n++] = r->to[i];
	}
}

size_t sh_reach_nearest(struct sh_reach *r, uint32_t node, uint32_t *out, size_t most)
{
	size_t n = 0;

	mark(r->mark, node);
	out[n++] = node;
	for (size_t at = 0; at < n; at++)
		for (uint32_t i = r->first[out[at]]; n < most && i < r->first[out[at] + 1]; i++)
			if (mark(r->mark, r->to[i]))
				out[n++] = r->to[i];
	for (size_t i = 0; i < n; i++)
		r->mark[out[i] / 64] = 0;
	return n;
}

struct sh_reach_set sh_reach_of(struct sh_reach *r, uint32_t node)
{
	if (!r->set[node]) {
		uint64_t *bits = sh_calloc(r->words, sizeof(*bits));

		if ((r->sets + 1) * r->words * sizeof(*bits) > SH_REACH_BYTES)
			drop_sets(r);
		walk(r, node, bits);
		r->set[node] = bits;
		r->sets++;
	}
	return (struct sh_reach_set){ r->set[node] };
}

bool sh_reach_alone(const struct sh_reach *r, uint32_t node)
{
	return r->first[node] == r->first[node + 1] && !r->needed[node];
}
