/* SPDX-License-Identifier: MIT */
/*
 * topology - the graph as the site and the records tell it
 *
 * The section topology holds entities, by their name or as a list with the key
 * id. Each key of an entity is a type of edge with the entities it leads to, and
 * depends_on as in config/dependency.h;
 * contains is runs_on from the other side (a rack, a zone: a failure domain),
 * members is member_of from the other side, and need says how many of its members
 * a group cannot do without, as a count or a percentage.
 */
#ifndef SH_DIAGNOSE_TOPOLOGY_H
#define SH_DIAGNOSE_TOPOLOGY_H

#include "config/config.h"
#include "diagnose/graph.h"
#include "record/record.h"

/* Returns how many entries are broken, each reported; the others are in the graph. */
size_t sh_topology_load(struct sh_graph *g, const struct sh_config *c, sh_config_report_fn *report,
			void *arg);

/*
 * Take an edge record in. Returns 0, or -1 with SH_ERRC_INPUT when from or to is no
 * entity. A type that this version does not know tells nothing and is no error.
 */
int sh_topology_edge(struct sh_graph *g, const struct sh_record *r, struct sh_error *err);

#endif
