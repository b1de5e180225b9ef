/* SPDX-License-Identifier: MIT */
/*
 * holds - what the control groups of a process allow it, and how near it is to that
 *
 * Of its groups of version 2 and 1 and of those above them, below the root: what is
 * nearest to its limit counts, for that one holds the process back. NaN is a limit that no
 * group has, or what the kernel does not say.
 */
#ifndef SH_COLLECT_SITE_HOLDS_H
#define SH_COLLECT_SITE_HOLDS_H

#include "collect/collector.h"

#define SH_HOLDS_DEPTH 16 /* groups above each other that are looked at */

struct sh_holds {
	double frozen;        /* 1: by its group or one above it; 0 */
	double cpu_limit;     /* percent of one processor, the least */
	double cpu_throttled; /* percent of the periods since the last reading, the most */
	double memory_limit;  /* bytes, of the group that is nearest to it */
	double memory_usage;  /* percent of that, without pages of files, which can be given back */
	double tasks_limit;   /* processes and threads, of the group that is nearest to it */
	double tasks_usage;   /* percent of that */
	double oom_kills;     /* a second, in its own group */
	double io_limited;    /* 1: block I/O is limited by one of them; 0 */
};

/* ID, the service's, names the counters. */
void sh_holds_read(struct sh_collect *c, const char *id, pid_t pid, struct sh_holds *out);

#endif
