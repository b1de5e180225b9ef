/* SPDX-License-Identifier: MIT */
/* cgroup - the control groups of one hierarchy: version 2, or a controller of version 1 */
#ifndef SH_ACTION_CGROUP_H
#define SH_ACTION_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct sh_cgroup {
	bool v2;
	char controller[16]; /* of version 1 */
	char mount[256];
};

/* CONTROLLER: "blkio" of version 1; NULL: version 2. UNAVAILABLE where it is not mounted. */
int sh_cgroup_open(struct sh_cgroup *c, const char *controller, struct sh_error *err);

/* The directory of a process's group. */
int sh_cgroup_of(const struct sh_cgroup *c, pid_t pid, char out[PATH_MAX], struct sh_error *err);

/* Write TEXT to DIR/FILE; DIR must lie below the mount. */
int sh_cgroup_write(const struct sh_cgroup *c, const char *dir, const char *file, const char *text,
		    struct sh_error *err);
/* Whether DIR/FILE holds TEXT somewhere. */
bool sh_cgroup_has(const char *dir, const char *file, const char *text);

/* Move who is left in DIR to the group TO, and remove DIR. A missing DIR is done. */
int sh_cgroup_dissolve(const struct sh_cgroup *c, const char *dir, const char *to,
		       struct sh_error *err);

#endif
