/* SPDX-License-Identifier: MIT */
/* explain_impact - the sentences of explain.h on the member impact: who is affected, who is next */
#ifndef SH_DIAGNOSE_EXPLAIN_IMPACT_H
#define SH_DIAGNOSE_EXPLAIN_IMPACT_H

#include <jansson.h>

#include "diagnose/tell.h"

/* IMPACT as in impact.h; NULL: nothing is said. */
void sh_explain_impact(const json_t *impact, const struct sh_tell *t);

#endif
