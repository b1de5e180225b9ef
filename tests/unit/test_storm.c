/* SPDX-License-Identifier: MIT */
/* What is kept from fault to fault gives to the last bit what the plain way gives. */
#include "config.h"

#include "diagnose/suspect.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "diagnose/order.h"
#include "plain_suspects.h"
#include "records.h"
#include "tap.h"
#include "topology/heard.h"

#define START (RECORDS_NOW / SH_SEC)
#define STEP 30
#define ENTITIES 70
#define MOST 6

struct world {
	struct sh_history h;
	struct sh_graph *g;
	struct sh_record r;
	unsigned seed;
	int64_t now; /* s */
	unsigned entities;
	int broken;
};

/* Numerical Recipes' ranqd1: the same worlds everywhere. */
static unsigned dice(struct world *w, unsigned sides)
{
	w->seed = w->seed * 1664525 + 1013904223;
	return (w->seed >> 8) % sides;
}

static void take(struct world *w, char *line)
{
	record_of(&w->r, line);
	sh_history_record(&w->h, &w->r);
	if (w->r.kind != SH_KIND_EVENT)
		sh_graph_node(w->g, w->r.entity);
	free(line);
}

static const char *name_of(unsigned i)
{
	static char name[2][32];
	static int at;

	at = !at;
	if (i % 7 == 3)
		snprintf(name[at], sizeof(name[at]), "host:h%u", i % 9);
	else
		snprintf(name[at], sizeof(name[at]), i % 5 ? "service:s%u" : "service:s%u@h3", i);
	return name[at];
}

static void link_some(struct world *w, unsigned edges)
{
	for (unsigned i = 0; i < edges; i++) {
		uint32_t from = sh_graph_node(w->g, sh_span_of(name_of(dice(w, w->entities))));
		uint32_t to = sh_graph_node(w->g, sh_span_of(name_of(dice(w, w->entities))));

		sh_graph_link(w->g, from, to, (enum sh_edge_type)dice(w, SH_EDGE_TYPES));
	}
}

/* Edges that are forgotten after a minute, with entities that nothing else tells of. */
static void hear_some(struct world *w)
{
	for (unsigned i = 0; i < 3; i++) {
		char *line = sh_asprintf("{'kind':'edge','time':%lld,'host':'h1','type':'depends_on',"
					 "'from':'%s','to':'service:x%u','valid':'1m'}",
					 (long long)w->now, name_of(dice(w, w->entities)), dice(w, 30));
		struct sh_error err = SH_ERROR_INIT;

		record_of(&w->r, line);
		w->broken += sh_graph_hear(w->g, &w->r, &err) < 0;
		free(line);
	}
}

static void sample(struct world *w, unsigned i)
{
	bool worse = dice(w, 4) == 0;

	take(w, sh_asprintf("{'kind':'sample','time':%lld,'host':'h%u','entity':'%s','metrics':{"
			    "'http':{'latency_p90':%u,'errors':%u},'cpu':{'usage':%u}}}",
			    (long long)w->now + i % STEP, i % 9, name_of(i),
			    20 + dice(w, 4) + 100 * worse, dice(w, 3) + (i % 3 ? 0 : 9 * worse),
			    30 + dice(w, 10)));
}

static void pass_time(struct world *w)
{
	static const char *const say[] = { "error reading block", "served in", "slow peer" };

	w->now += STEP;
	sh_graph_advance(w->g, w->now * SH_SEC);
	for (unsigned i = 0; i < w->entities; i++) {
		if (i % 6 != 5)
			sample(w, i);
		for (unsigned k = 0; i % 4 == 0 && k < dice(w, 4); k++)
			take(w, sh_asprintf("{'kind':'log','time':%lld,'host':'h%u','entity':'%s',"
					    "'text':'%s %u'}",
					    (long long)w->now + dice(w, STEP), i % 9, name_of(i),
					    say[dice(w, 3)], dice(w, 99)));
		if (dice(w, 40) == 0)
			take(w, sh_asprintf("{'kind':'event','time':%lld,'host':'h%u','entity':'%s',"
					    "'type':'deploy'}",
					    (long long)w->now, i % 9,
					    dice(w, 2) ? name_of(i) : "file:/etc/x"));
	}
}

static bool same_clues(const struct sh_clues *a, const struct sh_clues *b)
{
	if (a->n != b->n || memcmp(a->family, b->family, sizeof(a->family)) != 0)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct sh_clue *x = &a->clue[i], *y = &b->clue[i];

		if (x->kind != y->kind || strcmp(x->name, y->name) != 0 || x->time != y->time ||
		    memcmp(&x->score, &y->score, sizeof(x->score)) != 0 ||
		    memcmp(&x->before, &y->before, sizeof(x->before)) != 0 ||
		    memcmp(&x->after, &y->after, sizeof(x->after)) != 0 ||
		    memcmp(&x->expected, &y->expected, sizeof(x->expected)) != 0)
			return false;
	}
	return true;
}

