/* SPDX-License-Identifier: MIT */
/* plain_suspects - what suspect.h says, done for each fault from nothing, one step after the other */
#ifndef SH_TESTS_PLAIN_SUSPECTS_H
#define SH_TESTS_PLAIN_SUSPECTS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/suspect.h"
#include "plain_reach.h"
#include "record/entity.h"

struct plain_node {
	const char *name;
	uint32_t node;
	const struct sh_past_entity *past;
	struct sh_clues clues;
	bool in;
	double spreads, local, near, own, score, coverage;
};

struct plain {
	const struct sh_graph *g;
	struct plain_node *at; /* by node */
	struct plain_node **by_name;
	uint32_t n;
	unsigned char *mark;
	uint32_t *reached;
	double total;
};

static inline int plain_by_name(const void *a, const void *b)
{
	return strcmp((*(struct plain_node *const *)a)->name, (*(struct plain_node *const *)b)->name);
}

static inline int plain_best_first(const void *a, const void *b)
{
	const struct plain_node *x = *(struct plain_node *const *)a,
				*y = *(struct plain_node *const *)b;

	if (x->score > y->score || x->score < y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(x->name, y->name);
}

static inline int plain_worst_first(const void *a, const void *b)
{
	const struct plain_node *x = *(struct plain_node *const *)a,
				*y = *(struct plain_node *const *)b;

	if (x->spreads > y->spreads || x->spreads < y->spreads)
		return x->spreads < y->spreads ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* All that is known of an entity: what it measures, what its log says, and each event that speaks for it. */
static inline void plain_gather(struct sh_clues *out, const struct sh_history *h,
				const struct sh_past_entity *e, const struct sh_moment *when)
{
	memset(out, 0, sizeof(*out));
	if (!e)
		return;
	sh_clues_measure(out, h, e, when);
	for (size_t i = 0; i < h->events; i++) {
		struct sh_clue clue;

		if (sh_clue_of_event(h, &h->event[i], when->onset, &clue) != e)
			continue;
		out->event = fmax(out->event, clue.score);
		sh_clues_add(out, clue);
	}
	sh_clues_order(out);
}

static inline void plain_init(struct plain *p, const struct sh_graph *g,
			      const struct sh_history *h, const struct sh_symptom *s)
{
	enum sh_family family = s->metric ? sh_family_of(s->metric) : SH_FAMILIES;
	bool latency = family == SH_FAMILY_LATENCY, error = family == SH_FAMILY_ERROR;
	struct sh_moment when = sh_clue_moment(h, s->onset);

	*p = (struct plain){ .g = g, .n = (uint32_t)sh_graph_nodes(g), .total = 1e-9 };
	p->at = sh_calloc(p->n + 1, sizeof(*p->at));
	p->by_name = sh_calloc(p->n + 1, sizeof(*p->by_name));
	p->mark = sh_calloc(p->n + 1, 1);
	p->reached = sh_calloc(p->n + 1, sizeof(*p->reached));
	for (uint32_t i = 0; i < p->n; i++) {
		struct plain_node *n = &p->at[i];

		*n = (struct plain_node){ .name = sh_graph_name(g, i), .node = i };
		n->past = sh_history_find(h, sh_span_of(n->name));
		plain_gather(&n->clues, h, n->past, &when);
		n->spreads = fmax(n->clues.family[SH_FAMILY_LATENCY] * (error ? 0.2 : 1),
				  n->clues.family[SH_FAMILY_ERROR] * (latency ? 0.2 : 1)) +
			     n->clues.log;
		n->local = fmax(n->clues.family[SH_FAMILY_RESOURCE] * (latency || error ? 0.2 : 1),
				n->clues.exhausted) +
			   n->clues.event;
		p->by_name[i] = n;
	}
	qsort(p->by_name, p->n, sizeof(*p->by_name), plain_by_name);
}

static inline void plain_release(struct plain *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		sh_clues_release(&p->at[i].clues);
	free(p->at);
	free(p->by_name);
	free(p->mark);
	free(p->reached);
}

static inline size_t plain_reach(struct plain *p, uint32_t node, bool needs)
{
	memset(p->mark, 0, p->n);
	return plain_reached(p->g, node, needs, p->mark, p->reached);
}

static inline const char *plain_host(const struct plain_node *n, char *out, size_t size)
{
	struct sh_entity parts = { 0 };
	struct sh_span host = SH_SPAN_NONE;

	if (n->past)
		return n->past->host;
	if (sh_entity_split(sh_span_of(n->name), &parts))
		host = sh_span_is(parts.type, "host") ? parts.name : parts.host;
	snprintf(out, size, "%.*s", (int)host.len, host.p ? host.p : "");
	return host.p ? out : NULL;
}

static inline bool plain_alone(struct plain *p, uint32_t node)
{
	return plain_reach(p, node, true) == 1 && plain_reach(p, node, false) == 1;
}

static inline void plain_suspects(struct plain *p, const struct sh_symptom *s)
{
	uint32_t node = sh_graph_find(p->g, s->entity);
	size_t n = node == SH_GRAPH_NONE ? 0 : plain_reach(p, node, true);
	struct sh_map hosts = SH_MAP_INIT(NULL);
	char text[256];

	sh_map_put(&hosts, s->host.p, s->host.len, p);
	for (size_t i = 0; i < n; i++) {
		struct plain_node *r = &p->at[p->reached[i]];
		const char *host = plain_host(r, text, sizeof(text));

		r->in = true;
		r->near = n > 1 && i < 64 ? 0.05 / (double)(i + 1) : 0;
		if (host)
			sh_map_puts(&hosts, host, p);
	}
	for (uint32_t i = 0; i < p->n; i++)
		if (p->at[i].past && sh_map_gets(&hosts, p->at[i].past->host) &&
		    (n < 2 || plain_alone(p, i)))
			p->at[i].in = true;
	sh_map_release(&hosts);
	for (uint32_t i = 0; i < p->n; i++)
		p->total += p->by_name[i]->in ? p->by_name[i]->spreads : 0;
}

static inline double plain_worst(struct plain *p, uint32_t node, bool through, uint32_t *worst)
{
	uint32_t i = SH_GRAPH_NONE, inner;
	struct sh_graph_step step;
	double most = 0;

	while (sh_graph_next(p->g, node, true, &i, &step)) {
		double other = step.type == SH_EDGE_IMPLIED ? 0 : p->at[step.node].spreads;

		inner = step.node;
		if (through && !p->at[step.node].past && sh_graph_group(p->g, step.node).members)
			other = plain_worst(p, step.node, false, &inner);
		if (other > most) {
			most = other;
			*worst = inner;
		}
	}
	return most;
}

static inline void plain_score(struct plain *p, struct plain_node *n)
{
	uint32_t worst;

	n->own = n->spreads;
	if (n->clues.exhausted <= 0)
		n->own = fmax(0, n->spreads - plain_worst(p, n->node, true, &worst));
	plain_reach(p, n->node, false);
	for (uint32_t i = 0; i < p->n; i++)
		if (p->by_name[i]->in && p->mark[p->by_name[i]->node])
			n->coverage += p->by_name[i]->spreads;
	n->coverage /= p->total;
	n->score = n->own + n->local + n->near;
	n->score *= (1 + n->coverage) / 2;
}

static inline void plain_take(struct plain *p, struct sh_suspects *out, struct plain_node *n)
{
	struct plain_node **list = sh_calloc(p->n + 1, sizeof(*list));
	struct sh_suspect s = { .node = n->node,
				.score = n->score,
				.confidence = 1 - exp(-n->score / 0.75),
				.coverage = n->coverage,
				.spreads = n->spreads,
				.own = n->own,
				.explained_by = SH_GRAPH_NONE };
	size_t count = 0;

	plain_worst(p, n->node, true, &s.explained_by);
	s.clues = n->clues;
	memset(&n->clues, 0, sizeof(n->clues));
	plain_reach(p, n->node, false);
	for (uint32_t i = 0; i < p->n; i++)
		if (p->at[i].in && p->mark[i] && i != n->node && p->at[i].spreads > 0.1)
			list[count++] = &p->at[i];
	qsort(list, count, sizeof(*list), plain_worst_first);
	s.affected = sh_calloc(count + 1, sizeof(*s.affected));
	for (size_t i = 0; i < count; i++)
		s.affected[s.n_affected++] = list[i]->node;
	sh_grow(out->suspect, out->n, out->cap);
	out->suspect[out->n++] = s;
	free(list);
}

/* As sh_suspects_find. */
static inline void plain_find(struct sh_suspects *out, const struct sh_graph *g,
			      const struct sh_history *h, const struct sh_symptom *s, size_t most)
{
	struct plain_node **list;
	struct plain p;
	size_t n = 0, near = 0;

	memset(out, 0, sizeof(*out));
	plain_init(&p, g, h, s);
	plain_suspects(&p, s);
	list = sh_calloc(p.n + 1, sizeof(*list));
	for (uint32_t i = 0; i < p.n; i++) {
		if (!p.at[i].in)
			continue;
		plain_score(&p, &p.at[i]);
		if (p.at[i].score > 0)
			list[n++] = &p.at[i];
	}
	qsort(list, n, sizeof(*list), plain_best_first);
	for (size_t i = 0; i < n && out->n < most; i++)
		if (list[i]->clues.n || near++ < 3)
			plain_take(&p, out, list[i]);
	free(list);
	plain_release(&p);
}

#endif
