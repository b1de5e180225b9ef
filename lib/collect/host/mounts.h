/* SPDX-License-Identifier: MIT */
/* mounts - the mount table of this process, and which of it holds data */
#ifndef SH_COLLECT_MOUNTS_H
#define SH_COLLECT_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "collect/listing.h"

enum sh_mount_class {
	SH_MOUNT_LOCAL,
	SH_MOUNT_NETWORK, /* may hang for ever: ask in a child */
	SH_MOUNT_IMAGE,   /* full by nature: squashfs, iso9660, … */
	SH_MOUNT_PSEUDO,  /* holds no data */
	SH_MOUNT_OVERLAY, /* shows another one's space */
};

struct sh_mount {
	char *point, *type, *device; /* owned */
	char *number;                /* "254:0"; owned */
	char *upper;                 /* of an overlay, the directory that takes what is written; owned, NULL none */
	uint64_t id;                 /* as in fdinfo: no other of the machine has it */
	bool read_only;              /* this mount, or the whole file system */
	bool stopped;                /* ext4 of Linux 6.15 and later: read-only since an error, which statfs does not say */
	bool whole;                  /* its root is the root of the file system, no bind mount of a part */
	enum sh_mount_class class;
};

struct sh_mounts {
	struct sh_mount *item; /* owned; in mount order */
	size_t n, cap;
};

/* Text of /proc/self/mountinfo. Lines that are not understood are left out. */
void sh_mounts_parse(struct sh_mounts *m, struct sh_span text);
void sh_mounts_release(struct sh_mounts *m);
enum sh_mount_class sh_mount_classify(const char *type);
/* The mount that is seen at POINT (the last one there), or NULL. */
const struct sh_mount *sh_mounts_at(const struct sh_mounts *m, const char *point);
/*
 * The mounts that last, as a listing to compare: POINT and "TYPE DEVICE rw". Those
 * that come and go with each login and container are left out, and so is a
 * password in the device.
 */
void sh_mounts_list(const struct sh_mounts *all, struct sh_listing *out);
/*
 * Whether to look at M may hang: it is of a network, its path leads through a
 * mount that is, or looking would make an automounter mount it.
 */
bool sh_mount_may_hang(const struct sh_mounts *all, const struct sh_mount *m);
/*
 * Whether M is one to report when nothing special is asked: holds data, is not
 * covered by a later mount, and is the first of those that show the same device
 * (a whole one before bind mounts of parts).
 */
bool sh_mount_is_shown(const struct sh_mounts *all, const struct sh_mount *m);

#endif
