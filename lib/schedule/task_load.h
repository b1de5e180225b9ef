/* SPDX-License-Identifier: MIT */
/* task_load - the parts of a task's entry, one function each; for task.c only */
#ifndef SH_SCHEDULE_TASK_LOAD_H
#define SH_SCHEDULE_TASK_LOAD_H

#include "config/node.h"
#include "schedule/task.h"

/* Times, zone, what is missed, windows. */
int sh_task_load_times(struct sh_scheduled *t, const struct sh_node *node, struct sh_zones *zones,
		       struct sh_error *err);
/* Overlap, retries, conditions and triggers. */
int sh_task_load_terms(struct sh_scheduled *t, const struct sh_node *node, struct sh_map *groups,
		       struct sh_error *err);
/* "after", once every task is there; SELF is its number. */
int sh_task_load_after(struct sh_schedule *s, size_t self, const struct sh_node *node,
		       struct sh_error *err);
/* No task may follow itself. */
int sh_task_check_order(const struct sh_schedule *s, struct sh_error *err);

#endif
