/* SPDX-License-Identifier: MIT */
/*
 * override - an operator's word that a guard does not hold for a time
 *
 * For all, a rule, a playbook or a target; who, why and until when stand in the
 * answer of the guard that would have said no.
 */
#ifndef SH_REPAIR_OVERRIDE_H
#define SH_REPAIR_OVERRIDE_H

#include "repair/guards.h"

/* Where GUARD is overridden *D becomes to act, and the reason says so and keeps what it was. */
int sh_override_apply(struct sh_ask *a, const char *guard, enum sh_decision *d, struct sh_error *err);

/* Whether what SCOPE names (all, rule:ID, playbook:ID, an entity) includes this plan. */
bool sh_scope_covers(const struct sh_ask *a, const char *scope);

#endif
