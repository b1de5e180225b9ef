/* SPDX-License-Identifier: MIT */
/*
 * members - which processes are a service
 *
 * Its main processes by pid file, executable or unit; then all their descendants
 * and what shares a session that a main process leads. A pid file is trusted
 * only while its process began before the file was written: pids are used again.
 */
#ifndef SH_COLLECT_MEMBERS_H
#define SH_COLLECT_MEMBERS_H

#include "collect/collector.h"

struct sh_members {
	const struct sh_pstat **item; /* owned array of borrowed processes, zombies included */
	size_t n;
	const struct sh_pstat *main;  /* borrowed; NULL when the service does not run */
};

/* Returns -1 when it cannot be known (another user's processes, no systemd here). */
int sh_members_find(struct sh_collect *c, const struct sh_service *s,
		    const struct sh_pstat_table *t, struct sh_members *out, struct sh_error *err);
void sh_members_release(struct sh_members *m);

#endif
