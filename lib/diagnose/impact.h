/* SPDX-License-Identifier: MIT */
/*
 * impact - what a cause touches now, and what goes with it next
 *
 * What would go down or get weaker without the entity of the first ranked cause (the
 * fault's, where none is named), along the graph and through redundancy. Affected is
 * the cause's entity, and what has a fault or changed as well, at risk the rest. First
 * come the services of users, that is services, and groups that can do without some of
 * their members, that nothing else needs; then other services and what nothing needs;
 * then what goes down; then by name. The nearest SH_IMPACT_MOST are looked at.
 */
#ifndef SH_DIAGNOSE_IMPACT_H
#define SH_DIAGNOSE_IMPACT_H

#include <jansson.h>

#include "record/diagnosis.h"
#include "topology/graph.h"

#define SH_IMPACT_LISTED 10 /* of each list at most, with how many there are in all */
#define SH_IMPACT_MOST 300

struct sh_impact;

/* G is borrowed; NEXT_FAULTY walks what has a fault, as in candidate.h, and may be NULL. */
struct sh_impact *sh_impact_new(const struct sh_graph *g,
				const char *(*next_faulty)(const void *arg, size_t *i), const void *arg);
void sh_impact_free(struct sh_impact *m); /* NULL is fine */

/*
 * {"entity","severity","affected":[{"entity","fate":"down"|"weaker","users"?,"members"?,
 * "left"?,"needed"?}],"affected_count","at_risk":[…],"at_risk_count","partial"?}. The
 * severity is critical when a users' service goes down with the cause, high when
 * another service does or what was said to depend on it, else medium: as when a group
 * carries on without its member. NULL when nothing is known to need the entity. D has
 * its ranking. A new reference.
 */
json_t *sh_impact_of(struct sh_impact *m, const struct sh_diagnosis *d);

#endif
