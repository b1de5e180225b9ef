/* SPDX-License-Identifier: MIT */
/*
 * capacity - how many members of a group may be unavailable at once
 *
 * Percentages are rounded up to whole members, both of those that must be
 * healthy and of those that may be unavailable, as a Kubernetes
 * PodDisruptionBudget does. Of two limits the stricter holds.
 *
 * Without limits: one member where there are fewer than five, else 20 %, but
 * 51 % stay healthy. The last healthy member of two or more is never taken,
 * unless max_unavailable says so. A percentage below 100 that must be healthy
 * would forbid everything in a group of one or two: there it is none of one and
 * one of two. A count is taken as it is written.
 */
#ifndef SH_REPAIR_CAPACITY_H
#define SH_REPAIR_CAPACITY_H

#include <stdint.h>

#include "config/site.h"

/* 0 to MEMBERS. */
int64_t sh_capacity(const struct sh_group *group, int64_t members);

#endif
