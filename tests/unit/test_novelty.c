/* SPDX-License-Identifier: MIT */
/* How new a number is, against a search over all bins, and how rare, against the law the tail is
 * drawn from. */
#include "config.h"

#include "series/novelty.h"
#include "series/tail.h"

#include <math.h>
#include <string.h>

#include "stream.h"
#include "tap.h"

static bool is_set(const struct sh_novelty *n, int bin)
{
	return (n->now[bin / 64] | n->before[bin / 64]) >> bin % 64 & 1;
}

static double naive(const struct sh_novelty *n, double v)
{
	double width = (n->hi - n->lo) / SH_NOVELTY_BINS;
	int bin, far = SH_NOVELTY_BINS;

	if (v > n->hi || v < n->lo)
		return v > n->hi ? v - n->hi : n->lo - v;
	bin = (int)fmin((v - n->lo) * n->scale, SH_NOVELTY_BINS - 1);
	for (int i = 0; i < SH_NOVELTY_BINS; i++)
		if (is_set(n, i) && abs(i - bin) < far)
			far = abs(i - bin);
	return far * width;
}

static void test_novelty(void)
{
	struct sh_novelty n;
	uint64_t seed = 17;
	size_t differ = 0, new = 0;
	double lo = 0, hi = 0;

	sh_novelty_start(&n, 0);
	for (int i = 0; i < 20000; i++) {
		double v = pow(fraction(&seed), 8) * (i % 2 ? 100 : -30), expected;

		if (i % 501 == 0)
			v *= 10;
		lo = fmin(lo, v);
		hi = fmax(hi, v);
		expected = naive(&n, v);
		new += expected > 0;
		differ += fabs(sh_novelty_note(&n, v) - expected) > 1e-9 * fabs(v);
		differ += naive(&n, v) != 0;
		if (i % 300 == 0)
			sh_novelty_turn(&n);
	}
	OK(differ == 0 && new > 500,
	   "distances are those of a search over all bins: %zu of %zu differ", differ, new);
	OK(n.lo <= lo && n.hi >= hi && n.hi - n.lo < 2 * (hi - lo),
	   "the range covers what was seen: %g to %g", n.lo, n.hi);
	sh_novelty_turn(&n);
	sh_novelty_turn(&n);
	for (int w = 0; w < SH_NOVELTY_WORDS; w++)
		differ += n.now[w] | n.before[w];
	OK(differ == 0, "what was not seen for two turns is forgotten");
}

/* Exponential numbers: the rarity of D is D / ln 10 whatever their unit. */
static void test_tail(double unit)
{
	float top[20] = { 0 }, floor = 0;
	uint64_t seed = 23;
	double rarity, truth;

	for (int i = 0; i < 5000; i++) {
		float d = (float)(-unit * log(1 - fraction(&seed)));

		if (d > floor)
			floor = sh_tail_keep(top, 20, d);
	}
	rarity = (double)sh_tail_rarity(top, 20, floor, 5000, (float)(15 * unit), false);
	truth = 15 / M_LN10;
	OK(fabs(rarity / truth - 1) < .35, "unit %g: rarity %g, in truth %g", unit, rarity, truth);
	OK(sh_tail_rarity(top, 20, floor, 5000, floor, true) == 0 &&
		   sh_tail_rarity(top, 20, floor, SH_TAIL_MIN - 1, floor * 9, true) == 0,
	   "not above the floor, or of too few, nothing is rare");
	OK(sh_tail_rarity(top, 20, floor, UINT32_MAX, 3e38f, false) == SH_TAIL_MAX,
	   "the answer is bounded");
}

int main(void)
{
	test_novelty();
	test_tail(1);
	test_tail(1e-20);
	test_tail(1e20);
	return plan_done();
}
