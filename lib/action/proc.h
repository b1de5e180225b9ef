/* SPDX-License-Identifier: MIT */
/*
 * proc - which processes there are, who they are, and signals that cannot miss
 *
 * A struct sh_proc is a reading of one process at one moment. A process that is
 * to be signalled is pinned by a pidfd, and the reading repeated after that, so
 * that a pid that was recycled between is never hit.
 */
#ifndef SH_ACTION_PROC_H
#define SH_ACTION_PROC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct sh_proc {
	pid_t pid, ppid, pgid, sid;
	char state;     /* as in /proc/PID/stat */
	char name[64];  /* comm */
	uint64_t start; /* clock ticks after boot */
	bool kernel;    /* a kernel thread */
};

struct sh_procs {
	struct sh_proc *item; /* owned */
	size_t n, cap;
};

#define SH_PROCS_INIT { NULL, 0, 0 }

void sh_procs_release(struct sh_procs *p);
void sh_procs_add(struct sh_procs *p, const struct sh_proc *item);
const struct sh_proc *sh_procs_find(const struct sh_procs *p, pid_t pid);
/* Add every process that can be seen, by pid. */
int sh_procs_read(struct sh_procs *p, struct sh_error *err);
/* Add to OUT the descendants of its members, and the members of sessions that they lead. */
void sh_procs_add_tree(struct sh_procs *out, const struct sh_procs *all);

/* Returns 0, or -1 when there is no such process. */
int sh_proc_read(pid_t pid, struct sh_proc *out);
/*
 * The process that an action wrote down as {boot_id, ...} and ENTRY {pid, start}: false when
 * it is no longer the same one, or a zombie.
 */
bool sh_proc_described(const json_t *described, const json_t *entry, struct sh_proc *out);
/* The same process still exists; zombies do not count. */
bool sh_proc_is_alive(const struct sh_proc *p);
/* Ourselves, our ancestors, pid 1, kernel threads: never to be touched. */
bool sh_proc_is_protected(const struct sh_proc *p);
/* When it started, ns since the epoch, by the clock as it is now; to 10 ms. */
int64_t sh_proc_start_time(const struct sh_proc *p);
/* The file it runs, "" where it cannot be read; " (deleted)" is cut. */
void sh_proc_exe(pid_t pid, char *out, size_t size);
/* Its arguments joined by blanks, at most SIZE - 1 bytes. Returns false where they cannot be read. */
bool sh_proc_cmdline(pid_t pid, char *out, size_t size);
/* The real user id; (uid_t)-1 where it cannot be read. */
uid_t sh_proc_uid(pid_t pid);

/*
 * Send SIG to exactly this process. Returns 1 when sent, 0 when it is gone (or
 * only its pid is left), -1 with an error otherwise.
 */
int sh_proc_signal(const struct sh_proc *p, int sig, struct sh_error *err);

/* Send SIG to each, in their order, until one cannot be signalled; who is gone is passed over. */
int sh_procs_signal(const struct sh_procs *set, int sig, struct sh_error *err);
size_t sh_procs_alive(const struct sh_procs *set);
/* Wait until none of them lives; false when TIMEOUT (ns) is over before. */
bool sh_procs_await_end(const struct sh_procs *set, int64_t timeout);

/* "TERM", "SIGTERM" → 15; 0 for an unknown name. */
int sh_signal_from_name(const char *name);

#endif
