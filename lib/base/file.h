/* SPDX-License-Identifier: MIT */
/*
 * file - whole files, and paths one can trust
 *
 * Paths are taken below a directory descriptor (AT_FDCWD: as they are), so that
 * a captured tree can stand in for the machine.
 */
#ifndef SH_BASE_FILE_H
#define SH_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Read a whole file of at most MAX bytes; /proc and /sys files, whose size is 0,
 * included. Replaces the contents of OUT. A missing file is
 * SH_ERRC_UNAVAILABLE; every other failure SH_ERRC_SYSTEM.
 */
int sh_file_read(int dirfd, const char *path, size_t max, struct sh_buf *out, struct sh_error *err);

/* The rest of an open file, in the same way; PATH is for the message. */
int sh_fd_read(int fd, const char *path, size_t max, struct sh_buf *out, struct sh_error *err);

/* Write a file so that PATH is either the old or the new content, on disk: temporary file of a hidden name, fsync, rename. */
int sh_file_write_atomic(const char *path, const void *data, size_t len, unsigned mode,
			 struct sh_error *err);

/* Write all of it, through EINTR and short writes. Returns 0 or -1 with errno. */
int sh_write_all(int fd, const void *data, size_t len);

/* mkdir -p with MODE for what is made. */
int sh_mkdir_parents(const char *path, unsigned mode, struct sh_error *err);

/*
 * Open PATH for reading only if it and each parent directory is owned by root or
 * the effective user and not writable by group or others (a sticky directory of
 * root is accepted as parent, as are root-owned symbolic links). The checks are
 * made on the descriptors that are used, so nothing can be swapped between.
 * Returns the descriptor (close-on-exec) or -1.
 */
int sh_file_open_trusted(const char *path, struct sh_error *err);

void sh_cleanup_fd_(int *fd);
#define SH_CLEANUP_FD __attribute__((cleanup(sh_cleanup_fd_)))

#endif
