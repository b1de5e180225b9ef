/* SPDX-License-Identifier: MIT */
/* explain - why a plan would be done, was done, or was not, in sentences */
#ifndef SH_LEDGER_EXPLAIN_H
#define SH_LEDGER_EXPLAIN_H

#include "base/buf.h"
#include "base/error.h"
#include "state/ledger.h"

/* From the repair that came of PLAN_ID, else from the plan that waited. SH_ERRC_USAGE when neither is known. */
int sh_explain_plan(struct sh_ledger *l, const char *plan_id, struct sh_buf *out,
		    struct sh_error *err);

#endif
