/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/suspect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/memo.h"
#include "diagnose/place.h"
#include "diagnose/reach.h"

#define ASIDE 0.2 /* what is not of the symptom's family */
#define TAU 0.75	  /* a score of this is as sure as 0.63 */
#define WORSE 0.1 /* of what spreads: affected */
#define NEAR 0.05 /* what being needed by the faulty entity is worth at most */
#define NEAREST 64 /* of them, beyond it is worth nothing */
#define NEAR_ALONE 3 /* so many are told of which nothing else is known */

/* A node as one fault sees it; what is of an earlier one counts as never seen. */
struct seen {
	uint64_t known, in; /* the fault at which its clues were looked at; at which it is a suspect */
	double spreads, local, near, event;
	uint64_t events; /* the fault of which event is */
	bool clues;	 /* there are any */
	bool exhausted;	 /* a resource of it is used up */
};

/* A suspect and what speaks against it alone, then with who needs it. */
struct candidate {
	double score, own, coverage;
	uint32_t node;
	const char *name;
};

struct sh_inquiry {
	const struct sh_graph *g;
	const struct sh_history *h;
	struct sh_memo *memo;
	struct sh_reach *reach;
	struct sh_places places;
	struct seen *seen;   /* by node */
	uint32_t *suspect;   /* of this fault */
	uint32_t *spreading; /* suspects from which anything spreads, in order of names */
	struct candidate *candidate;
	uint64_t *host;	     /* by number: the last fault that it was looked at for */
	size_t nodes, suspects, spreadings, candidates, hosts;
	uint64_t fault;	     /* its number, from 1 */
	enum sh_family family; /* of the symptom; SH_FAMILIES: not known */
	double total;
};

struct sh_inquiry *sh_inquiry_new(const struct sh_graph *g, const struct sh_history *h)
{
	struct sh_inquiry *q = sh_calloc(1, sizeof(*q));

	q->g = g;
	q->h = h;
	q->memo = sh_memo_new(h);
	q->reach = sh_reach_new(g);
	sh_places_init(&q->places, g, h);
	return q;
}

void sh_inquiry_free(struct sh_inquiry *q)
{
	if (!q)
		return;
	sh_memo_free(q->memo);
	sh_reach_free(q->reach);
	sh_places_release(&q->places);
	free(q->seen);
	free(q->suspect);
	free(q->spreading);
	free(q->candidate);
	free(q->host);
	free(q);
}

static void follow(struct sh_inquiry *q)
{
	size_t nodes = sh_graph_nodes(q->g), hosts;

	sh_reach_follow(q->reach);
	sh_places_follow(&q->places);
	hosts = sh_places_hosts(&q->places) + 1; /* one more: the symptom's may be new */
	if (hosts > q->hosts) {
		q->host = sh_reallocn(q->host, hosts, sizeof(*q->host));
		memset(q->host + q->hosts, 0, (hosts - q->hosts) * sizeof(*q->host));
		q->hosts = hosts;
	}
	if (nodes == q->nodes)
		return;
	q->seen = sh_reallocn(q->seen, nodes, sizeof(*q->seen));
	memset(q->seen + q->nodes, 0, (nodes - q->nodes) * sizeof(*q->seen));
	q->suspect = sh_reallocn(q->suspect, nodes, sizeof(*q->suspect));
	q->spreading = sh_reallocn(q->spreading, nodes, sizeof(*q->spreading));
	q->candidate = sh_reallocn(q->candidate, nodes, sizeof(*q->candidate));
	q->nodes = nodes;
}

static void add(struct sh_inquiry *q, uint32_t node)
{
	struct seen *s = &q->seen[node];

	if (s->in == q->fault)
		return;
	s->in = q->fault;
	s->near = 0;
	q->suspect[q->suspects++] = node;
}

/* All that the faulty entity needs, itself among them. */
static void add_needs(struct sh_inquiry *q, uint32_t node)
{
	struct sh_reach_set needs = sh_reach_of(q->reach, node);
	uint32_t near[NEAREST];
	size_t n;

	for (uint32_t i = 0; i < q->nodes; i++) {
		if (!sh_reach_has(needs, i))
			continue;
		add(q, i);
		q->host[q->places.place[i].host] = q->fault;
	}
	n = sh_reach_nearest(q->reach, node, near, NEAREST);
	for (size_t i = 0; n > 1 && i < n; i++)
		q->seen[near[i]].near = NEAR / (double)(i + 1);
}

/* Those whose host was looked at. */
static void add_from_hosts(struct sh_inquiry *q, bool alone)
{
	for (uint32_t i = 0; i < q->nodes; i++) {
		const struct sh_place *p = &q->places.place[i];

		if (p->past && q->host[p->host] == q->fault &&
		    (!alone || sh_reach_alone(q->reach, i)))
			add(q, i);
	}
}

static void find_suspects(struct sh_inquiry *q, const struct sh_symptom *s)
{
	uint32_t node = sh_graph_find(q->g, s->entity);
	q->suspects = 0;
	q->host[sh_places_host(&q->places, s->host)] = q->fault;
	if (node != SH_GRAPH_NONE)
		add_needs(q, node);
	q->host[SH_PLACE_NOWHERE] = 0;
	add_from_hosts(q, q->suspects > 1);
}

