/* SPDX-License-Identifier: MIT */
/*
 * pool - repairs as children: one per target, a few in all
 *
 * What waits for a busy target is kept newest per target, so a burst of faults
 * becomes one repair. A child finishes whatever happens to us: it has a session
 * of its own, ignores SIGPIPE, SIGHUP, SIGINT and SIGTERM, and writes its outcome to the ledger
 * before it reports through a pipe. What cannot be started, for want of processes or
 * descriptors, goes on waiting: others may give some back. After a while it is told as lost.
 */
#ifndef SH_REPAIR_POOL_H
#define SH_REPAIR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"

#define SH_POOL_CHILDREN 5

struct sh_job {
	char *target; /* owned */
	void *work;   /* owned by free_work */
	uint64_t serial;
	int64_t refused; /* since when it cannot be started, monotonic; 0 it was not tried */
};

struct sh_pool_child {
	pid_t pid; /* 0: free */
	int out;   /* its records, non-blocking; -1 when closed */
	struct sh_buf text;
	struct sh_job job;
};

struct sh_pool {
	struct sh_pool_child child[SH_POOL_CHILDREN];
	struct sh_map waiting; /* target -> struct sh_job * */
	uint64_t serial;       /* of the last job that was submitted */
	int epoll;             /* readable when a child has something to say */
	int64_t patience;      /* ns that what cannot be started is tried again; set by init */
	/* In the child: do the work, write records to FD, return bits below 128. */
	int (*run)(void *arg, void *work, int fd);
	void (*free_work)(void *work);
	void (*before_fork)(void *arg); /* what a child must not inherit; NULL: nothing */
	/* In the parent: a child's whole lines, and its bits at its end (-1: it died). */
	void (*lines)(void *arg, const char *data, size_t len);
	void (*ended)(void *arg, const struct sh_job *job, int bits);
	/* In the parent: it will not be started any more, and why. */
	void (*lost)(void *arg, const struct sh_job *job, const char *why);
	void *arg;
};

int sh_pool_init(struct sh_pool *p, struct sh_error *err);
void sh_pool_release(struct sh_pool *p);
/* What waits for TARGET if it is WANTED: no longer the pool's; NULL otherwise. */
void *sh_pool_take_waiting(struct sh_pool *p, const char *target,
			   bool (*wanted)(const void *work, const void *arg), const void *arg);
/* Start it, or let it wait; replaces what waits for the same target. WORK is taken over. */
void sh_pool_submit(struct sh_pool *p, const char *target, void *work);
/* Take what children say and start what can start; wait up to TIMEOUT ms (-1: without end). */
int sh_pool_pump(struct sh_pool *p, int timeout, struct sh_error *err);
/* Tell the children to end, see repair/halt.h. */
void sh_pool_halt(struct sh_pool *p);
bool sh_pool_is_idle(const struct sh_pool *p);
/* The smallest serial that is not finished; UINT64_MAX when all are. */
uint64_t sh_pool_oldest(const struct sh_pool *p);
/* Forget what waits (the operator asked us to stop). Returns how many there were. */
size_t sh_pool_drop_waiting(struct sh_pool *p);

#endif
