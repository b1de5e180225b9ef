/* SPDX-License-Identifier: MIT */
/*
 * maintenance - whether people work on this host, or on what a task does
 *
 * Planned work is declared in the configuration; what came up is in the ledger: pauses
 * and silences that an operator made. Holds there are the program's own and no work.
 */
#ifndef SH_SCHEDULE_MAINTENANCE_H
#define SH_SCHEDULE_MAINTENANCE_H

#include "schedule/scheduler.h"

/* 1 or 0, or -1 where there is a ledger that cannot be read. */
int sh_maintenance_holds(const struct sh_scheduler *s, const struct sh_item *i, struct sh_error *err);

#endif
