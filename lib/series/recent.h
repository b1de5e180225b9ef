/* SPDX-License-Identifier: MIT */
/*
 * recent - what was measured within a window, exact while it is little
 *
 * Up to SH_RECENT_POINTS points are kept as they are. When a window holds more,
 * they become cells: each tallies the points of a sixtieth of the window, and a
 * cell counts while its newest point is in the window. So what is said about many
 * points is exact for a window that is up to a sixtieth longer at its old edge;
 * points further apart than that have a cell each. Once nothing was measured for
 * a whole window, it starts again with points.
 *
 * A window has both ends: the points with now - window <= time <= now.
 *
 * What is tallied is said by a struct sh_tally. A tally is made strictly in the
 * order of time, so the same points give the same bits. Noting and asking cost the
 * same however many points a window has, but for up to 128 of them each ask.
 */
#ifndef SH_SERIES_RECENT_H
#define SH_SERIES_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "series/bytes.h"

#define SH_RECENT_POINTS 128
#define SH_RECENT_CELLS 60 /* a window */
#define SH_CELL_PARTS 4

struct sh_point {
	int64_t time; /* ns */
	double value; /* finite */
};

/* Points in a row. */
struct sh_cell {
	int64_t first, last; /* times */
	uint64_t n;
	double is[SH_CELL_PARTS]; /* a kept cell has only the parts of its tally */
};

struct sh_tally {
	size_t parts;
	/* Add N > 0 points to C, whose members but is[] are still as without them; C->first is right. */
	void (*add)(struct sh_cell *c, const struct sh_point *p, size_t n);
	/* Add the points of LATER to C; both have some. */
	void (*merge)(struct sh_cell *c, const struct sh_cell *later);
};

/* All zero is a new one. */
struct sh_recent {
	int64_t since; /* from here on it was never silent for a whole window */
	void *slot;    /* owned ring of points or cells; cap of them, a power of 2, and behind cells their sum */
	uint8_t first, n, cap;
	bool has_cells;
};

/* What is before the beginning of a window that ends at NOW is before this. */
int64_t sh_recent_start(int64_t now, int64_t window);

void sh_recent_release(struct sh_recent *r);
/* TIME is after the last, VALUE finite, WINDOW above 0 and always the same. */
void sh_recent_note(struct sh_recent *r, const struct sh_tally *tally, int64_t window, int64_t time,
		    double value);
/* Whether that needs cells: as many points as are kept are in the window that ends at TIME. */
bool sh_recent_is_full(const struct sh_recent *r, int64_t window, int64_t time);
/* While there are no cells: point I, from the oldest, below R->n. */
const struct sh_point *sh_recent_point(const struct sh_recent *r, size_t i);
/* Tally what is in the window that ends at NOW; ALL->n is 0 where nothing is. */
void sh_recent_tally(const struct sh_recent *r, const struct sh_tally *tally, int64_t window,
		     int64_t now, struct sh_cell *all);
/* Whether the measurements of the last WINDOW up to the newest are known. */
bool sh_recent_covers(const struct sh_recent *r, const struct sh_tally *tally, int64_t window);

void sh_recent_store(const struct sh_recent *r, const struct sh_tally *tally, int64_t window,
		     struct sh_buf *out);
/* Into a new one. Returns -1 with SH_ERRC_STATE, and R as new, for what is damaged, newer or of another window. */
int sh_recent_load(struct sh_recent *r, const struct sh_tally *tally, int64_t window,
		   struct sh_bytes *in, struct sh_error *err);

#endif