static void see_events(struct sh_inquiry *q)
{
	const struct sh_past_entity *e;
	struct sh_clue clue;
	size_t i = 0;

	while ((e = sh_memo_event(q->memo, &i, &clue))) {
		uint32_t node = sh_graph_find(q->g, sh_span_of(e->name));
		struct seen *s;

		if (node == SH_GRAPH_NONE)
			continue; /* the graph is full */
		s = &q->seen[node];
		s->event = fmax(s->events == q->fault ? s->event : 0, clue.score);
		s->events = q->fault;
	}
}

static void weigh_clues(struct sh_inquiry *q, struct seen *s, const struct sh_clues *c)
{
	bool latency = q->family == SH_FAMILY_LATENCY, error = q->family == SH_FAMILY_ERROR;

	s->spreads = fmax(c->family[SH_FAMILY_LATENCY] * (error ? ASIDE : 1),
			  c->family[SH_FAMILY_ERROR] * (latency ? ASIDE : 1)) +
		     c->log;
	s->local = fmax(c->family[SH_FAMILY_RESOURCE] * (latency || error ? ASIDE : 1), c->exhausted);
	s->clues = c->n > 0;
	s->exhausted = c->exhausted > 0;
}

static struct seen *look_at(struct sh_inquiry *q, uint32_t node)
{
	const struct sh_past_entity *e = q->places.place[node].past;
	struct seen *s = &q->seen[node];

	if (s->known == q->fault)
		return s;
	s->known = q->fault;
	s->spreads = s->local = 0;
	s->clues = s->exhausted = false;
	if (!e)
		return s;
	weigh_clues(q, s, sh_memo_measured(q->memo, e));
	if (s->events == q->fault) {
		s->local += s->event;
		s->clues |= s->event > SH_CLUE_WORTH;
	}
	return s;
}

/* By name: sums do not depend on the order in which entities were first seen. */
static void sum_up(struct sh_inquiry *q)
{
	q->total = 1e-9;
	q->spreadings = 0;
	for (size_t i = 0; i < q->nodes; i++) {
		uint32_t node = q->places.by_name[i];
		double spreads = q->seen[node].in == q->fault ? look_at(q, node)->spreads : 0;

		if (spreads > 0)
			q->spreading[q->spreadings++] = node;
		q->total += spreads;
	}
}

/* The worst of what a node needs; of a group of which nothing is measured its members stand for it. */
static double worst_need(struct sh_inquiry *q, uint32_t node, bool through, uint32_t *worst)
{
	uint32_t i = SH_GRAPH_NONE, inner;
	struct sh_graph_step step;
	double most = 0;

	while (sh_graph_next(q->g, node, true, &i, &step)) {
		double other = step.type == SH_EDGE_IMPLIED ? 0 : look_at(q, step.node)->spreads;

		inner = step.node;
		if (through && !q->places.place[step.node].past &&
		    sh_graph_group(q->g, step.node).members)
			other = worst_need(q, step.node, false, &inner);
		if (other <= most)
			continue;
		most = other;
		*worst = inner;
	}
	return most;
}

/* Of what spreads from it, what nothing that it needs explains; all where it has itself used up something. */
static double own_part(struct sh_inquiry *q, uint32_t node)
{
	const struct seen *s = &q->seen[node];
	uint32_t worst;

	if (s->exhausted || s->spreads <= 0)
		return s->spreads;
	return fmax(0, s->spreads - worst_need(q, node, true, &worst));
}

/* The K largest of what was put in so far, largest first. */
struct largest {
	double *value;
	size_t n, k;
};

static void put(struct largest *l, double v)
{
	size_t at;

	if (l->n == l->k && (!l->k || v <= l->value[l->n - 1]))
		return;
	at = l->n < l->k ? l->n++ : l->n - 1;
	for (; at && l->value[at - 1] < v; at--)
		l->value[at] = l->value[at - 1];
	l->value[at] = v;
}

/* With less than half of the last of the largest, none of these gets past it: coverage at most doubles. */
static double least_of(const struct largest *l)
{
	return l->n == l->k && l->k ? l->value[l->k - 1] / 2 : 0;
}

/* All that may be told, as they are by themselves. */
static void find_candidates(struct sh_inquiry *q, size_t most)
{
	SH_CLEANUP_FREE double *with = sh_calloc(most + 1, sizeof(*with));
	double without[NEAR_ALONE];
	struct largest clear = { with, 0, most }, near = { without, 0, NEAR_ALONE };
	size_t n = 0;

	for (size_t i = 0; i < q->suspects; i++) {
		struct candidate *c = &q->candidate[n];
		uint32_t node = q->suspect[i];
		const struct seen *s = &q->seen[node];

		*c = (struct candidate){ .node = node, .own = own_part(q, node) };
		c->score = c->own + s->local + s->near;
		if (c->score <= 0 || !sh_graph_is_shown(q->g, node))
			continue;
		put(s->clues ? &clear : &near, c->score);
		n++;
	}
	q->candidates = 0;
	for (size_t i = 0; i < n; i++) {
		struct candidate c = q->candidate[i];

		if (c.score >= least_of(q->seen[c.node].clues ? &clear : &near))
			q->candidate[q->candidates++] = c;
	}
}

