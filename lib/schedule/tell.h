/* SPDX-License-Identifier: MIT */
/* tell - the records that a scheduler writes; for scheduler.c and its like only */
#ifndef SH_SCHEDULE_TELL_H
#define SH_SCHEDULE_TELL_H

#include "record/task.h"
#include "schedule/scheduler.h"

/* "task:NAME@host", owned by the caller. */
char *sh_tell_entity(const char *type, const char *name, const char *host);
int64_t sh_tell_time(const struct sh_scheduler *s);
/* Fill what every record has. */
void sh_tell_begin(struct sh_task *r, const struct sh_scheduler *s, const struct sh_item *i);
/* The same of a run. */
void sh_tell_run(struct sh_task *r, const struct sh_scheduler *s, const struct sh_job *j);
/* Write R, after the lines of OTHERS (may be NULL), and release it. */
int sh_tell(struct sh_scheduler *s, struct sh_task *r, const struct sh_buf *others, struct sh_error *err);

#endif
