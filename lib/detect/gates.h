/* SPDX-License-Identifier: MIT */
/*
 * gates - rules of which one value says that they are false
 *
 * Most values are within what no rule objects to. Of all rules that are false up
 * to some value of a slot, the smallest such value is the gate of them all: below
 * it none of them needs a look. Likewise from below.
 */
#ifndef SH_DETECT_GATES_H
#define SH_DETECT_GATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/quick.h"

struct sh_gate {
	double high, low;  /* the value is at most HIGH, at least LOW; what no value is where there are none */
	uint64_t *is_high; /* bitmaps of the rules that are false then; in the memory of struct sh_gates */
	uint64_t *is_low;
};

struct sh_gates {
	struct sh_gate *slot; /* owned */
	uint64_t *sets;       /* owned */
	size_t words;         /* of a bitmap */
};

void sh_gates_init(struct sh_gates *g, size_t slots, size_t words);
void sh_gates_release(struct sh_gates *g);
void sh_gates_add(struct sh_gates *g, size_t rule, const struct sh_quick_gate *gate);

/* Add to QUIET the rules that are false because SLOT is V. */
static inline void sh_gates_pass(const struct sh_gates *g, size_t slot, double v, uint64_t *quiet)
{
	const struct sh_gate *at = &g->slot[slot];

	if (v <= at->high)
		for (size_t w = 0; w < g->words; w++)
			quiet[w] |= at->is_high[w];
	if (v >= at->low)
		for (size_t w = 0; w < g->words; w++)
			quiet[w] |= at->is_low[w];
}

#endif
