/* SPDX-License-Identifier: MIT */
/* find - where the rest of a log went: the names in its directory that may be it */
#ifndef SH_COLLECT_LOG_FIND_H
#define SH_COLLECT_LOG_FIND_H

#include <stdbool.h>

#include "collect/log/cursor.h"

/*
 * Open the file beside PATH that holds what CURSOR has read: the same inode first,
 * else, where COPIES, one of the same content (copytruncate), whose name begins as
 * that of PATH does. NOT is a path that it is not, or NULL. Returns a descriptor
 * with *file and *found (the caller frees it), or -1. Here and below *MORE is set
 * when the directory holds more than SH_FIND_ENTRIES, and not all were looked at.
 */
#define SH_FIND_ENTRIES 10000
int sh_find_rotated(const char *path, const struct sh_cursor *cursor, bool copies, const char *not,
		    struct sh_cursor_file *file, char **found, bool *more);
/* The same inode alone, whatever it holds now: under the name of a generation. */
int sh_find_emptied(const char *path, const struct sh_cursor *cursor, struct sh_cursor_file *file,
		    char **found, bool *more);
/*
 * Give each file beside PATH that was born at SINCE or later and has the name of a
 * rotated generation of it: "app.log.1", "app.log-20261121", "app-20261121.log",
 * "app.log.old". The descriptor belongs to EACH.
 */
void sh_find_generations(const char *path, int64_t since,
			 void (*each)(void *arg, int fd, const char *found,
				      const struct sh_cursor_file *file), void *arg, bool *more);
/* Whether NAME is such a name. */
bool sh_find_is_generation(const char *name, const char *path);
/* Open a log for reading: a regular file, without waiting. SH_ERRC_UNAVAILABLE when there is none. */
int sh_find_open(const char *path, struct sh_cursor_file *file, struct sh_error *err);
/* Whether a name is that of a compressed file, whose lines are not to be seen. */
bool sh_find_is_compressed(const char *path);

#endif
