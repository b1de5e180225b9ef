/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/gathered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SETS 64 /* at a time; a power of two */

void sh_gathered_release(struct sh_gathered_sets *g)
{
	for (size_t i = 0; g->at && i < SETS; i++) {
		free(g->at[i].bound);
		free(g->at[i].left);
	}
	free(g->at);
	g->at = NULL;
}

static void begin(struct sh_gathered *g, const struct sh_pick *pick, const struct sh_gates *gates)
{
	g->set = pick->set;
	g->is_known = false;
	g->bounds = 0;
	for (size_t i = 0; i < pick->n; i++) {
		const struct sh_gate *gate = &gates->slot[pick->found[i]];
		struct sh_gathered_bound b = { -INFINITY, INFINITY, pick->found[i] };

		if (gate->high > -INFINITY)
			b.high = gate->high;
		if (gate->low < INFINITY)
			b.low = gate->low;
		if (b.high < INFINITY || b.low > -INFINITY) {
			sh_grow(g->bound, g->bounds, g->cap);
			g->bound[g->bounds++] = b;
		}
	}
}

struct sh_gathered *sh_gathered_of(struct sh_gathered_sets *g, const struct sh_pick *pick,
				   const struct sh_gates *gates)
{
	struct sh_gathered *of;

	if (!g->at)
		g->at = sh_calloc(SETS, sizeof(*g->at));
	of = &g->at[pick->set & (SETS - 1)];
	if (of->set != pick->set)
		begin(of, pick, gates);
	return of;
}

void sh_gathered_learn(struct sh_gathered *g, const uint64_t *left, size_t words)
{
	if (!g->left)
		g->left = sh_calloc(words + 1, sizeof(*g->left));
	memcpy(g->left, left, words * sizeof(*left));
	g->is_empty = true;
	for (size_t w = 0; w < words; w++)
		g->is_empty = g->is_empty && !left[w];
	g->is_known = true;
}
