/* SPDX-License-Identifier: MIT */
/*
 * wall - from what clocks on the wall show to instants, over changes of the clock
 *
 * A rule says what a clock shows when something is due; it knows no zone. Between
 * two changes of a zone's offset, instants and what is shown go side by side. At a
 * change some of what is shown is left out (a gap, in spring) or comes twice (an
 * overlap, in autumn), and a policy says what then happens. No search walks through
 * the time between two due times, however long that is.
 *
 * Shown times are ns since the epoch as if they were UTC, instants ns since the epoch.
 */
#ifndef SH_SCHEDULE_WALL_H
#define SH_SCHEDULE_WALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"

enum sh_gap {
	SH_GAP_SKIP,      /* what was not shown is not due */
	SH_GAP_AT_CHANGE, /* due once, at the change, however much of it fell into the gap */
	SH_GAP_SHIFTED,   /* due as long after the change as it lies in the gap */
};

enum sh_overlap {
	SH_OVERLAP_FIRST,
	SH_OVERLAP_SECOND,
	SH_OVERLAP_BOTH,
};

struct sh_dst {
	enum sh_gap gap;
	enum sh_overlap overlap;
};

/* "at_change/first"; false when it is none. */
bool sh_dst_parse(struct sh_dst *out, const char *text);
void sh_dst_format(char *out, size_t len, struct sh_dst dst);
#define SH_DST_TEXT 24

/* To be the first member of what implements it. */
struct sh_wall_rule {
	/* The first shown time at LOCAL or later, INT64_MAX when there is none. */
	int64_t (*next)(const struct sh_wall_rule *r, int64_t local);
	void (*free)(struct sh_wall_rule *r);
	/*
	 * It is a rhythm rather than a time of the day: what is shown holds, nothing is made
	 * up for, nothing left out.
	 */
	bool is_rhythm;
};

/* The first instant after T at which R is due; INT64_MAX when there is none. */
int64_t sh_wall_next(const struct sh_wall_rule *r, const struct sh_zone *z, struct sh_dst dst,
		     int64_t t);

#endif
