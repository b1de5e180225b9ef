/* SPDX-License-Identifier: MIT */
/*
 * clue - what speaks for an entity having to do with a fault
 *
 * From its history around the onset: metrics that moved (change.h); log templates
 * that appeared, vanished or surged, against how much more or less the entity logs
 * at all; and what was changed shortly before (a deploy, a package, a file). Scores
 * are in units of log change, so that they can be compared and added.
 */
#ifndef SH_DIAGNOSE_CLUE_H
#define SH_DIAGNOSE_CLUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose/change.h"
#include "diagnose/family.h"
#include "diagnose/history.h"

enum sh_clue_kind {
	SH_CLUE_METRIC,
	SH_CLUE_LOG,
	SH_CLUE_EVENT,
};

struct sh_clue {
	enum sh_clue_kind kind;
	double score;	       /* above 0 */
	const char *name;      /* metric, template's text or event's type; the history's */
	enum sh_family family; /* of a metric */
	double before, after;  /* medians; lines; a time's worth of an event is in time */
	double exceedance;     /* of a metric */
	double expected;       /* of a log: lines after, had nothing changed */
	int64_t time;	       /* of an event */
	const char *text;      /* of an event; the history's */
};

/* All of one entity; the clues best first, equal ones by name. */
struct sh_clues {
	struct sh_clue *clue; /* owned */
	size_t n, cap;
	double family[SH_FAMILIES]; /* the most of each */
	double exhausted; /* the most of a resource that is used up now, and was not */
	double log, event;
	/* For every onset after FROM and up to UNTIL metrics and logs say just this (the
	 * latter given the same log_ratio). */
	int64_t from, until;
};

/* When, and what is the same for all entities. */
struct sh_moment {
	int64_t onset;
	int64_t guard;	  /* so long before the onset counts for neither side: faults are seen late */
	double log_ratio; /* of the time with lines after to that before; 0: on one side are none */
};

#define SH_CLUE_WORTH 0.05 /* a clue of less is not told */
#define SH_CLUE_GUARD (INT64_C(120) * 1000000000)

/* The moment of an onset. */
struct sh_moment sh_clue_moment(const struct sh_history *h, int64_t onset);
/* What its metrics and its log say. OUT is set, and to be released. */
void sh_clues_measure(struct sh_clues *out, const struct sh_history *h,
		      const struct sh_past_entity *e, const struct sh_moment *when);
/*
 * The entity that an event speaks for at an onset: what is not measured itself (a file,
 * a package) concerns its host. NULL none, or it says nothing then; else *CLUE is set.
 */
const struct sh_past_entity *sh_clue_of_event(const struct sh_history *h,
					      const struct sh_past_event *event, int64_t onset,
					      struct sh_clue *clue);
/* One more; after the last of them they are put in order. */
void sh_clues_add(struct sh_clues *out, struct sh_clue clue);
void sh_clues_order(struct sh_clues *c);
void sh_clues_release(struct sh_clues *c);

/* How one metric moved; false when there are too few points. */
bool sh_clue_change(const struct sh_track *t, const struct sh_moment *when, struct sh_change *out);

#endif
