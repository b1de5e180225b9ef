/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/cgroup_move.h"

#include <stdio.h>

#include "action/action.h"

int sh_cgroup_move(const struct sh_cgroup *c, const struct sh_proc *p, const char *from, const char *to,
		   struct sh_error *err)
{
	char text[32];

	if (!sh_proc_is_alive(p))
		return 0;
	snprintf(text, sizeof(text), "%d", (int)p->pid);
	if (sh_cgroup_write(c, to, "cgroup.procs", text, err) < 0) {
		if (sh_proc_is_alive(p))
			return -1;
		sh_error_clear(err); /* it ended meanwhile */
		return 0;
	}
	/* The kernel takes a bare pid; if it was recycled in that instant, put the stranger back. */
	return sh_proc_is_alive(p) || !from ? 0 : sh_cgroup_write(c, from, "cgroup.procs", text, err);
}

int sh_cgroup_move_back(const struct sh_cgroup *c, const json_t *described, const char *list,
			struct sh_error *err)
{
	const char *dir = sh_param_str(described, "cgroup"), *first = NULL;
	struct sh_proc p;
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(described, list), i, entry) {
		const char *to = sh_param_str(entry, "cgroup");

		first = first ? first : to;
		if (to && sh_proc_described(described, entry, &p) && sh_cgroup_move(c, &p, NULL, to, err) < 0)
			return -1;
	}
	return dir ? sh_cgroup_dissolve(c, dir, first ? first : c->mount, err) : 0;
}
