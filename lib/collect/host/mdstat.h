/* SPDX-License-Identifier: MIT */
/*
 * mdstat - the arrays of /proc/mdstat
 *
 *	md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
 *	      195310144 blocks [2/1] [U_]
 *	      [=>...]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec
 *
 * Lines below an array's own may come in any number and order; what is not
 * understood of them is passed over. Blocks are of 1 KiB.
 */
#ifndef SH_COLLECT_MDSTAT_H
#define SH_COLLECT_MDSTAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum sh_md_sync {
	SH_MD_NO_SYNC,
	SH_MD_RECOVERY, /* onto a new disk */
	SH_MD_RESYNC,   /* after an unclean stop */
	SH_MD_CHECK,
	SH_MD_RESHAPE,
};

struct sh_md {
	struct sh_span name, level; /* of the text given; no level where the kernel says none */
	bool active;                /* neither inactive nor broken */
	bool read_only;
	bool counted;               /* the kernel says how many disks there are of how many ("[2/1]") */
	uint64_t failed, spare;
	uint64_t required, working; /* of an active array */
	double blocks, synced;      /* NaN: not said */
	enum sh_md_sync sync;
	double percent, minutes, speed; /* of the synchronisation; NaN: it waits, or nothing is said. KiB/s */
};

/* Cut the next array off *rest; false at the end. */
bool sh_mdstat_next(struct sh_span *rest, struct sh_md *md);

#endif
