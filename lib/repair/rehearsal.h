/* SPDX-License-Identifier: MIT */
/*
 * rehearsal - decide as --apply would have, at the time of the records, and do nothing
 *
 * On a copy of the ledger. What is decided to be done counts as begun and ended at
 * that moment, and as fixed; that the same fault is seen again then tells otherwise,
 * as it does after a real repair. So the same records give the same decisions.
 */
#ifndef SH_REPAIR_REHEARSAL_H
#define SH_REPAIR_REHEARSAL_H

#include "base/error.h"
#include "repair/request.h"
#include "repair/runner.h"

/* One request; the plan is emitted, and X's ledger, which must be a copy, has what came of it. */
int sh_rehearse(struct sh_runner *x, const struct sh_request *q, struct sh_error *err);

#endif
