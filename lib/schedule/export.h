/* SPDX-License-Identifier: MIT */
/*
 * export - tasks as a crontab or as systemd timers that run them
 *
 * What the other side cannot say (a dependency, a condition, the last weekday of a
 * month) is told in a comment instead of being said wrongly.
 */
#ifndef SH_SCHEDULE_EXPORT_H
#define SH_SCHEDULE_EXPORT_H

#include "base/buf.h"
#include "schedule/task.h"

/* Append lines that call PROGRAM. */
void sh_export_crontab(const struct sh_schedule *s, const char *program, struct sh_buf *out);
/* Append unit files, each after a line with its name. */
void sh_export_timers(const struct sh_schedule *s, const char *program, struct sh_buf *out);

#endif
