/* SPDX-License-Identifier: MIT */
/* mounts - what is mounted at a place, by /proc/self/mountinfo */
#ifndef SH_ACTION_MOUNTS_H
#define SH_ACTION_MOUNTS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct sh_mounted {
	dev_t dev;
	char type[32], source[PATH_MAX];
	char options[1024];    /* of the mount: "rw,relatime" */
	char super[16384];     /* of the file system; an overlay names all its layers there */
};

/* The one on top at exactly this place: 1 found, 0 nothing is mounted there, -1. */
int sh_mounts_find(const char *place, struct sh_mounted *out, struct sh_error *err);
/* Whether a list such as "ro,noatime" has the word. */
bool sh_mounts_has_option(const char *options, const char *word);

/* Blanks and others stand as \040 in the kernel's tables: in place, what they stand for. */
void sh_mounts_unescape(char *s);

#endif