static bool same(const struct sh_suspect *a, const struct sh_suspect *b)
{
	const double x[] = { a->score, a->confidence, a->coverage, a->spreads, a->own };
	const double y[] = { b->score, b->confidence, b->coverage, b->spreads, b->own };

	return a->node == b->node && memcmp(x, y, sizeof(x)) == 0 &&
	       a->explained_by == b->explained_by && a->n_affected == b->n_affected &&
	       memcmp(a->affected, b->affected, a->n_affected * sizeof(*a->affected)) == 0 &&
	       same_clues(&a->clues, &b->clues);
}

/* Returns how many suspects there were, or -1 where they differ. */
static int compare(struct world *w, struct sh_inquiry *q)
{
	static const char *const symptoms[] = { "http.latency_p90", "http.errors", "cpu.usage", NULL };
	SH_CLEANUP_FREE char *host = sh_asprintf("h%u", dice(w, 9));
	const struct sh_symptom s = { .entity = sh_span_of(name_of(dice(w, w->entities + 1))),
				      .host = sh_span_of(host),
				      .metric = symptoms[dice(w, 4)],
				      .onset = (w->now - dice(w, 5 * STEP)) * SH_SEC };
	struct sh_suspects fast, plain;
	int n;

	sh_suspects_find(&fast, q, &s, MOST);
	plain_find(&plain, w->g, &w->h, &s, MOST);
	n = fast.n == plain.n ? (int)fast.n : -1;
	for (size_t i = 0; n >= 0 && i < fast.n; i++)
		if (!same(&fast.suspect[i], &plain.suspect[i])) {
			diag("fault %u of world: suspect %zu is %s %.17g, not %s %.17g", w->seed, i,
			     sh_graph_name(w->g, fast.suspect[i].node), fast.suspect[i].score,
			     sh_graph_name(w->g, plain.suspect[i].node), plain.suspect[i].score);
			n = -1;
		}
	sh_suspects_release(&fast);
	sh_suspects_release(&plain);
	return n;
}

/* Faults, with the world going on between them now and then. */
static void test_world(unsigned seed, unsigned edges)
{
	struct world w = { .seed = seed, .now = START, .entities = 4 + seed % ENTITIES };
	struct sh_inquiry *q;
	int found = 0, differ = 0;

	sh_history_init(&w.h);
	w.g = sh_graph_new();
	q = sh_inquiry_new(w.g, &w.h);
	link_some(&w, edges);
	for (int i = 0; i < 12; i++)
		pass_time(&w);
	for (int i = 0; i < 40; i++) {
		int n = compare(&w, q);

		found += n > 0;
		differ += n < 0;
		if (dice(&w, 4) == 0) {
			w.entities++; /* and it may get the number of one that was forgotten */
			pass_time(&w);
		}
		if (dice(&w, 10) == 0)
			link_some(&w, 1);
		if (edges && dice(&w, 5) == 0)
			hear_some(&w);
	}
	OK(found > 10 && !differ && !w.broken, "world %u with %u edges: %d of 40 faults with suspects", seed, edges,
	   found);
	sh_inquiry_free(q);
	sh_history_release(&w.h);
	sh_graph_free(w.g);
	sh_record_release(&w.r);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void test_order(void)
{
	struct world w = { .seed = 1 };
	int wrong = 0;

	for (size_t n = 1; n < 300; n++) {
		double a[300], b[300], off[300], middle;

		for (size_t i = 0; i < n; i++)
			a[i] = b[i] = (double)dice(&w, 1 + (unsigned)n) / 3;
		sh_order(a, n);
		qsort(b, n, sizeof(*b), by_value);
		middle = sh_order_quantile(b, n, 0.5);
		for (size_t i = 0; i < n; i++)
			off[i] = fabs(b[i] - middle);
		qsort(off, n, sizeof(*off), by_value);
		wrong += memcmp(a, b, n * sizeof(*a)) != 0;
		wrong += sh_order_median_off(a, n, middle) - sh_order_quantile(off, n, 0.5) != 0;
	}
	OK(wrong == 0, "numbers in order, and how far they are from the middle");
}

int main(void)
{
	test_order();
	for (unsigned seed = 1; seed <= 40; seed++)
		test_world(seed * 7, seed % 5 == 0 ? 0 : seed * 3);
	return plan_done();
}
