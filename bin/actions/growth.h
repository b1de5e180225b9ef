/* SPDX-License-Identifier: MIT */
/*
 * growth - what was measured of things that fill, and when they will be full
 *
 * A file of JSON, {"THING": {"is": "...", "points": [[seconds, percent], ...]}, ...}:
 * a point each time it is looked at, so that a run which takes a moment can say what
 * only days show. The forecast is that of the rules' time_to (series/time_to.c), over
 * all points that are kept.
 */
#ifndef SH_ACTIONS_GROWTH_H
#define SH_ACTIONS_GROWTH_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

#define SH_GROWTH_POINTS 400 /* the newest that are kept of a thing */

struct sh_growth {
	char *path;    /* owned */
	json_t *known; /* as it was read; owned */
	json_t *seen;  /* what was noted this time, which is what will be kept; owned */
};

/* A missing file is an empty one, and so is one that is none of ours. */
int sh_growth_open(struct sh_growth *g, const char *path, struct sh_error *err);
void sh_growth_release(struct sh_growth *g);
/*
 * Note PERCENT of THING at NOW. IS tells one thing from another under the same name: its
 * points are forgotten when that changes. A point from the future is forgotten.
 */
void sh_growth_note(struct sh_growth *g, const char *thing, const char *is, int64_t now, double percent);
/*
 * Seconds until THING reaches 100 % if it goes on as over the last WINDOW; INFINITY where
 * it does not grow. 1 and *SECONDS, or 0 and a constant *WHY that nobody knows: half of the
 * window has to have been seen.
 */
int sh_growth_full_in(const struct sh_growth *g, const char *thing, int64_t window, int64_t now,
		      double *seconds, const char **why);
/* On disk when it returns 0. What was not noted this time is gone. */
int sh_growth_save(const struct sh_growth *g, struct sh_error *err);

#endif
