/* SPDX-License-Identifier: MIT */
/*
 * openfiles - which files somebody has open, as far as this user can see
 *
 * Descriptors and mappings of all processes, backing files of loop devices,
 * swap files. What cannot be seen is counted, never assumed closed in silence.
 */
#ifndef SH_ACTION_OPENFILES_H
#define SH_ACTION_OPENFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"

struct sh_file_id {
	dev_t dev; /* 0: any; mappings on some file systems name another device than stat */
	ino_t ino;
};

struct sh_openfiles {
	struct sh_file_id *item; /* owned; sorted by inode */
	size_t n, cap;
	size_t unseen; /* processes whose files could not be looked at */
};

#define SH_OPENFILES_INIT { NULL, 0, 0, 0 }

int sh_openfiles_read(struct sh_openfiles *o, struct sh_error *err);
void sh_openfiles_release(struct sh_openfiles *o);
bool sh_openfiles_has(const struct sh_openfiles *o, const struct stat *st);

/*
 * Ask the kernel itself about one file: 1 others have it open, 0 nobody has
 * (then a lease on FD holds newcomers off until it is closed), -1 it cannot say.
 */
int sh_open_elsewhere(int fd);

#endif
