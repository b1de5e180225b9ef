/* SPDX-License-Identifier: MIT */
/*
 * heard - edges that records tell of, and how long they are believed
 *
 * An edge record holds for a while after its time, a week unless it says otherwise
 * (member valid); whoever sees the relation again says so again, and whoever sees it
 * end says so too (member removed). All by record times: when the same
 * records come in the same order, what is known after each is the same.
 */
#ifndef SH_TOPOLOGY_HEARD_H
#define SH_TOPOLOGY_HEARD_H

#include "base/error.h"
#include "record/record.h"
#include "state/state.h"
#include "topology/graph.h"

#define SH_HEARD_VALID (7 * INT64_C(86400000000000)) /* ns */

/*
 * Take an edge record in. Returns 0, or -1 with SH_ERRC_INPUT when from or to is no
 * entity, or valid no duration. Without a type, or with one that this version does not know, FROM depends
 * on TO.
 */
int sh_graph_hear(struct sh_graph *g, const struct sh_record *r, struct sh_error *err);
/* The time is NOW: forget what is no longer believed, to the minute. Never goes back. */
void sh_graph_advance(struct sh_graph *g, int64_t now);

/* Save what changed since the last save: a row for each entity of which edges were heard. */
int sh_graph_save(const struct sh_graph *g, struct sh_state *state, struct sh_error *err);
/* What changed was saved, or given to somebody who does. */
void sh_graph_given(struct sh_graph *g);
/* Nothing is in the state. */
void sh_graph_unsaved(struct sh_graph *g);
/*
 * Into a graph that heard nothing yet. DAMAGED, which may be NULL, is told of each
 * entity whose row makes no sense; what it says is forgotten, and the next save mends it.
 */
int sh_graph_restore(struct sh_graph *g, struct sh_state *state,
		     void (*damaged)(void *arg, const char *entity), void *arg, struct sh_error *err);

#endif
