/* SPDX-License-Identifier: MIT */
/* targets - a file of targets, one a line; # begins a comment */
#ifndef SH_COLLECT_CHECK_TARGETS_H
#define SH_COLLECT_CHECK_TARGETS_H

#include <stddef.h>

#include "base/error.h"

/*
 * The file must be trusted as configuration is (base/file.h). Each line is a
 * host, with or without a port; the first that is none refuses the file. The
 * caller frees them; NULL with *err.
 */
char **sh_targets_read(const char *path, size_t *n, struct sh_error *err);
void sh_targets_free(char **target, size_t n);

#endif
