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
 * configured there, but leave to act only until that is changed: *LAPSED, a new string,
 * says of what, else NULL. A rule that is not configured here may only be observed.
 */
int sh_mode_of(const struct sh_repairer *r, const struct sh_request *q, const struct sh_playbook *book,
	       const struct sh_playbook *ladder, enum sh_mode *out, char **lapsed, struct sh_error *err);
/*
 * Keep what those that have leave to act are now, unless it is kept since they got it.
 * Each may be NULL. Writes to the ledger.
 */
int sh_mode_pin(const struct sh_repairer *r, const char *rule_id, const char *playbook, const char *ladder,
		struct sh_error *err);

#endif
