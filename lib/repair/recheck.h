/* SPDX-License-Identifier: MIT */
/*
 * recheck - is it still so? Measured by what found the fault, before anything is done
 *
 * The rule's verify, else its clear, else not its expression, never the playbook's: what
 * proves a repair need not have been false before it. That it was over for as long as
 * the playbook's hold is an answer; what cannot be measured is no answer, and the
 * evidence stands.
 */
#ifndef SH_REPAIR_RECHECK_H
#define SH_REPAIR_RECHECK_H

#include "record/plan.h"
#include "repair/repairer.h"

/*
 * {"answer":"broken"|"gone"|"unknown","at":TIME,"values"?,"reason"?}, a new reference;
 * NULL where there is nothing to measure or the playbook asks for nothing.
 */
json_t *sh_recheck(const struct sh_repairer *r, const struct sh_playbook *book, const struct sh_plan *plan);
bool sh_recheck_is_gone(const json_t *recheck);

#endif
