/* SPDX-License-Identifier: MIT */
/* meminfo - with --detail: every line of /proc/meminfo, and the same of each NUMA node */
#ifndef SH_COLLECT_MEMINFO_H
#define SH_COLLECT_MEMINFO_H

#include "base/span.h"
#include "collect/collector.h"

/* Members of the group "memory", which is open: Active(anon) is Active_anon_bytes. */
void sh_meminfo_write(struct sh_sample_writer *w, struct sh_span meminfo);
/* Samples of numa:N. */
void sh_numa_write(struct sh_collect *c);

#endif
