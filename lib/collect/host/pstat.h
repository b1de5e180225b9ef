/* SPDX-License-Identifier: MIT */
/* pstat - every process of the machine at one moment, by /proc/PID/stat */
#ifndef SH_COLLECT_PSTAT_H
#define SH_COLLECT_PSTAT_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"
#include "collect/host/pidfiles.h"

struct sh_pstat {
	pid_t pid, ppid, session;
	char state;      /* R S D T t Z X I … */
	char name[64];   /* printable ASCII; other bytes are '?' */
	uint64_t ticks;  /* of processor time, user and system */
	uint64_t faults; /* major: that waited for a disk; of all its threads */
	uint64_t threads;
	uint64_t memory; /* resident, bytes */
	uint64_t start;  /* ticks after boot */
	bool kernel;     /* a thread of the kernel's own */
};

struct sh_pstat_table {
	struct sh_pstat *item; /* owned; by pid, ascending */
	size_t n, cap;
	DIR *proc;             /* owned, kept from scan to scan; NULL before the first */
	long first;            /* its position before process 1, behind all else; 0 unknown */
	struct sh_pidfiles files;
};

/* Read proc below ROOT, always the same. Processes that end meanwhile are left out. */
int sh_pstat_scan(struct sh_pstat_table *t, int root, struct sh_error *err);
/* After a scan, where it is known that none began since: those that are still there, without listing them. */
void sh_pstat_reread(struct sh_pstat_table *t);
/* The beginning of another of their files, as sh_pidfiles_read. Only after a scan. */
ssize_t sh_pstat_read(struct sh_pstat_table *t, pid_t pid, enum sh_pid_file which, char *text,
		      size_t len);
void sh_pstat_release(struct sh_pstat_table *t);
const struct sh_pstat *sh_pstat_find(const struct sh_pstat_table *t, pid_t pid);
/* One stat line; false when it is none. */
bool sh_pstat_parse(struct sh_span text, struct sh_pstat *out);

/* When it began, ns after boot: comparable with sh_clock_mono(). */
int64_t sh_pstat_start(const struct sh_pstat *p);
/* Whether it began after the instant (sh_clock_mono; 0, no instant: never). */
bool sh_pstat_began_since(const struct sh_pstat *p, int64_t instant);

/* Not dead, nor waiting to be reaped. */
static inline bool sh_pstat_is_alive(const struct sh_pstat *p)
{
	return p->state != 'Z' && p->state != 'X' && p->state != 'x';
}

#endif
