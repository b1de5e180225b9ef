/* SPDX-License-Identifier: MIT */
/*
 * watch - the life of a fault under one rule, entity and dims
 *
 * Pure: truth values and times go in, what to emit comes out (DESIGN 3, life of
 * a fault). Unknown changes nothing. On hit number count the fault opens and the
 * count starts anew; each time it is full again it is ongoing; it resolves after
 * clear_count samples in a row on which the clearing condition holds.
 */
#ifndef SH_DETECT_WATCH_H
#define SH_DETECT_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "expr/expr.h"

struct sh_watch {
	bool open;
	int64_t hits;       /* in a row, since the count last started */
	int64_t clears;     /* in a row, while open */
	int64_t since;      /* time of the first of these hits */
	int64_t until;      /* time of the latest hit */
	int64_t run_since;  /* first hit of the unbroken run, for "for" */
	int64_t first_hit;  /* of the open fault: names it */
	int64_t total_hits; /* of the open fault, or of the run that may open it */
	int64_t emitted;    /* time of the last open or ongoing */
};

struct sh_watch_terms {
	int64_t count, clear_count, for_time, repeat;
};

enum sh_watch_event {
	SH_WATCH_NOTHING,
	SH_WATCH_HIT, /* counted, not yet enough */
	SH_WATCH_OPENED,
	SH_WATCH_ONGOING,
	SH_WATCH_RESOLVED,
};

/* What a sample does: HIT is the rule's truth, CLEARED the clearing condition's. */
enum sh_watch_event sh_watch_step(struct sh_watch *w, const struct sh_watch_terms *terms,
				  enum sh_truth hit, enum sh_truth cleared, int64_t time);
/* After the fault was written: the count starts anew, and a resolved fault is over. */
void sh_watch_emitted(struct sh_watch *w, enum sh_watch_event event, int64_t time);

/* Nothing to remember: as new. */
bool sh_watch_is_idle(const struct sh_watch *w);
json_t *sh_watch_to_json(const struct sh_watch *w);
void sh_watch_from_json(struct sh_watch *w, const json_t *object);

#endif
