/* SPDX-License-Identifier: MIT */
/*
 * novelty - was a number ever near one that was seen?
 *
 * The range that was seen is cut into bins; a map of bits says which were
 * visited. There are two maps, of this time and of the time before, so that what
 * has long not been seen is forgotten. A number outside the range widens it.
 */
#ifndef SH_SERIES_NOVELTY_H
#define SH_SERIES_NOVELTY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "series/bytes.h"

#define SH_NOVELTY_BINS 256
#define SH_NOVELTY_WORDS (SH_NOVELTY_BINS / 64)

struct sh_novelty {
	double lo, hi;
	double scale; /* bins per unit; follows from lo and hi */
	uint64_t now[SH_NOVELTY_WORDS], before[SH_NOVELTY_WORDS];
};

/* The first number. */
void sh_novelty_start(struct sh_novelty *n, double v);
/* Learn V. Returns how far it is from all that was seen, 0 where it is known; |V| below 1e100. */
double sh_novelty_note(struct sh_novelty *n, double v);
/* The map of now becomes the one of before, which is forgotten. */
void sh_novelty_turn(struct sh_novelty *n);

void sh_novelty_store(const struct sh_novelty *n, struct sh_buf *out);
/* False where the bytes are damaged. */
bool sh_novelty_load(struct sh_novelty *n, struct sh_bytes *in);

#endif
