/* SPDX-License-Identifier: MIT */
/*
 * bounded - work that may hang in the kernel, done in a child with a time limit
 *
 * statvfs on a dead NFS mount or a read from a stuck disk cannot be interrupted.
 * The child holds none of our descriptors (locks, output) except its end of a
 * pipe, so one that cannot even be killed keeps nothing of ours.
 */
#ifndef SH_COLLECT_BOUNDED_H
#define SH_COLLECT_BOUNDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct sh_bounded {
	pid_t pid; /* 0: none */
	int fd;    /* what the child says; -1 */
};

/* WORK runs in the child and writes its answer to descriptor FD. */
int sh_bounded_start(struct sh_bounded *b, void (*work)(const void *arg, int fd), const void *arg,
		     struct sh_error *err);
/*
 * For a caller that awaits several, once poll(2) says that b->fd has something:
 * one read to DATA + *GOT, which is counted. True at the end of the answer or
 * when LEN bytes are there; sh_bounded_finish (with LEN 0) ends the child.
 */
bool sh_bounded_step(struct sh_bounded *b, void *data, size_t len, size_t *got);
/*
 * Read the answer, at most LEN bytes, until the child closes or the deadline
 * (sh_clock_mono) passes; then end the child. Returns the bytes read. *stuck is
 * the pid of a child that even SIGKILL did not end, else 0.
 */
size_t sh_bounded_finish(struct sh_bounded *b, void *data, size_t len, int64_t deadline,
			 pid_t *stuck);

#endif
