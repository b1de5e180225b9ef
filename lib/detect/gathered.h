/* SPDX-License-Identifier: MIT */
/*
 * gathered - the rules that are left for a set of metrics that came before
 *
 * Which rules a record concerns, and which of them lack something, is the same
 * for all records that have the same metrics; and while every value is within what
 * no rule objects to, so are those that the gates leave. That is found once for
 * each set, and then only the values are looked at.
 */
#ifndef SH_DETECT_GATHERED_H
#define SH_DETECT_GATHERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/gates.h"
#include "record/pick.h"

/* Both included. A value that is absent is not within. */
struct sh_gathered_bound {
	double low, high;
	uint32_t slot;
};

struct sh_gathered {
	uint64_t set;                    /* see pick.h; 0: free */
	struct sh_gathered_bound *bound; /* owned */
	size_t bounds, cap;
	uint64_t *left;                  /* owned bitmap of rules */
	bool is_known;                   /* what is left */
	bool is_empty;                   /* nothing is */
};

struct sh_gathered_sets {
	struct sh_gathered *at; /* owned; NULL while none came */
};

void sh_gathered_release(struct sh_gathered_sets *g);
/* For the set that PICK found, which it must know; it may be new, with nothing known. */
struct sh_gathered *sh_gathered_of(struct sh_gathered_sets *g, const struct sh_pick *pick,
				   const struct sh_gates *gates);
/* LEFT is left where all values are within their bounds. */
void sh_gathered_learn(struct sh_gathered *g, const uint64_t *left, size_t words);

static inline bool sh_gathered_is_within(const struct sh_gathered *g, const struct sh_pick *pick)
{
	bool within = true;

	for (size_t i = 0; i < g->bounds; i++) {
		double v = pick->value[g->bound[i].slot];

		within &= v >= g->bound[i].low && v <= g->bound[i].high;
	}
	return within;
}

#endif
