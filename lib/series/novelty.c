/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/novelty.h"

#include <math.h>
#include <string.h>

#define MARGIN .25 /* of the new span, beyond a number that widens it */
#define LARGEST 1e100

/* Spans so small that their inverse is no number have few bins of any use. */
static double scale_of(double lo, double hi)
{
	return hi > lo ? fmin(SH_NOVELTY_BINS / (hi - lo), 1e300) : 0;
}

static unsigned bin_of(const struct sh_novelty *n, double v)
{
	double b = (v - n->lo) * n->scale;

	return b < 0 ? 0 : b < SH_NOVELTY_BINS - 1 ? (unsigned)b : SH_NOVELTY_BINS - 1;
}

static void mark(uint64_t *map, unsigned bin)
{
	map[bin >> 6] |= UINT64_C(1) << (bin & 63);
}

void sh_novelty_start(struct sh_novelty *n, double v)
{
	memset(n, 0, sizeof(*n));
	n->lo = n->hi = v;
	mark(n->now, 0);
}

/* Bins from BIN, itself not visited, to the nearest that was. */
static unsigned distance(const struct sh_novelty *n, unsigned bin)
{
	unsigned word = bin >> 6, up = SH_NOVELTY_BINS, down = SH_NOVELTY_BINS;
	uint64_t above = UINT64_MAX << (bin & 63), bits;

	for (unsigned w = word; w < SH_NOVELTY_WORDS; w++, above = UINT64_MAX)
		if ((bits = (n->now[w] | n->before[w]) & above)) {
			up = w * 64 + (unsigned)__builtin_ctzll(bits) - bin;
			break;
		}
	above = UINT64_MAX << (bin & 63);
	for (unsigned w = word + 1; w-- > 0; above = 0)
		if ((bits = (n->now[w] | n->before[w]) & ~above)) {
			down = bin - (w * 64 + 63 - (unsigned)__builtin_clzll(bits));
			break;
		}
	return up < down ? up : down;
}

/* The bits of MAP, as it was for LO and WIDTH, for the range of N. */
static void rebin(const struct sh_novelty *n, uint64_t *map, double lo, double width)
{
	uint64_t old[SH_NOVELTY_WORDS];

	memcpy(old, map, sizeof(old));
	memset(map, 0, sizeof(old));
	for (unsigned w = 0; w < SH_NOVELTY_WORDS; w++)
		for (; old[w]; old[w] &= old[w] - 1) {
			unsigned bin = w * 64 + (unsigned)__builtin_ctzll(old[w]);

			mark(map, bin_of(n, lo + ((double)bin + .5) * width));
		}
}

static double widen(struct sh_novelty *n, double v)
{
	double lo = n->lo, hi = n->hi, far = v > hi ? v - hi : lo - v;

	if (v > hi)
		n->hi = v + MARGIN * (v - lo);
	else
		n->lo = v - MARGIN * (hi - v);
	n->scale = scale_of(n->lo, n->hi);
	rebin(n, n->now, lo, (hi - lo) / SH_NOVELTY_BINS);
	rebin(n, n->before, lo, (hi - lo) / SH_NOVELTY_BINS);
	mark(n->now, bin_of(n, v));
	return far;
}

double sh_novelty_note(struct sh_novelty *n, double v)
{
	unsigned bin;
	double far = 0;
	uint64_t bit;

	if (v < n->lo || v > n->hi)
		return widen(n, v);
	bin = bin_of(n, v);
	bit = UINT64_C(1) << (bin & 63);
	if (!((n->now[bin >> 6] | n->before[bin >> 6]) & bit))
		far = distance(n, bin) * (n->hi - n->lo) / SH_NOVELTY_BINS;
	n->now[bin >> 6] |= bit;
	return far;
}

void sh_novelty_turn(struct sh_novelty *n)
{
	memcpy(n->before, n->now, sizeof(n->before));
	memset(n->now, 0, sizeof(n->now));
}

void sh_novelty_store(const struct sh_novelty *n, struct sh_buf *out)
{
	sh_bytes_put_double(out, n->lo);
	sh_bytes_put_double(out, n->hi);
	for (size_t w = 0; w < SH_NOVELTY_WORDS; w++) {
		sh_bytes_put(out, n->now[w], 8);
		sh_bytes_put(out, n->before[w], 8);
	}
}

bool sh_novelty_load(struct sh_novelty *n, struct sh_bytes *in)
{
	if (!sh_bytes_take_double(in, &n->lo) || !sh_bytes_take_double(in, &n->hi))
		return false;
	for (size_t w = 0; w < SH_NOVELTY_WORDS; w++)
		if (!sh_bytes_take(in, 8, &n->now[w]) || !sh_bytes_take(in, 8, &n->before[w]))
			return false;
	n->scale = scale_of(n->lo, n->hi);
	return n->lo <= n->hi && fabs(n->lo) < LARGEST && fabs(n->hi) < LARGEST;
}
