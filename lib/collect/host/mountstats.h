/* SPDX-License-Identifier: MIT */
/*
 * mountstats - what the NFS client counts per mount (/proc/self/mountstats)
 *
 * Walk: struct sh_mountstats m = { .rest = text }; while (sh_mountstats_next(&m)).
 * Mounts of other file systems are passed over, but counted in `index`. The
 * parts of a mount are then cut from its text line by line:
 * sh_mountstats_part says what a line is, sh_mountstats_op reads one operation.
 */
#ifndef SH_COLLECT_MOUNTSTATS_H
#define SH_COLLECT_MOUNTSTATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct sh_mountstats {
	struct sh_span rest;
	size_t index;                /* of the mount at work among all, from 0; mountinfo has the same order */
	size_t seen;                 /* mounts so far */
	struct sh_span device, point; /* of the mount at work, with the kernel's escapes */
	struct sh_span body;         /* its lines */
};

enum { SH_NFS_REQUESTS, SH_NFS_TRANSMISSIONS, SH_NFS_TIMEOUTS, SH_NFS_SENT, SH_NFS_RECEIVED,
       SH_NFS_QUEUE_MS, SH_NFS_RTT_MS, SH_NFS_EXE_MS, SH_NFS_OP_FIELDS };

enum { SH_XPRT_PORT, SH_XPRT_BIND, SH_XPRT_CONNECT, SH_XPRT_CONNECT_TIME, SH_XPRT_IDLE,
       SH_XPRT_SENDS, SH_XPRT_RECEIVES, SH_XPRT_BAD_XIDS, SH_XPRT_REQUESTS, SH_XPRT_BACKLOG,
       SH_XPRT_SLOTS, SH_XPRT_SENDING, SH_XPRT_PENDING, SH_XPRT_FIELDS };

/* The next mount of NFS; false at the end. */
bool sh_mountstats_next(struct sh_mountstats *m);
/* Cut the next line "KEY: values" off *body; per-operation lines come after the key "per-op". */
bool sh_mountstats_part(struct sh_span *body, struct sh_span *key, struct sh_span *values);
/* The numbers of an operation's line; false where it is none. */
bool sh_mountstats_op(struct sh_span values, uint64_t out[SH_NFS_OP_FIELDS]);
/*
 * The numbers of a transport's line in the order above, *n of them (older
 * kernels and other protocols have less). Returns the protocol, absent on failure.
 */
struct sh_span sh_mountstats_transport(struct sh_span values, uint64_t out[SH_XPRT_FIELDS],
				       size_t *n);

#endif
