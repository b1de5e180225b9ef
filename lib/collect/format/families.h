/* SPDX-License-Identifier: MIT */
/*
 * families - what OpenMetrics demands of lines for each other's sake
 *
 * A family is its TYPE, UNIT and HELP, then its samples, all together and once:
 * suffixes by type, groups in one piece, times that do not go back, buckets that
 * grow and agree with their count (OpenMetrics 1.0, sections 4 and 5).
 */
#ifndef SH_COLLECT_FORMAT_FAMILIES_H
#define SH_COLLECT_FORMAT_FAMILIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "collect/format/exposition.h"

/* Of a group of a histogram: one set of labels at one time. */
struct sh_histogram {
	bool open, buckets, counts, sums, gsums;
	bool negative_buckets, negative_gsum;
	double bucket, value, count;
};

struct sh_families {
	bool any, sampled;          /* a family is open; it has samples */
	struct sh_buf name, unit;   /* of the open family; owned */
	int type;                   /* index of the table of types, -1 unknown yet */
	bool has_type, has_help, has_unit;
	struct sh_map names;        /* taken by the families so far */
	struct sh_map groups;       /* of the open family */
	struct sh_map series;       /* of the group at hand, when it has more than one sample */
	struct sh_buf group, id, first, key; /* owned; key is scratch */
	bool grouped, timed;        /* there is a group; its last sample had a timestamp */
	int64_t time;
	double seconds;
	struct sh_histogram histogram;
	bool eof;
	const char *why;            /* the first thing wrong, a constant string; cleared by the caller */
};

void sh_families_init(struct sh_families *f);
void sh_families_release(struct sh_families *f);
/*
 * The next line. False: it breaks a rule, and why says which. *KEEP tells whether
 * a sample counts: one that repeats another at the same time does not.
 */
bool sh_families_take(struct sh_families *f, const struct sh_expo_line *l, bool *keep);
/* After the last line. */
bool sh_families_end(struct sh_families *f);

#endif
