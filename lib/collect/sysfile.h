/* SPDX-License-Identifier: MIT */
/*
 * sysfile - files of procfs and sysfs, read in each round
 *
 * To open such a file costs more than to read it, and to look for one that is not
 * there as much as to open it. So on a live machine those read in each round stay
 * open, and what is not there is looked for once a minute. A name of a device may
 * be another's later: once a minute too its files are opened afresh.
 */
#ifndef SH_COLLECT_SYSFILE_H
#define SH_COLLECT_SYSFILE_H

#include "collect/collector.h"

void sh_sysfile_init(struct sh_collect *c);
void sh_sysfile_release(struct sh_collect *c);
/* A moment begins. True once a minute: what was not there, or not allowed, is asked again. */
bool sh_sysfile_refresh(struct sh_collect *c);
/* Whether the kernel tells that a file has changed since it was opened, or this was asked; true for what is not open. */
bool sh_sysfile_moved(const struct sh_collect *c, const char *path);

#endif
