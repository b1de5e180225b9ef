/* SPDX-License-Identifier: MIT */
/*
 * trigger - what brings a run besides time: a record, or a file that changed
 *
 * A run that was asked for is stored before it is begun, so a kill loses none. Files
 * are watched by the kernel; what they looked like is stored too, so a change that
 * happened while nobody watched is found at the next start.
 */
#ifndef SH_SCHEDULE_TRIGGER_H
#define SH_SCHEDULE_TRIGGER_H

#include "record/record.h"
#include "schedule/scheduler.h"

/* Ask for the tasks whose "when" is true of R, but not for EXCEPT (NULL: for all). */
int sh_trigger_record(struct sh_scheduler *s, const struct sh_record *r, const struct sh_item *except,
		      struct sh_error *err);

/* Begin to watch, and ask for the tasks whose files have changed since. */
int sh_trigger_watch(struct sh_scheduler *s, struct sh_error *err);
void sh_trigger_release(struct sh_scheduler *s);
/* Take what the kernel has seen, and ask for the tasks whose files have come to rest. */
int sh_trigger_turn(struct sh_scheduler *s, int64_t now, struct sh_error *err);
/* When to come back for that at the latest; INT64_MAX: when the kernel has seen something. */
int64_t sh_trigger_until(const struct sh_scheduler *s);

#endif
