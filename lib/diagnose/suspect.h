/* SPDX-License-Identifier: MIT */
/*
 * suspect - which entities a fault may come from, on the graph
 *
 * Every entity has what spreads from it (the more of latency and errors, and its
 * log) and what is its own (resources, recent changes). When the fault shows in one
 * of the two families the other counts a fifth, and so do resources. What spreads is
 * explained by the worst of what an entity needs; what is left is its own:
 *
 *	own = max(0, spreads(e) - max over what e needs) + local(e) + near(e)
 *	coverage = what spreads from all that need e, as a part of all suspects'
 *	score = own (1 + coverage) / 2
 *	confidence = 1 - exp(-score / 0.75)
 *
 * A resource that is used up now and was not (from below 75 to above 90 % of it, as the
 * USE method looks for: Gregg, "Thinking methodically about performance", 2012) counts
 * whatever the symptom, and then all that spreads from e is its own.
 *
 * near is 0.05 for the faulty entity itself, half of it for the next that it needs, a
 * third for the one after: where nothing changed that is known of, it is more likely
 * close by. Groups of which nothing is measured stand for their members.
 *
 * Suspects are all that the faulty entity needs, near and far, and entities without
 * any edge on the hosts of these; where nothing is known of what it needs, all that
 * is on its host. An edge that is missing or wrong makes a rank lower, no more.
 *
 * In a storm each fault costs as many steps as there are entities and edges, once, and
 * one for each suspect near the top and each entity from which anything spreads: what
 * was found for one fault and holds for the next is kept (memo.h, reach.h). Sums are in
 * the order of names, so that a fault is judged the same whatever came before it.
 */
#ifndef SH_DIAGNOSE_SUSPECT_H
#define SH_DIAGNOSE_SUSPECT_H

#include "diagnose/clue.h"
#include "topology/graph.h"

/* What is asked. */
struct sh_symptom {
	struct sh_span entity, host;
	const char *metric; /* that shows it, NULL not known */
	int64_t onset;
};

struct sh_suspect {
	uint32_t node;
	double score, confidence, coverage;
	double spreads, own; /* own: of what spreads, what nothing else explains */
	uint32_t explained_by; /* of what it needs the worst, SH_GRAPH_NONE none */
	struct sh_clues clues; /* owned */
	uint32_t *affected;    /* owned: suspects that need it and changed as well, worst first */
	size_t n_affected;
};

/* Best first, equal ones by name; only those with a score, and few of which nothing else is known. */
struct sh_suspects {
	struct sh_suspect *suspect; /* owned */
	size_t n, cap;
};

/* What is kept from one fault to the next. */
struct sh_inquiry;

/* Both are borrowed; before each search GRAPH has a node for every entity of the history. */
struct sh_inquiry *sh_inquiry_new(const struct sh_graph *g, const struct sh_history *h);
void sh_inquiry_free(struct sh_inquiry *q); /* NULL is fine */

/* At most MOST. OUT is set, and to be released. */
void sh_suspects_find(struct sh_suspects *out, struct sh_inquiry *q, const struct sh_symptom *s,
		      size_t most);
void sh_suspects_release(struct sh_suspects *s);

#endif
