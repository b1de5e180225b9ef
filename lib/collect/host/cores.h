/* SPDX-License-Identifier: MIT */
/* cores - with --detail: each processor's time, throttling, frequency and make */
#ifndef SH_COLLECT_CORES_H
#define SH_COLLECT_CORES_H

#include "base/span.h"
#include "collect/collector.h"

/* STAT is the text of /proc/stat; it may be that of c->text, which is used up. */
void sh_cores_write(struct sh_collect *c, struct sh_span stat);
/* What sysfs knows of each processor: throttling, frequencies, who is set apart. */
void sh_topology_write(struct sh_collect *c);
/* The same of /proc/cpuinfo. */
void sh_cpuinfo_write(struct sh_collect *c);

#endif
