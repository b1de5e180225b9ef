/* SPDX-License-Identifier: MIT */
/*
 * waits - how long the threads of a process were ready to run, and another ran
 *
 * By the kernel's own account of each thread (/proc/PID/task/TID/schedstat, the second
 * number: sched-stats in the kernel's documentation). It tells whoever lacks a processor
 * from who is merely on a machine that is busy. What threads waited that have ended since
 * the last reading is not known any more: the truth is that or more.
 */
#ifndef SH_COLLECT_SITE_WAITS_H
#define SH_COLLECT_SITE_WAITS_H

#include "collect/collector.h"

#define SH_WAITS_THREADS 256 /* of a process; with more of them it is not looked at */

/* Seconds since the last reading, of the service ID; NaN when there was none, or the kernel does not say. */
double sh_waits_cpu(struct sh_collect *c, const char *id, const struct sh_pstat *p);

#endif
