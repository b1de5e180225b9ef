/* SPDX-License-Identifier: MIT */
/*
 * grouping - faults that a person wants to hear of together
 *
 * A rule names what its faults have in common: the members "host", "entity",
 * "fault_type" and "rule_id" of the fault, one of its labels or dims ("labels.rack").
 * Faults with the same values are of one group, also those of other rules that
 * name the same. What a fault does not have is not part of its key.
 */
#ifndef SH_DETECT_GROUPING_H
#define SH_DETECT_GROUPING_H

#include <jansson.h>

#include "base/error.h"
#include "config/node.h"
#include "record/fault.h"

/* The key "group_by" of RULE: *BY is a new array of borrowed texts, or unchanged when there is none. */
int sh_grouping_load(const struct sh_node *rule, const char ***by, struct sh_error *err);
/* The member "group", {"id","key"}, a new reference; NULL where BY is, or nothing of it is known. */
json_t *sh_grouping_of(const char *const *by, const struct sh_fault *f);

#endif
