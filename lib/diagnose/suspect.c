/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/suspect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"

#define ASIDE 0.2 /* what is not of the symptom's family */
#define TAU 0.8	  /* a score of this is as sure as 0.63 */
#define WORSE 0.1 /* of what spreads: affected */
#define NEAR 0.05 /* what being needed by the faulty entity is worth at most */
#define NEAR_ALONE 3 /* so many are told of which nothing else is known */

/* One look at one fault. Arrays are by node. */
struct look {
	const struct sh_graph *g;
	const struct sh_history *h;
	const struct sh_symptom *s;
	struct sh_moment when;
	enum sh_family family; /* of the symptom; SH_FAMILIES: not known */
	struct sh_clues *clues;
	double *spreads;
	double *near; /* what its place near the faulty entity is worth */
	unsigned char *known; /* clues and spreads are */
	unsigned char *in;    /* it is a suspect */
	uint32_t *suspect, *reached;
	unsigned char *mark;
	size_t suspects;
	double total;
};

static const struct sh_past_entity *past_of(const struct look *l, uint32_t node)
{
	return sh_history_find(l->h, sh_span_of(sh_graph_name(l->g, node)));
}

static double spreads(struct look *l, uint32_t node)
{
	struct sh_clues *c = &l->clues[node];
	double latency, error;

	if (l->known[node])
		return l->spreads[node];
	sh_clues_gather(c, l->h, past_of(l, node), &l->when);
	latency = c->family[SH_FAMILY_LATENCY] * (l->family == SH_FAMILY_ERROR ? ASIDE : 1);
	error = c->family[SH_FAMILY_ERROR] * (l->family == SH_FAMILY_LATENCY ? ASIDE : 1);
	l->known[node] = 1;
	return l->spreads[node] = fmax(latency, error) + c->log;
}

static double local(const struct look *l, uint32_t node)
{
	const struct sh_clues *c = &l->clues[node];
	bool elsewhere = l->family == SH_FAMILY_LATENCY || l->family == SH_FAMILY_ERROR;

	return c->family[SH_FAMILY_RESOURCE] * (elsewhere ? ASIDE : 1) + c->event;
}

static void add(struct look *l, uint32_t node)
{
	if (l->in[node])
		return;
	l->in[node] = 1;
	l->suspect[l->suspects++] = node;
}

static bool has_edges(const struct sh_graph *g, uint32_t node, bool needs)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	while (sh_graph_next(g, node, needs, &i, &step))
		if (step.type != SH_EDGE_IMPLIED)
			return true;
	return false;
}

/* The host an entity is seen on, else the one in its name. */
static struct sh_span host_of(const struct look *l, uint32_t node)
{
	struct sh_span name = sh_span_of(sh_graph_name(l->g, node));
	const struct sh_past_entity *e = sh_history_find(l->h, name);
	struct sh_entity parts = { 0 };

	if (e)
		return sh_span_of(e->host);
	if (!sh_entity_split(name, &parts))
		return SH_SPAN_NONE;
	return sh_span_is(parts.type, "host") ? parts.name : parts.host;
}

