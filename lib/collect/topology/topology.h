/* SPDX-License-Identifier: MIT */
/*
 * topology - which entities need which, found on this machine, as edge records
 *
 * All that is found is told when first looked at and every ten minutes from then on,
 * for whoever reads from later; what is new in between, at the next look. Where rounds
 * go on without an end, at most ten minutes apart, what is told holds for an hour: what
 * is not told again has vanished.
 */
#ifndef SH_COLLECT_TOPOLOGY_TOPOLOGY_H
#define SH_COLLECT_TOPOLOGY_TOPOLOGY_H

#include "collect/collector.h"
#include "record/sample.h"

#define SH_TOPOLOGY_MOST 100000 /* edges remembered as told; further ones are told each time */

/* What was told in the rounds before. */
struct sh_topology {
	struct sh_map told;  /* owned: keys as in edges.h */
	int64_t told_all;    /* sh_clock_mono of when that was begun; 0 never */
	int64_t looked;      /* of the last look; 0 none, */
	uint32_t mounts;     /* and the version of what was mounted then */
};

/* One relation, as told; all borrowed. */
struct sh_topology_edge {
	const char *from, *type, *to;
	struct sh_edge_terms terms;
	const char *collector; /* who found it */
	const char *target;    /* NULL none */
};

/* Append the record, unless it was told within ten minutes, or is none. TIME 0 is now. */
void sh_topology_tell(struct sh_collect *c, int64_t time, const struct sh_topology_edge *e);
void sh_topology_free(struct sh_topology *t); /* NULL is fine */

#endif
