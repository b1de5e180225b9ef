/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "topology/query.h"

#include <stdlib.h>

#include "base/mem.h"
#include "config/keys.h"
#include "topology/graph_parts.h"

const char *const sh_query_words[] = { "needs", "needed-by", "loss", NULL };

/* Where a node's edges are being walked. */
struct cursor {
	uint32_t node, i;
	bool turned;	 /* of a loss: now the replicas that NODE names */
	uint32_t before; /* the other end of the last edge, SH_GRAPH_NONE none */
};

struct query {
	const struct sh_graph *g;
	enum sh_query_type type;
	enum sh_graph_fate *fate; /* owned, as the others */
	uint32_t *left;
	uint32_t *parent;	/* on the shortest way */
	unsigned char *reached; /* there is a way */
	unsigned char *open;	/* unfolded, and not yet done with */
	unsigned char *done;	/* unfolded */
	struct cursor *way;	/* to the line that is told */
	size_t n, cap;
	struct sh_query_count count;
	void (*line)(void *arg, const struct sh_query_line *l);
	void *arg;
};

static struct cursor cursor_at(uint32_t node)
{
	return (struct cursor){ node, SH_GRAPH_NONE, false, SH_GRAPH_NONE };
}

/* Whether the step is one of the tree. */
static bool counts(const struct query *q, const struct cursor *c, const struct sh_graph_step *s)
{
	if (!sh_graph_is_shown(q->g, s->node))
		return false;
	if (s->type == SH_EDGE_IMPLIED && s->node == c->before)
		return false; /* edges of one end stand together, what is implied last */
	if (q->type != SH_QUERY_LOSS)
		return true;
	if (q->fate[s->node] == SH_FATE_FINE || (c->turned && s->type != SH_EDGE_REPLICATES))
		return false;
	return sh_graph_passed_on(q->g, s->node, s->type, q->fate[c->node],
				  q->left[s->node]) == q->fate[s->node];
}

static bool next(const struct query *q, struct cursor *c, struct sh_graph_step *s)
{
	for (;;) {
		bool needs = q->type == SH_QUERY_NEEDS || c->turned;

		while (sh_graph_next(q->g, c->node, needs, &c->i, s)) {
			bool yes = counts(q, c, s);

			c->before = s->node;
			if (yes)
				return true;
		}
		if (q->type != SH_QUERY_LOSS || c->turned)
			return false;
		*c = cursor_at(c->node);
		c->turned = true;
	}
}

/* The shortest way to all that is reached. */
static void find_ways(struct query *q, const uint32_t *node, size_t n)
{
	size_t nodes = sh_graph_nodes(q->g), end = 0;
	SH_CLEANUP_FREE uint32_t *queue = sh_calloc(nodes + 1, sizeof(*queue));

	for (size_t i = 0; i < n; i++) {
		if (q->reached[node[i]])
			continue;
		q->reached[node[i]] = 1;
		q->parent[node[i]] = SH_GRAPH_NONE;
		queue[end++] = node[i];
	}
	for (size_t at = 0; at < end; at++) {
		struct cursor c = cursor_at(queue[at]);
		struct sh_graph_step s;

		while (next(q, &c, &s)) {
			if (q->reached[s.node])
				continue;
			q->reached[s.node] = 1;
			q->parent[s.node] = c.node;
			queue[end++] = s.node;
		}
	}
}

static void count(struct query *q)
{
	struct sh_query_count c = { 0 };

	for (uint32_t i = 0; i < sh_graph_nodes(q->g); i++) {
		if (!q->reached[i] || q->parent[i] == SH_GRAPH_NONE)
			continue;
		c.entities++;
		c.down += q->fate[i] == SH_FATE_DOWN;
		c.weaker += q->fate[i] == SH_FATE_WEAKER;
	}
	q->count = c;
}

static void unfold(struct query *q, uint32_t node)
{
	q->open[node] = q->done[node] = 1;
	sh_grow(q->way, q->n, q->cap);
	q->way[q->n++] = cursor_at(node);
}

static void tell_root(struct query *q, uint32_t node)
{
	struct sh_query_line l = { .node = node, .parent = SH_GRAPH_NONE, .from = node, .to = node,
				   .type = SH_EDGE_IMPLIED, .fate = q->fate[node],
				   .group = sh_graph_group(q->g, node), .count = q->count };

	l.group.left = q->left[node];
	q->line(q->arg, &l);
	unfold(q, node);
}

static void tell_step(struct query *q, const struct cursor *c, const struct sh_graph_step *s)
{
	bool needs = q->type == SH_QUERY_NEEDS || c->turned;
	struct sh_query_line l = { .depth = (unsigned)q->n, .node = s->node, .parent = c->node,
				   .from = needs ? c->node : s->node, .to = needs ? s->node : c->node,
				   .type = s->type, .fate = q->fate[s->node],
				   .group = sh_graph_group(q->g, s->node) };
	bool here = q->parent[s->node] == c->node && !q->done[s->node];

	l.group.left = q->left[s->node];
	l.again = !here;
	l.cycle = q->open[s->node];
	q->line(q->arg, &l);
	if (here)
		unfold(q, s->node);
}

static void tell_tree(struct query *q, uint32_t node)
{
	if (q->done[node])
		return;
	tell_root(q, node);
	while (q->n) {
		struct cursor *c = &q->way[q->n - 1];
		struct sh_graph_step s;

		if (next(q, c, &s)) {
			struct cursor at = *c; /* telling may move the way */

			tell_step(q, &at, &s);
		} else {
			q->open[c->node] = 0;
			q->n--;
		}
	}
}

static size_t ask(struct query *q, const uint32_t *node, size_t n)
{
	size_t nodes = sh_graph_nodes(q->g) + 1;

	q->fate = sh_calloc(nodes, sizeof(*q->fate));
	q->left = sh_calloc(nodes, sizeof(*q->left));
	q->parent = sh_calloc(nodes, sizeof(*q->parent));
	q->reached = sh_calloc(3 * nodes, 1);
	q->open = q->reached + nodes;
	q->done = q->open + nodes;
	for (size_t i = 0; q->type == SH_QUERY_LOSS && i < n; i++)
		q->fate[node[i]] = SH_FATE_DOWN;
	sh_graph_lose(q->g, q->fate, q->left);
	find_ways(q, node, n);
	count(q);
	for (size_t i = 0; i < n; i++)
		tell_tree(q, node[i]);
	free(q->fate);
	free(q->left);
	free(q->parent);
	free(q->reached);
	free(q->way);
	return q->count.entities;
}

size_t sh_query(const struct sh_graph *g, enum sh_query_type type, const uint32_t *node, size_t n,
		void (*line)(void *arg, const struct sh_query_line *l), void *arg)
{
	size_t all = 0, together = type == SH_QUERY_LOSS ? n : 1;

	for (size_t i = 0; i < n; i += together) {
		struct query q = { .g = g, .type = type, .line = line, .arg = arg };

		all += ask(&q, node + i, together);
	}
	return all;
}

const char *sh_query_nearest(const struct sh_graph *g, const char *text)
{
	size_t nodes = sh_graph_nodes(g), n = 0;
	SH_CLEANUP_FREE const char **names = sh_calloc(nodes + 1, sizeof(*names));

	for (uint32_t i = 0; i < nodes; i++)
		if (sh_graph_name(g, i)[0] && sh_graph_is_shown(g, i))
			names[n++] = sh_graph_name(g, i);
	return sh_keys_nearest(text, names);
}
