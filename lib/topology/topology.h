/* SPDX-License-Identifier: MIT */
/*
 * topology - the graph as the site tells it
 *
 * The section topology holds entities, by their name or as a list with the key
 * id. Each key of an entity is a type of edge with the entities it leads to, and
 * depends_on as in config/dependency.h;
 * contains is runs_on from the other side (a rack, a zone: a failure domain),
 * members is member_of from the other side, and need says how many of its members
 * a group cannot do without, as a count or a percentage.
 *
 * What services, file systems and checks say, depends_on and group, holds for each
 * entity of that name on any host, as soon as it is known; a group of the section
 * groups is the entity group:NAME, and its limits are what it needs.
 */
#ifndef SH_TOPOLOGY_TOPOLOGY_H
#define SH_TOPOLOGY_TOPOLOGY_H

#include "config/config.h"
#include "config/site.h"
#include "topology/graph.h"

/* SITE is borrowed, for as long as G lives. */
void sh_topology_site(struct sh_graph *g, const struct sh_site *site);
/* Returns how many entries are broken, each reported; the others are in the graph. */
size_t sh_topology_load(struct sh_graph *g, const struct sh_config *c, sh_config_report_fn *report,
			void *arg);

#endif
