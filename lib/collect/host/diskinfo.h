/* SPDX-License-Identifier: MIT */
/* diskinfo - with --detail: what udev knows of a block device */
#ifndef SH_COLLECT_DISKINFO_H
#define SH_COLLECT_DISKINFO_H

#include <stdint.h>

#include "collect/collector.h"

/* Samples of disk:NAME whose labels say what it is, what is on it, and how it writes. */
void sh_diskinfo_write(struct sh_collect *c, const char *name, uint64_t major, uint64_t minor);

#endif
