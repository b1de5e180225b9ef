/* SPDX-License-Identifier: MIT */
/*
 * diagnoser - faults in, diagnoses out
 *
 * merged_result is the first seed's: the highest confidence, the first in file
 * order on a tie, unknown at 0.0 when no rule has an opinion. ranking merges the
 * opinions with what the graph and the past of metrics, logs and events show
 * (ranking.h).
 */
#ifndef SH_DIAGNOSE_DIAGNOSER_H
#define SH_DIAGNOSE_DIAGNOSER_H

#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "topology/graph.h"
#include "diagnose/history.h"
#include "diagnose/impact.h"
#include "diagnose/lessons.h"
#include "diagnose/look.h"
#include "diagnose/opinion.h"
#include "diagnose/standing.h"
#include "diagnose/suspect.h"
#include "record/diagnosis.h"
#include "record/record.h"

struct sh_diagnoser {
	const struct sh_opinions *opinions; /* borrowed */
	const struct sh_config *config;     /* borrowed; playbooks by cause */
	const struct sh_history *history;   /* borrowed; NULL, both: rules alone */
	const struct sh_graph *graph;       /* borrowed; has a node for each entity of the history */
	const struct sh_lessons *lessons;   /* borrowed; NULL: nobody repaired before */
	struct sh_standing *standing;	    /* borrowed; NULL: a fault began when its record says */
	struct sh_impact *impact;	    /* owned; made at the first fault */
	struct sh_inquiry *inquiry;	    /* owned; made at the first fault */
	/* What has a fault just now, for candidate.h; may be NULL. */
	const char *(*next_faulty)(const void *faulty, size_t *i);
	const void *faulty; /* borrowed */
	struct sh_look *look; /* borrowed; NULL: nothing is looked at */
	struct sh_arena arena;
	/* A rule that failed on a fault; may be NULL. */
	void (*broken)(void *arg, const struct sh_opinion *o, const struct sh_fault *f,
		       const char *error);
	void *arg;
};

/*
 * Diagnose one fault, given as the whole record (which it keeps). *OUT is filled
 * and must be released. SH_ERRC_INPUT when the record is no whole fault.
 */
int sh_diagnose(struct sh_diagnoser *d, json_t *fault, struct sh_diagnosis *out,
		struct sh_error *err);
void sh_diagnoser_release(struct sh_diagnoser *d);

#endif
