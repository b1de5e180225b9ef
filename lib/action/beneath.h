/* SPDX-License-Identifier: MIT */
/*
 * beneath - paths that cannot lead elsewhere
 *
 * By openat2(2): no symbolic link in any component, no way up, no other mount.
 */
#ifndef SH_ACTION_BENEATH_H
#define SH_ACTION_BENEATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* As openat2 below DIRFD; -1 with errno. */
int sh_open_beneath(int dirfd, const char *path, int flags, mode_t mode);

/* Open an absolute path of which no component is a symbolic link. -1 with errno. */
int sh_open_nolink(const char *path, int flags);

/* Whether the open directory is the root of a mount (bind mounts too): 1, 0, or -1 with errno. */
int sh_is_mount_root(int fd);

#endif
