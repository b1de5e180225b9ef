/* SPDX-License-Identifier: MIT */
/*
 * pidfiles - files of /proc/PID, read again and again
 *
 * To open and close such a file costs more than to read it, so the descriptors
 * of a live procfs are kept from round to round, as many as leave half of those
 * that we may have. Once its process is gone a kept one reads nothing (ESRCH),
 * even when its number was given to another, which is then opened afresh. A file
 * that we may not read is refused again without asking, until sh_pidfiles_ask_again.
 */
#ifndef SH_COLLECT_PIDFILES_H
#define SH_COLLECT_PIDFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum sh_pid_file { SH_PID_STAT, SH_PID_IO, SH_PID_SCHEDSTAT, SH_PID_FILES };

#define SH_PIDFILES_SLOTS 1024

struct sh_pidfiles {
	struct sh_pidfiles_slot *slot; /* owned; one process each, by the last bits of its number */
	size_t open, most;             /* descriptors kept, and how many may be */
	uint32_t round;
};

/* Without KEEP (a captured tree) each file is opened for each reading. */
void sh_pidfiles_init(struct sh_pidfiles *f, bool keep);
void sh_pidfiles_release(struct sh_pidfiles *f);
/*
 * Read the beginning of a file of PID below the directory PROC, in one call: all
 * of it for what is shorter than LEN. Returns the length, or -1 with errno.
 */
ssize_t sh_pidfiles_read(struct sh_pidfiles *f, int proc, pid_t pid, enum sh_pid_file which,
			 char *text, size_t len);
/* Whoever was not let in may be now: a process that began another program, say. */
void sh_pidfiles_ask_again(struct sh_pidfiles *f);
/* A round is over: forget the processes of which nothing was read in it. */
void sh_pidfiles_sweep(struct sh_pidfiles *f);

#endif
