/* SPDX-License-Identifier: MIT */
/* mode - how much may be done: to watch, to ask, or to act */
#ifndef SH_REPAIR_MODE_H
#define SH_REPAIR_MODE_H

#include "base/error.h"
#include "repair/repairer.h"
#include "repair/request.h"

/*
 * The least of what rule, playbook, its ladder (NULL none), site entry and --mode say.
 * An operator's word on rule or playbook (sh-ledger promote) stands for what is
 * configured there. A rule that is not configured here may only be observed.
 */
int sh_mode_of(const struct sh_repairer *r, const struct sh_request *q, const struct sh_playbook *book,
	       const struct sh_playbook *ladder, enum sh_mode *out, struct sh_error *err);

#endif
