/* SPDX-License-Identifier: MIT */
/*
 * outage - what is unreachable because something else is down
 *
 * Down is what has an open fault of a rule that means it. Without something that it
 * needs (not: that it connects to, or that is a replica of it) an entity is
 * unreachable, in any number of steps; a group without as many of its members as it
 * needs. Cycles are walked once.
 */
#ifndef SH_DETECT_OUTAGE_H
#define SH_DETECT_OUTAGE_H

#include <jansson.h>

#include "detect/sources.h"
#include "topology/graph.h"

/*
 * The picture of the fault that makes ENTITY unreachable, and is not the one with
 * the fingerprint OWN nor follows from it; NULL: it is reachable. Borrowed.
 */
const json_t *sh_outage_reason(struct sh_graph *g, const struct sh_sources *s, const char *entity,
			       const char *own);

#endif
