/* SPDX-License-Identifier: MIT */
/* iohog - which processes use a device most just now, among those that may be slowed down */
#ifndef SH_ACTION_IOHOG_H
#define SH_ACTION_IOHOG_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "action/proc.h"
#include "base/error.h"

#define SH_IOHOG_MAX 8

struct sh_iohog_options {
	dev_t fs, disk;         /* st_dev of its files; st_rdev of the device itself, 0 none */
	const json_t *allow;    /* shell patterns of process names; nothing else is ever chosen */
	const json_t *exclude;  /* pids and paths of executables; NULL none */
	int64_t window;         /* ns between the two readings */
};

struct sh_iohog {
	struct sh_proc proc;
	uint64_t bytes; /* of block I/O within the window */
};

/* The biggest users, biggest first, up to SH_IOHOG_MAX that have a fifth of the first. Returns how many, or -1. */
int sh_iohog_find(const struct sh_iohog_options *o, struct sh_iohog *out, struct sh_error *err);

#endif
