/* SPDX-License-Identifier: MIT */
/*
 * topology - which entities need which, found on this machine, as edge records
 *
 * All that is found is told when first looked at and every ten minutes from then on,
 * for whoever reads from later; what is new in between, at the next look.
 */
#ifndef SH_COLLECT_TOPOLOGY_TOPOLOGY_H
#define SH_COLLECT_TOPOLOGY_TOPOLOGY_H

#include "collect/collector.h"

/* What was told in the rounds before. */
struct sh_topology {
	struct sh_map told;  /* owned: keys as in edges.h */
	int64_t looked;      /* sh_clock_mono of the last look, */
	int64_t told_all;    /* and of when all was told; 0 never */
	uint32_t mounts;     /* the version of what was mounted then */
};

void sh_topology_free(struct sh_topology *t); /* NULL is fine */

#endif