/* Those whose host is among HOSTS. */
static void add_from_hosts(struct look *l, const struct sh_map *hosts, bool alone)
{
	for (uint32_t i = 0; i < sh_graph_nodes(l->g); i++) {
		const struct sh_past_entity *e = past_of(l, i);

		if (!e || !sh_map_gets(hosts, e->host))
			continue;
		if (!alone || (!has_edges(l->g, i, true) && !has_edges(l->g, i, false)))
			add(l, i);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void find_suspects(struct look *l)
{
	uint32_t node = sh_graph_find(l->g, l->s->entity);
	bool needs = node != SH_GRAPH_NONE && has_edges(l->g, node, true);
	struct sh_map hosts = SH_MAP_INIT(NULL);

	sh_map_put(&hosts, l->s->host.p, l->s->host.len, l);
	if (node != SH_GRAPH_NONE) {
		size_t n = sh_graph_reach(l->g, node, true, l->mark, l->reached);

		for (size_t i = 0; i < n; i++) {
			struct sh_span host = host_of(l, l->reached[i]);

			add(l, l->reached[i]);
			l->near[l->reached[i]] = needs ? NEAR / (double)(i + 1) : 0;
			l->mark[l->reached[i]] = 0;
			if (host.p)
				sh_map_put(&hosts, host.p, host.len, l);
		}
	}
	add_from_hosts(l, &hosts, needs);
	sh_map_release(&hosts);
}

/* By name: sums do not depend on the order in which entities were first seen. */
static void sum_up(struct look *l)
{
	SH_CLEANUP_FREE const char **name = sh_calloc(l->suspects + 1, sizeof(*name));

	for (size_t i = 0; i < l->suspects; i++)
		name[i] = sh_graph_name(l->g, l->suspect[i]);
	qsort(name, l->suspects, sizeof(*name), by_name);
	l->total = 1e-9;
	for (size_t i = 0; i < l->suspects; i++)
		l->total += spreads(l, sh_graph_find(l->g, sh_span_of(name[i])));
}

/* The worst of what a node needs; of a group of which nothing is measured its members stand for it. */
static double worst_need(struct look *l, uint32_t node, bool through, uint32_t *worst)
{
	uint32_t i = SH_GRAPH_NONE, inner;
	struct sh_graph_step step;
	double most = 0;

	while (sh_graph_next(l->g, node, true, &i, &step)) {
		double other = step.type == SH_EDGE_IMPLIED ? 0 : spreads(l, step.node);

		inner = step.node;
		if (through && !past_of(l, step.node) && sh_graph_group(l->g, step.node).members)
			other = worst_need(l, step.node, false, &inner);
		if (other <= most)
			continue;
		most = other;
		*worst = inner;
	}
	return most;
}

/* Of what spreads from it, what nothing that it needs explains. */
static double own_part(struct look *l, uint32_t node, uint32_t *explained_by)
{
	*explained_by = SH_GRAPH_NONE;
	return fmax(0, spreads(l, node) - worst_need(l, node, true, explained_by));
}

/* Those that need it among the suspects: how much of all that spreads, and who changed. */
static void cover(struct look *l, struct sh_suspect *s)
{
	size_t n = sh_graph_reach(l->g, s->node, false, l->mark, l->reached);
	double sum = 0;

	s->affected = sh_calloc(n, sizeof(*s->affected));
	for (size_t i = 0; i < n; i++) {
		uint32_t node = l->reached[i];

		l->mark[node] = 0;
		if (l->in[node])
			sum += l->spreads[node];
		if (node != s->node && l->known[node] && l->spreads[node] > WORSE)
			s->affected[s->n_affected++] = node;
	}
	s->coverage = sum / l->total;
}

static void free_suspect(struct sh_suspect *s)
{
	sh_clues_release(&s->clues);
	free(s->affected);
}

struct by_score {
	double score;
	const char *name;
	struct sh_suspect s;
};

static int best_first(const void *a, const void *b)
{
	const struct by_score *x = a, *y = b;

	if (x->score > y->score || x->score < y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(x->name, y->name);
}

static struct by_score *weigh(struct look *l, size_t *n)
{
	struct by_score *list = sh_calloc(l->suspects + 1, sizeof(*list));

	*n = 0;
	for (size_t i = 0; i < l->suspects; i++) {
		uint32_t node = l->suspect[i];
		struct by_score *b = &list[*n];

		b->s = (struct sh_suspect){ .node = node, .spreads = l->spreads[node] };
		b->s.own = own_part(l, node, &b->s.explained_by);
		b->score = b->s.own + local(l, node) + l->near[node];
		b->name = sh_graph_name(l->g, node);
		if (b->score > 0)
			++*n;
	}
	qsort(list, *n, sizeof(*list), best_first);
	return list;
}

/*
 * Coverage is a walk for each, and at most doubles a score: once MOST are found, one
 * with less than the last of them even so needs none.
 */
static size_t score(struct look *l, struct by_score *list, size_t n, size_t most)
{
	size_t done = 0;

	for (; done < n; done++) {
		struct by_score *b = &list[done];

		if (done >= most && b->score < list[most - 1].score)
			break;
		cover(l, &b->s);
		b->score *= (1 + b->s.coverage) / 2;
		if (done + 1 >= most)
			qsort(list, done + 1, sizeof(*list), best_first);
	}
	qsort(list, done, sizeof(*list), best_first);
	return done;
}

static void look_init(struct look *l, size_t nodes)
{
	l->clues = sh_calloc(nodes + 1, sizeof(*l->clues));
	l->spreads = sh_calloc(nodes + 1, sizeof(*l->spreads));
	l->near = sh_calloc(nodes + 1, sizeof(*l->near));
	l->known = sh_calloc(nodes + 1, 1);
	l->in = sh_calloc(nodes + 1, 1);
	l->mark = sh_calloc(nodes + 1, 1);
	l->suspect = sh_calloc(nodes + 1, sizeof(*l->suspect));
	l->reached = sh_calloc(nodes + 1, sizeof(*l->reached));
}

static void look_release(struct look *l)
{
	for (size_t i = 0; i < sh_graph_nodes(l->g); i++)
		sh_clues_release(&l->clues[i]);
	free(l->clues);
	free(l->spreads);
	free(l->near);
	free(l->known);
	free(l->in);
	free(l->mark);
	free(l->suspect);
	free(l->reached);
}

static void take(struct look *l, struct sh_suspects *out, struct by_score *b)
{
	struct sh_suspect *s = &b->s;

	s->score = b->score;
	s->confidence = 1 - exp(-s->score / TAU);
	s->clues = l->clues[s->node];
	memset(&l->clues[s->node], 0, sizeof(l->clues[s->node]));
	sh_grow(out->suspect, out->n, out->cap);
	out->suspect[out->n++] = *s;
}

void sh_suspects_find(struct sh_suspects *out, const struct sh_graph *g, const struct sh_history *h,
		      const struct sh_symptom *s, size_t most)
{
	struct look l = { .g = g, .h = h, .s = s, .when = sh_clue_moment(h, s->onset) };
	struct by_score *list;
	size_t n, scored, near = 0;

	memset(out, 0, sizeof(*out));
	l.family = s->metric ? sh_family_of(s->metric) : SH_FAMILIES;
	look_init(&l, sh_graph_nodes(g));
	find_suspects(&l);
	sum_up(&l);
	list = weigh(&l, &n);
	scored = score(&l, list, n, most);
	for (size_t i = 0; i < scored; i++)
		if (out->n < most && (l.clues[list[i].s.node].n || near++ < NEAR_ALONE))
			take(&l, out, &list[i]);
		else
			free_suspect(&list[i].s);
	free(list);
	look_release(&l);
}

void sh_suspects_release(struct sh_suspects *s)
{
	for (size_t i = 0; i < s->n; i++)
		free_suspect(&s->suspect[i]);
	free(s->suspect);
	memset(s, 0, sizeof(*s));
}