static int best_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score > y->score || x->score < y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Those that need each among the suspects: how much of all that spreads. */
static void cover(struct sh_inquiry *q)
{
	for (size_t i = 0; i < q->spreadings; i++) {
		struct sh_reach_set needs = sh_reach_of(q->reach, q->spreading[i]);
		double spreads = q->seen[q->spreading[i]].spreads;

		for (size_t k = 0; k < q->candidates; k++)
			if (sh_reach_has(needs, q->candidate[k].node))
				q->candidate[k].coverage += spreads;
	}
	for (size_t k = 0; k < q->candidates; k++) {
		struct candidate *c = &q->candidate[k];

		c->coverage /= q->total;
		c->score *= (1 + c->coverage) / 2;
		c->name = sh_graph_name(q->g, c->node);
	}
	sh_sort(q->candidate, q->candidates, sizeof(*q->candidate), best_first);
}

static void gather_clues(struct sh_inquiry *q, struct sh_clues *out, uint32_t node)
{
	const struct sh_past_entity *e = q->places.place[node].past, *other;
	const struct sh_clues *measured;
	struct sh_clue clue;
	size_t i = 0;

	if (!e)
		return;
	measured = sh_memo_measured(q->memo, e);
	*out = *measured;
	out->clue = NULL;
	out->n = out->cap = 0;
	for (size_t k = 0; k < measured->n; k++)
		sh_clues_add(out, measured->clue[k]);
	if (q->seen[node].events != q->fault)
		return;
	out->event = q->seen[node].event;
	while ((other = sh_memo_event(q->memo, &i, &clue)))
		if (other == e)
			sh_clues_add(out, clue);
	sh_clues_order(out);
}

static void take(struct sh_inquiry *q, struct sh_suspects *out, const struct candidate *c)
{
	struct sh_suspect s = { .node = c->node,
				.score = c->score,
				.confidence = 1 - exp(-c->score / TAU),
				.coverage = c->coverage,
				.spreads = q->seen[c->node].spreads,
				.own = c->own,
				.explained_by = SH_GRAPH_NONE };

	worst_need(q, c->node, true, &s.explained_by);
	gather_clues(q, &s.clues, c->node);
	sh_grow(out->suspect, out->n, out->cap);
	out->suspect[out->n++] = s;
}

struct worse {
	double spreads;
	size_t place; /* in the order of names */
	uint32_t node;
};

static int worst_first(const void *a, const void *b)
{
	const struct worse *x = a, *y = b;

	if (x->spreads > y->spreads || x->spreads < y->spreads)
		return x->spreads < y->spreads ? 1 : -1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Who needs the suspects and is worse as well. */
static void tell_affected(struct sh_inquiry *q, struct sh_suspects *out)
{
	struct worse *list = sh_calloc(q->spreadings + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < q->spreadings; i++)
		if (q->seen[q->spreading[i]].spreads > WORSE)
			list[n++] = (struct worse){ q->seen[q->spreading[i]].spreads, i,
						    q->spreading[i] };
	sh_sort(list, n, sizeof(*list), worst_first);
	for (size_t i = 0; i < out->n; i++)
		out->suspect[i].affected = sh_calloc(n + 1, sizeof(*out->suspect[i].affected));
	for (size_t i = 0; i < n; i++) {
		struct sh_reach_set needs = sh_reach_of(q->reach, list[i].node);

		for (size_t k = 0; k < out->n; k++) {
			struct sh_suspect *s = &out->suspect[k];

			if (s->node != list[i].node && sh_reach_has(needs, s->node))
				s->affected[s->n_affected++] = list[i].node;
		}
	}
	free(list);
}

void sh_suspects_find(struct sh_suspects *out, struct sh_inquiry *q, const struct sh_symptom *s,
		      size_t most)
{
	struct sh_moment when = sh_clue_moment(q->h, s->onset);
	size_t near = 0;

	memset(out, 0, sizeof(*out));
	q->fault++;
	q->family = s->metric ? sh_family_of(s->metric) : SH_FAMILIES;
	follow(q);
	sh_memo_look(q->memo, &when);
	find_suspects(q, s);
	see_events(q);
	sum_up(q);
	find_candidates(q, most);
	cover(q);
	for (size_t i = 0; i < q->candidates && out->n < most; i++)
		if (q->seen[q->candidate[i].node].clues || near++ < NEAR_ALONE)
			take(q, out, &q->candidate[i]);
	tell_affected(q, out);
}

void sh_suspects_release(struct sh_suspects *s)
{
	for (size_t i = 0; i < s->n; i++) {
		sh_clues_release(&s->suspect[i].clues);
		free(s->suspect[i].affected);
	}
	free(s->suspect);
	memset(s, 0, sizeof(*s));
}
