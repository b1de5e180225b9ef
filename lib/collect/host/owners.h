/* SPDX-License-Identifier: MIT */
/*
 * owners - whose process it is, by the machine's own passwd file
 *
 * No name service is asked: one that does not answer would stop the round.
 */
#ifndef SH_COLLECT_OWNERS_H
#define SH_COLLECT_OWNERS_H

#include <sys/types.h>

#include "base/map.h"

struct sh_owners {
	int root;             /* borrowed */
	struct sh_map names;  /* uid as text -> name */
};

/* A passwd file that cannot be read leaves numbers. */
void sh_owners_read(struct sh_owners *o, int root);
void sh_owners_release(struct sh_owners *o);
/* The effective user of a process; NULL when it is gone. Lives until the release. */
const char *sh_owners_of(struct sh_owners *o, pid_t pid);

#endif
