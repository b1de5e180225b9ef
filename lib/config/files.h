/* SPDX-License-Identifier: MIT */
/* files - which configuration files there are, in the order in which they are merged */
#ifndef SH_CONFIG_FILES_H
#define SH_CONFIG_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

struct sh_config_file {
	char *path; /* owned */
	bool stock;
};

struct sh_config_files {
	struct sh_config_file *file;
	size_t n, cap;
};

/*
 * Stock, system and user files, or stock and -c. A directory of the system or
 * the user may be missing; stock and what -c names may not. On an error FILES
 * holds what was found.
 */
int sh_config_files_find(struct sh_config_files *files, const struct sh_config_options *opt,
			 struct sh_error *err);
void sh_config_files_release(struct sh_config_files *files);

/* The content of a file that passes the trust check. */
int sh_config_file_read(const struct sh_config_file *file, struct sh_buf *out, struct sh_error *err);

#endif
