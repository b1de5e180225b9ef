/* SPDX-License-Identifier: MIT */
/*
 * candidate - playbooks that could mend what is wrong, by cause and target, checked
 * against the graph
 *
 * For each ranked cause, best first, the playbooks made for it, in the order of the
 * configuration. The target is the entity of the cause where it names one, else the
 * fault's, else what the rules say is affected: the first whose type the playbook is
 * for; absent where none is known. The same playbook on the same
 * target stands once, for its best cause. After them come those made for the type of
 * the fault, whatever its cause, with member fault instead of cause and confidence.
 *
 * One that interrupts its target (key interrupts) is checked: the graph loses the
 * target together with all that has a fault just now, and what that takes down or
 * makes weaker, and would be well without it, is marked. Nothing is left out for
 * a mark: who acts decides.
 */
#ifndef SH_DIAGNOSE_CANDIDATE_H
#define SH_DIAGNOSE_CANDIDATE_H

#include <jansson.h>

#include "config/config.h"
#include "record/diagnosis.h"
#include "topology/graph.h"

#define SH_CANDIDATES 10	/* at most */
#define SH_CANDIDATE_TOUCHED 10 /* entities named in a mark at most */

struct sh_candidate_world {
	const struct sh_config *config; /* borrowed, as all here */
	const struct sh_graph *graph;	/* NULL: nothing is marked */
	/* Walk what has a fault: size_t i = 0; while ((entity = next(arg, &i))) …; may be NULL. */
	const char *(*next_faulty)(const void *arg, size_t *i);
	const void *arg;
};

/*
 * [{"playbook","cause","confidence" or "fault","target","marks":[…]}], marks only where there are
 * any: {"mark":"takes_down"|"weakens","entity" a group,"members","left","needed",
 * "faulty":[members that are lost already],"text"}, and {"mark":"touches","entities":[…],
 * "count","text"} for what else goes down. D has its ranking and results. A new reference.
 */
json_t *sh_candidates(const struct sh_candidate_world *w, const struct sh_diagnosis *d);

#endif
