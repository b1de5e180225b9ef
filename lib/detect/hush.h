/* SPDX-License-Identifier: MIT */
/*
 * hush - why nobody is to act on a fault, although it is written
 *
 * By a silence or a maintenance window of the configuration or of the ledger, by a
 * fault of something it depends on, or by one that inhibits it. Everything is
 * judged by record times and by faults that are open, so that a restart or a
 * replay comes to the same answer.
 */
#ifndef SH_DETECT_HUSH_H
#define SH_DETECT_HUSH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/silence.h"
#include "config/site.h"
#include "detect/sources.h"
#include "topology/graph.h"

struct sh_hush {
	struct sh_silences fixed; /* of the configuration */
	struct sh_silences made;  /* by operators */
	/* Read those anew into MADE, which is empty; may be NULL. */
	void (*read)(void *arg, struct sh_silences *made);
	void *arg;
	struct sh_sources sources;
	struct sh_graph *graph; /* owned */
	const struct sh_site *site; /* borrowed, NULL none: the groups of silences */
	int64_t read_at;          /* time of the record for which that was done last */
	bool was_read;
};

void sh_hush_init(struct sh_hush *h, const struct sh_rules *rules, const struct sh_site *site);
void sh_hush_release(struct sh_hush *h);
/*
 * What holds for the fault in PICTURE, of RULE, at NOW: the member "suppressed", a new
 * reference, and *UNTIL, when that is to be asked again at the latest. NULL: nothing.
 */
json_t *sh_hush_ask(struct sh_hush *h, const struct sh_rule *rule, const json_t *picture, int64_t now, int64_t *until);

#endif
