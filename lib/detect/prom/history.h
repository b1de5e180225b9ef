/* SPDX-License-Identifier: MIT */
/*
 * history - the points of those series that some selector looks at
 *
 * Only what a selector matches is kept, and of it only what it may still look
 * back at. Series and points are limited; what is lost to a limit is counted.
 * Times of one series rise strictly.
 */
#ifndef SH_DETECT_PROM_HISTORY_H
#define SH_DETECT_PROM_HISTORY_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "detect/prom/labels.h"
#include "series/bytes.h"

#define SH_PROM_LOOKBACK (INT64_C(300) * 1000000000) /* a plain selector sees the last 5 minutes */

struct sh_prom_point {
	int64_t time;
	double value;
};

struct sh_prom_series {
	struct sh_prom_labels *labels; /* owned; with the metric's name */
	const char *origin;            /* the entity it is measured on; borrowed from the store */
	int64_t reach;                 /* how far back somebody looks */
	struct sh_prom_point *point;   /* owned; [first, n) are kept, oldest first */
	size_t first, n, cap;
};

/* One selector of one rule. */
struct sh_prom_watch {
	const struct sh_prom_ast *selector; /* borrowed */
	int64_t reach;
	struct sh_prom_series **series; /* what it matches, in the order they were first seen */
	size_t n, cap;
};

struct sh_prom_store {
	struct sh_prom_watch **watch; /* owned */
	size_t watches, watch_cap;
	struct sh_map series; /* key of labels -> struct sh_prom_series */
	struct sh_map name;   /* metric -> which watches may want it */
	struct sh_map origin; /* entities, once each */
	struct sh_arena arena;
	struct sh_buf key;
	int64_t floor;        /* no evaluation will be at an earlier time */
	size_t points;        /* in all */
	size_t max_series, max_points;
	/* What was not kept, and why. */
	uint64_t lost_series, lost_points, late_points;
};

void sh_prom_store_init(struct sh_prom_store *s);
void sh_prom_store_release(struct sh_prom_store *s);
/* Before the first measurement. Borrowed result, which lives as long as the store. */
struct sh_prom_watch *sh_prom_store_watch(struct sh_prom_store *s,
					  const struct sh_prom_ast *selector, int64_t reach);
/* Whether any selector may want a metric of this name. */
bool sh_prom_store_wants(struct sh_prom_store *s, const char *metric);
/* A measurement. LABELS are without the metric's name. */
void sh_prom_store_note(struct sh_prom_store *s, const char *metric,
			const struct sh_prom_labels *labels, const char *origin, int64_t time,
			double value);
/* Time came this far: forget points and whole series that nobody can see any more. */
void sh_prom_store_forget(struct sh_prom_store *s, int64_t floor);

/* The last point not after TIME and not older than the lookback; NULL none, or it was said to have ended. */
const struct sh_prom_point *sh_prom_series_at(const struct sh_prom_series *s, int64_t time);
/* The points from START to END, both included: their number, and the first in *OUT. */
size_t sh_prom_series_within(const struct sh_prom_series *s, int64_t start, int64_t end,
			     const struct sh_prom_point **out);

/* What says that a series ended here: one NaN of its own, as Prometheus has it. */
double sh_prom_stale(void);
bool sh_prom_is_stale(double v);

void sh_prom_store_save(const struct sh_prom_store *s, struct sh_buf *out);
/* Into a store whose selectors are all watched. -1 with SH_ERRC_STATE; it is then empty. */
int sh_prom_store_load(struct sh_prom_store *s, struct sh_bytes *in, struct sh_error *err);

#endif
