/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/quick.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "expr/quick_op.h"

/* Of the comparisons of a program so many are tried. */
#define MAX_TRIED 16

static bool is_comparison(const struct sh_op *o)
{
	return o->code == SH_OP_LESS || o->code == SH_OP_AT_MOST;
}

static bool is_same(const struct sh_op *a, const struct sh_op *b)
{
	return a->code == b->code && a->slot == b->slot && !(a->c < b->c) && !(a->c > b->c);
}

/* What is taken for known of a program's tests. */
struct given {
	const struct sh_op *test; /* a comparison, and its answer; NULL none */
	unsigned answer;
	size_t absent;            /* a slot with nothing in it; SIZE_MAX none */
};

/* PUNT: it may have any answer. */
static unsigned answer_of(const struct sh_op *o, const struct given *g)
{
	if (g->test && is_comparison(o) && is_same(o, g->test))
		return g->answer;
	if (o->code <= SH_OP_HAS && o->slot == g->absent)
		return o->code == SH_OP_HAS ? SH_QUICK_FALSE : SH_QUICK_UNKNOWN;
	return SH_QUICK_PUNT;
}

static void reach(bool *reached, const struct sh_op *o, const struct given *g)
{
	unsigned answer = answer_of(o, g);

	if (answer != SH_QUICK_PUNT) {
		reached[o->to[answer]] = true;
		return;
	}
	reached[o->to[SH_QUICK_TRUE]] = true;
	if (o->code >= SH_OP_PUSH) { /* goes on in one way, or is an error */
		reached[SH_QUICK_PUNT] |= o->code != SH_OP_PUSH;
		return;
	}
	reached[o->to[SH_QUICK_FALSE]] = true;
	reached[o->to[SH_QUICK_UNKNOWN]] = true;
}

/* Note in REACHED every place and answer that a program may come to. */
static void follow(const struct sh_quick *q, const struct given *g, bool *reached)
{
	for (unsigned at = 0; at < q->entry; at++)
		reached[at] = false;
	reached[q->entry] = true;
	/* A program is written from its end: every way leads to a lower place. */
	for (unsigned at = q->entry; at >= SH_QUICK_ANSWERS; at--)
		if (reached[at])
			reach(reached, &q->op[at - SH_QUICK_ANSWERS], g);
}

/* Whether every way through the program ends in false once the test GIVEN has ANSWER. */
static bool is_decided(const struct sh_quick *q, const struct sh_op *given, unsigned answer,
		       bool *reached)
{
	follow(q, &(struct given){ given, answer, SIZE_MAX }, reached);
	return !reached[SH_QUICK_TRUE] && !reached[SH_QUICK_UNKNOWN] && !reached[SH_QUICK_PUNT];
}

/* The values for which the comparison has ANSWER. */
static struct sh_quick_gate values_of(const struct sh_op *o, unsigned answer)
{
	struct sh_quick_gate g = { o->slot, -INFINITY, INFINITY };

	if (answer == SH_QUICK_TRUE)
		g.high = o->code == SH_OP_LESS ? nextafter(o->c, -INFINITY) : o->c;
	else
		g.low = o->code == SH_OP_LESS ? o->c : nextafter(o->c, INFINITY);
	return g;
}

bool sh_quick_gate(const struct sh_quick *q, size_t slots, struct sh_quick_gate *out)
{
	bool *reached = sh_calloc((size_t)q->entry + 1, sizeof(*reached)), found = false;
	unsigned tried = 0;

	for (unsigned at = q->entry; at >= SH_QUICK_ANSWERS && !found; at--) {
		const struct sh_op *o = &q->op[at - SH_QUICK_ANSWERS];

		if (!is_comparison(o) || o->slot >= slots || ++tried > MAX_TRIED)
			continue;
		for (unsigned answer = SH_QUICK_FALSE; answer <= SH_QUICK_TRUE && !found; answer++) {
			found = is_decided(q, o, answer, reached);
			if (found)
				*out = values_of(o, answer);
		}
	}
	free(reached);
	return found;
}

bool sh_quick_needs(const struct sh_quick *q, size_t slot)
{
	bool *reached = sh_calloc((size_t)q->entry + SH_QUICK_ANSWERS, sizeof(*reached)), needs;

	follow(q, &(struct given){ .absent = slot }, reached);
	needs = !reached[SH_QUICK_TRUE] && !reached[SH_QUICK_PUNT];
	free(reached);
	return needs;
}
