/* SPDX-License-Identifier: MIT */
/*
 * conflict - plans that get in each other's way, and which of them goes first
 *
 * Two plans for one target, two whose effects are opposite (start and stop, drain and
 * return, and what a playbook says it opposes) where one target needs the other, and a
 * target that is repaired while another repairs what it needs. The higher priority goes
 * first, then the lower risk, then what the other needs, then what was there first.
 */
#ifndef SH_REPAIR_CONFLICT_H
#define SH_REPAIR_CONFLICT_H

#include "base/error.h"
#include "repair/repairer.h"
#include "repair/request.h"

/*
 * Of two requests that wait for one target, that are of different faults: whether the
 * SECOND goes first, and *WHY (a new string: what is to be said to the other).
 */
int sh_conflict_second_first(const struct sh_repairer *r, const struct sh_request *first,
			     const struct sh_request *second, bool *goes_first, char **why,
			     struct sh_error *err);

#endif
