/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/gates.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void sh_gates_init(struct sh_gates *g, size_t slots, size_t words)
{
	g->words = words;
	g->slot = sh_calloc(slots + 1, sizeof(*g->slot));
	g->sets = sh_calloc(2 * slots * words + 1, sizeof(*g->sets));
	for (size_t i = 0; i < slots; i++)
		g->slot[i] = (struct sh_gate){ .high = -INFINITY, .low = INFINITY,
					       .is_high = g->sets + 2 * i * words,
					       .is_low = g->sets + (2 * i + 1) * words };
}

void sh_gates_release(struct sh_gates *g)
{
	free(g->slot);
	free(g->sets);
}

static bool is_empty(const uint64_t *set, size_t words)
{
	for (size_t w = 0; w < words; w++)
		if (set[w])
			return false;
	return true;
}

void sh_gates_add(struct sh_gates *g, size_t rule, const struct sh_quick_gate *gate)
{
	struct sh_gate *at = &g->slot[gate->slot];
	uint64_t *set = gate->high < INFINITY ? at->is_high : at->is_low;

	if (gate->high < INFINITY)
		at->high = is_empty(set, g->words) ? gate->high : fmin(at->high, gate->high);
	else
		at->low = is_empty(set, g->words) ? gate->low : fmax(at->low, gate->low);
	set[rule / 64] |= UINT64_C(1) << (rule % 64);
}
