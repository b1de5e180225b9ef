/* SPDX-License-Identifier: MIT */
/*
 * ranking - what rules say and what the graph and the past of metrics, logs and
 * events show, as one list of causes
 *
 * Evidence is taken as independent and merged by noisy-or, 1 - product(1 -
 * confidence), never above 0.99 (Pearl 1988, section 4.3.2): opinions of several rules
 * on one cause; and a suspect with the best opinion that is about the same entity.
 *
 * A suspect that no opinion is about, with a fault of its own of which the cause is known,
 * has that cause. It makes nothing surer: both are seen in the same clues.
 */
#ifndef SH_DIAGNOSE_RANKING_H
#define SH_DIAGNOSE_RANKING_H

#include <jansson.h>
#include <stdbool.h>

#include "diagnose/standing.h"
#include "diagnose/suspect.h"
#include "record/diagnosis.h"

/* Best first; equal ones rules first, in their order. STANDING may be NULL. A new reference. */
json_t *sh_ranking(const struct sh_diagnosis *d, const struct sh_suspects *suspects,
		   const struct sh_graph *g, const struct sh_standing *standing);
/* The likeliest cause, where a rule says that it is one of the fault's own entity; NULL: none. Borrowed. */
const char *sh_ranking_own_cause(const struct sh_diagnosis *d);

/* For evidence of other rooms. The entry of a cause, borrowed; where there is none NULL, or made at 0. */
json_t *sh_ranking_find(json_t *ranking, const char *cause, bool make);
/* Noisy-or. */
void sh_ranking_raise(json_t *entry, double by);
/* Best first; equal ones stay in their order. RANKING is taken over. */
json_t *sh_ranking_sorted(json_t *ranking);

#endif
