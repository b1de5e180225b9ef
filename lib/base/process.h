/* SPDX-License-Identifier: MIT */
/*
 * process - children, and who a pid really is
 *
 * A pid alone names nobody for long: identity here is pid, start time (clock
 * ticks after boot, field 22 of /proc/PID/stat) and boot id.
 */
#ifndef SH_BASE_PROCESS_H
#define SH_BASE_PROCESS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

struct sh_process_id {
	pid_t pid;
	uint64_t start; /* clock ticks after boot */
	char boot_id[SH_BOOT_ID_TEXT];
};

/* Identify a living process. Returns -1 (SH_ERRC_UNAVAILABLE) when there is none. */
int sh_process_identify(pid_t pid, struct sh_process_id *out, struct sh_error *err);
/* Whether this very process (same boot, same start) still exists and is not a zombie. */
bool sh_process_is_alive(const struct sh_process_id *id);
/* Whether the group that this process led still has a member, itself or another. */
bool sh_process_group_is_alive(const struct sh_process_id *id);

struct sh_child_options {
	const char *const *argv;  /* argv[0] is a path; never looked up in PATH */
	const char *const *envp;  /* NULL: PATH=/usr/sbin:/usr/bin:/sbin:/bin, LC_ALL=C, TZ kept */
	const char *stdin_data;   /* written to its standard input; NULL: /dev/null */
	size_t stdin_len;
	int64_t timeout;          /* ns until TERM to the group; 0: none */
	int64_t kill_after;       /* ns from TERM to KILL; 0: 2 s */
	size_t max_output;        /* bytes kept of each of stdout and stderr; 0: 1 MiB */
	int64_t give_up;          /* ns from KILL until one that the kernel holds is left alone; 0: awaited for ever */
	bool enough;              /* a pipe that brought max_output is closed; else the rest is read and forgotten */
	bool alone;               /* what it leaves of its group when it ends is killed; it dies with us */
	bool hold;                /* the child waits after fork, before exec, for sh_child_release_gate */
	void (*prepare)(void *arg); /* called in the child before that; NULL none */
	void *prepare_arg;
};

/* A child in its own process group, its outputs collected. Bodies are public for the stack only. */
struct sh_child {
	pid_t pid;
	struct sh_process_id id;
	int in, out, err_fd; /* our ends, non-blocking, -1 when closed */
	int gate;            /* write end of the pipe a held child waits on, -1 */
	int pidfd;           /* readable when it has ended; -1 where the kernel gives none */
	size_t written;
	struct sh_buf stdout_data, stderr_data;
	bool truncated;
	int64_t deadline, kill_at; /* CLOCK_BOOTTIME; 0: none */
	int64_t drain_until;       /* after its end: how long others may go on writing */
	int64_t give_up_at;        /* once it was killed */
	bool timed_out;
	bool stuck; /* not even KILL ended it in time; its status is as if it had */
	bool exited;
	int status; /* as waitpid */
	struct sh_child_options opt;
};

/* Fork; with hold the child does nothing until released, and exits (125) if we die before. */
int sh_child_start(struct sh_child *c, const struct sh_child_options *opt, struct sh_error *err);
/* As much of the input as a pipe holds is given before. */
int sh_child_release_gate(struct sh_child *c, struct sh_error *err);
/*
 * Give it of its input what fits now. sh_child_wait does so by itself; this is for
 * a child that should not idle until it is awaited.
 */
void sh_child_feed(struct sh_child *c);
/* Pump pipes and deadlines until it has ended and its outputs are closed (or 200 ms after its end). */
int sh_child_wait(struct sh_child *c, struct sh_error *err);
/*
 * The same for a caller that waits for other things too: what to poll and when to
 * come back at the latest (CLOCK_BOOTTIME, *until is only ever made earlier; 0 is
 * never), then one turn without blocking. A turn returns true when all is over.
 */
#define SH_CHILD_FDS 4
void sh_child_watch(const struct sh_child *c, struct pollfd fds[SH_CHILD_FDS], int64_t *until);
bool sh_child_turn(struct sh_child *c);
/* The wait until then as poll(2) takes it: 0 of UNTIL is for ever. */
int sh_poll_timeout(int64_t until);
/*
 * Kill a child that still runs, with its group, and free everything; a group
 * that was told to end by its deadline was killed when its leader had gone. What
 * a child that ended in time left behind lives on unless it was to be alone. Safe
 * on a zeroed or released child. Where the caller gives up, returns whether some
 * of what was killed is still there: c->id names the group, and waitpid(2) on its
 * leader is the caller's from then on.
 */
bool sh_child_release(struct sh_child *c);
/* Exit code; 128+signal; 126/127 when exec failed. */
int sh_child_exit_code(const struct sh_child *c);

#endif
