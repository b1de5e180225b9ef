/* SPDX-License-Identifier: MIT */
/*
 * condition - whether the machine is in a state in which a task may run
 *
 * The condition sees the metrics of the host and of its power supplies, measured by
 * sh-collect when it is asked and good for ten seconds, and "maintenance", as
 * maintenance.h knows it.
 */
#ifndef SH_SCHEDULE_CONDITION_H
#define SH_SCHEDULE_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "schedule/scheduler.h"

/* Unknown is no. WHY becomes a sentence then. */
bool sh_condition_holds(struct sh_scheduler *s, const struct sh_item *i, char *why, size_t len);

#endif
