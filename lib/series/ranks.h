/* SPDX-License-Identifier: MIT */
/*
 * ranks - the values of a window in their order, exact while they are few
 *
 * Up to SH_RECENT_POINTS points are kept as they are. More go into blocks of
 * neighbours in time: of its n points a block keeps up to 32 values, each for
 * n/32 of them, at ranks an equal distance apart. When there is no more room the two
 * neighbours that span the least time become one (compaction as of Manku, Rajagopalan
 * and Lindsay 1998, but chosen by time, so that the window can slide). A block at the
 * old edge counts by the part of its time that is in the window.
 * The rank of a quantile is then off by a few hundredths of the points at most; most
 * where values rise or fall through the whole window, for an old block loses all alike.
 */
#ifndef SH_SERIES_RANKS_H
#define SH_SERIES_RANKS_H

#include "series/recent.h"

#define SH_RANKS_BLOCKS 12
#define SH_RANKS_VALUES 32

struct sh_ranks_block; /* ranks.c */

/* All zero is a new one. */
struct sh_ranks {
	struct sh_recent points;      /* empty while there are blocks */
	struct sh_ranks_block *block; /* owned; SH_RANKS_BLOCKS of them, oldest first */
	int64_t since;                /* from here on it was never silent for a whole window */
	size_t n;
};

/* A value that stands for so many. */
struct sh_ranked {
	double value, weight;
};

#define SH_RANKED_MAX (SH_RANKS_BLOCKS * SH_RANKS_VALUES)

void sh_ranks_release(struct sh_ranks *r);
/* As sh_recent_note. */
void sh_ranks_note(struct sh_ranks *r, int64_t window, int64_t time, double value);
/* What is in the window that ends at NOW, in no order; returns how many. */
size_t sh_ranks_take(const struct sh_ranks *r, int64_t window, int64_t now,
		     struct sh_ranked out[SH_RANKED_MAX]);
bool sh_ranks_covers(const struct sh_ranks *r, int64_t window);

/* The value that a part Q of them is below, interpolated between two; reorders A. N above 0. */
double sh_ranked_quantile(struct sh_ranked *a, size_t n, double q);

void sh_ranks_store(const struct sh_ranks *r, int64_t window, struct sh_buf *out);
/* As sh_recent_load. */
int sh_ranks_load(struct sh_ranks *r, int64_t window, struct sh_bytes *in, struct sh_error *err);

#endif
