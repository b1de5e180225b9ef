/* SPDX-License-Identifier: MIT */
/* blockdev - the device numbers behind a mount or a device name */
#ifndef SH_ACTION_BLOCKDEV_H
#define SH_ACTION_BLOCKDEV_H

#include <sys/types.h>

#include "base/error.h"

/*
 * FS: what stat says of files on it (0: only the device itself is meant).
 * DISK: the whole disk, for limits are set on disks and not on partitions; 0
 * where there is no block device.
 */
int sh_blockdev_of_mount(const char *mount, dev_t *fs, dev_t *disk, struct sh_error *err);
/* "vda", or "254:0". */
int sh_blockdev_of_name(const char *name, dev_t *fs, dev_t *disk, struct sh_error *err);

#endif
