/* SPDX-License-Identifier: MIT */
/*
 * why - the evidence about one entity, walked step by step to where it leads
 *
 * What the entity shows around the onset; then the worst of what it needs, and what
 * that shows, and so on to one that needs nothing worse; then what else was near and
 * why it is not that. The same evidence and the same weights as the ranking of a
 * diagnosis (suspect.h), shown one entity at a time.
 */
#ifndef SH_DIAGNOSE_WHY_H
#define SH_DIAGNOSE_WHY_H

#include "diagnose/history.h"
#include "diagnose/tell.h"
#include "record/diagnosis.h"
#include "topology/graph.h"

struct sh_why {
	const char *entity;
	const struct sh_graph *graph; /* has a node for each entity of the history */
	const struct sh_history *history;
	const struct sh_diagnosis *diagnosis; /* of its latest fault, NULL: none is known */
	int64_t onset; /* what is before is compared with what is after */
};

/* Returns whether the entity or anything that it needs shows something. */
bool sh_why(const struct sh_why *w, const struct sh_tell *t);

#endif
