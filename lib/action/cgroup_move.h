/* SPDX-License-Identifier: MIT */
/* cgroup_move - processes into a control group of ours, and back to where they came from */
#ifndef SH_ACTION_CGROUP_MOVE_H
#define SH_ACTION_CGROUP_MOVE_H

#include <jansson.h>

#include "action/cgroup.h"
#include "action/proc.h"

/*
 * Exactly this process, to the group TO. One that has ended is done. FROM, unless NULL, gets
 * a stranger back who has its pid by then.
 */
int sh_cgroup_move(const struct sh_cgroup *c, const struct sh_proc *p, const char *from, const char *to,
		   struct sh_error *err);

/*
 * What was written down as {boot_id, cgroup, LIST: [{pid, start, cgroup}]}: each that still
 * lives to its "cgroup", who else is in the group of ours to that of the first, and ours goes.
 */
int sh_cgroup_move_back(const struct sh_cgroup *c, const json_t *described, const char *list,
			struct sh_error *err);

#endif
