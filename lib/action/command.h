/* SPDX-License-Identifier: MIT */
/* command - other programs, run to their end: those that the site declares, and the system's tools */
#ifndef SH_ACTION_COMMAND_H
#define SH_ACTION_COMMAND_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Run it with a clean environment and INPUT (NULL: none) and wait. 0 when it
 * exits with 0; else -1 with the first line of what it said. OUT (may be NULL)
 * gets its standard output, *CODE (may be NULL) its exit code, when it ended.
 */
int sh_command_run(const char *const *argv, const char *input, int64_t timeout, struct sh_buf *out,
		   int *code, struct sh_error *err);

/* Path of a system's tool in /usr/sbin, /sbin, /usr/bin or /bin; -1 with UNAVAILABLE. */
#define SH_TOOL_PATH 64
int sh_command_tool(const char *name, char out[SH_TOOL_PATH], struct sh_error *err);

#endif
