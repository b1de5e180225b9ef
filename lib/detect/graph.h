/* SPDX-License-Identifier: MIT */
/*
 * graph - what depends on what, and what is unreachable because something is down
 *
 * From "depends_on" of services, from the section "topology", from edge records;
 * and what lives on a host depends on it. Cycles are walked once; an entity that
 * needs any of several is reachable while one of them is.
 */
#ifndef SH_DETECT_GRAPH_H
#define SH_DETECT_GRAPH_H

#include <jansson.h>
#include <stdint.h>

#include "base/map.h"
#include "config/config.h"
#include "config/dependency.h"
#include "config/site.h"
#include "detect/damage.h"
#include "detect/sources.h"
#include "record/record.h"
#include "state/state.h"

struct sh_graph {
	const struct sh_site *site; /* borrowed; NULL none */
	struct sh_map declared;     /* entity -> struct sh_dependencies, of the topology */
	struct sh_map edge;         /* entity -> what edge records say it depends on */
	size_t edges;
	uint64_t full;              /* edges that found no room */
};

void sh_graph_init(struct sh_graph *g, const struct sh_site *site);
/* The section "topology". A broken entry is reported and left out; returns how many. */
size_t sh_graph_load(struct sh_graph *g, const struct sh_config *c, sh_config_report_fn *report, void *arg);
void sh_graph_release(struct sh_graph *g);

/* A record of kind edge. SH_ERRC_INPUT when its ends are not entities. */
int sh_graph_edge(struct sh_graph *g, const struct sh_record *r, struct sh_error *err);
/* Forget edges not heard of since BEFORE. */
void sh_graph_forget(struct sh_graph *g, int64_t before);

/*
 * The picture of the fault that makes ENTITY unreachable, and is not the one with
 * the fingerprint OWN nor follows from it; NULL: it is reachable. Borrowed.
 */
const json_t *sh_graph_reason(const struct sh_graph *g, const struct sh_sources *s, const char *entity,
			      const char *own);

/* Saves what changed since the last save; see sh_detector_unsaved. */
int sh_graph_save(struct sh_graph *g, struct sh_state *state, struct sh_error *err);
void sh_graph_unsaved(struct sh_graph *g);
/* What a damaged row says of one end is forgotten. */
int sh_graph_restore(struct sh_graph *g, struct sh_state *state, const struct sh_damage *damage,
		     struct sh_error *err);

#endif
