/* SPDX-License-Identifier: MIT */
/*
 * cgstat - what one control group uses, of version 2 and of version 1
 *
 * The numbers of both versions in the same units. A group of version 1 is known
 * to each controller on its own: what the others know is NaN.
 */
#ifndef SH_COLLECT_CGSTAT_H
#define SH_COLLECT_CGSTAT_H

#include "collect/collector.h"

enum {
	SH_CG_MEMORY, SH_CG_MEMORY_LIMIT, /* bytes; no limit: NaN */
	SH_CG_SWAP,
	SH_CG_PIDS, SH_CG_PIDS_LIMIT,
	SH_CG_CPU_LIMIT, /* processors */
	SH_CG_GAUGES
};

enum {
	SH_CG_OOM_KILLS,
	SH_CG_CPU_US, SH_CG_PERIODS, SH_CG_THROTTLED, SH_CG_THROTTLED_US,
	SH_CG_READ_BYTES, SH_CG_WRITE_BYTES, SH_CG_READS, SH_CG_WRITES,
	SH_CG_COUNTERS
};

#define SH_CG_RESOURCES 3 /* cpu, memory, io */

struct sh_cgstat {
	double gauge[SH_CG_GAUGES];
	double counter[SH_CG_COUNTERS];
	double some[SH_CG_RESOURCES], full[SH_CG_RESOURCES]; /* percent of 10 s that it was stalled */
};

extern const char *const sh_cg_resource[SH_CG_RESOURCES];

/* Read the group in the directory DIR below the root. */
void sh_cgstat_v2(struct sh_collect *c, const char *dir, struct sh_cgstat *out);
/* The part of a controller of version 1: "memory", "cpu", "cpuacct", "blkio", "pids"; others know nothing. */
void sh_cgstat_v1(struct sh_collect *c, const char *controller, const char *dir, struct sh_cgstat *out);

#endif
