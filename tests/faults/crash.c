/* SPDX-License-Identifier: MIT */
/*
 * crash WHO N REPORT COMMAND... - end COMMAND at its N-th point
 * crash WHO CALL:N REPORT COMMAND... - or where that system call returns for the N-th time
 *
 * COMMAND and what it forks are traced. A point is the entry to, or the return
 * from, a system call that a crash could fall beside: writing, syncing
 * and naming files, making, executing and awaiting processes. At point N SIGKILL goes to WHO:
 *
 *   one     the process that is there
 *   repair  every process that still runs COMMAND itself
 *   all     these and what they executed, as by a power cut
 *   hook    nobody: the shell command in CRASH_HOOK runs, and then all goes on
 *   fail    nobody: from then on all that would change a file system fails by the
 *           error number in CRASH_ERRNO (needs Linux 6.16, else exits 77)
 *
 * What was executed by a child runs untraced and, unless it is among WHO, goes on.
 * N of 0 only counts. REPORT gets "points COUNT", and where it came to N a line
 * "point N SYSCALL before|after" before it. Exits as COMMAND did, 128+9 where it
 * was killed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/ptrace.h and sys/ptrace.h cannot be included together everywhere. */
#define GET_SYSCALL_INFO 0x420e
#define SET_SYSCALL_INFO 0x4212
struct syscall_info {
	__UINT8_TYPE__ op, pad[3];
	__UINT32_TYPE__ arch;
	__UINT64_TYPE__ ip, sp;
	union {
		struct {
			__UINT64_TYPE__ nr, args[6], seccomp;
		} entry;
		struct {
			__INT64_TYPE__ rval;
			__UINT8_TYPE__ is_error;
		} exit;
	};
};
enum { OP_NONE, OP_ENTRY, OP_EXIT };

static const struct call {
	long nr;
	const char *name;
	bool changes; /* a file system */
} calls[] = {
	{ SYS_write, "write", false },
	{ SYS_writev, "writev", false },
	{ SYS_pwrite64, "pwrite64", true },
	{ SYS_fsync, "fsync", true },
	{ SYS_fdatasync, "fdatasync", true },
	{ SYS_ftruncate, "ftruncate", true },
	{ SYS_truncate, "truncate", true },
	{ SYS_fallocate, "fallocate", true },
	{ SYS_openat, "openat", true },
	{ SYS_mkdirat, "mkdirat", true },
	{ SYS_unlinkat, "unlinkat", true },
	{ SYS_renameat2, "renameat2", true },
	{ SYS_flock, "flock", false },
	{ SYS_clone, "clone", false },
	{ SYS_clone3, "clone3", false },
	{ SYS_execve, "execve", false },
	{ SYS_kill, "kill", false },
	{ SYS_wait4, "wait4", false },
	{ SYS_waitid, "waitid", false },
	{ SYS_exit_group, "exit_group", false },
#ifdef SYS_rename
	{ SYS_rename, "rename", true },
	{ SYS_unlink, "unlink", true },
	{ SYS_mkdir, "mkdir", true },
	{ SYS_open, "open", true },
	{ SYS_fork, "fork", false },
	{ SYS_vfork, "vfork", false },
#endif
#ifdef SYS_renameat
	{ SYS_renameat, "renameat", true },
#endif
};

enum who { ONE, REPAIR, ALL, HOOK, FAIL };

#define MOST 64

struct tracee {
	pid_t pid;
	const struct call *call; /* between entry and return of a point; NULL none */
	bool failing;            /* its system call was taken away */
};

struct crash {
	enum who who;
	long at, points;
	char call[32]; /* whose returns are counted for at; empty: all points are */
	long returns;
	FILE *report;
	pid_t root;
	int status; /* of the root; -1 while it lives */
	bool executed; /* the root runs COMMAND by now */
	bool over;  /* the point was reached: whatever stops is let go */
	struct tracee tracee[MOST];
	size_t n;
	pid_t group[MOST]; /* what was executed: each leads its group */
	size_t groups;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "crash: %s: %s\n", what, strerror(errno));
	exit(125);
}

static struct tracee *find(struct crash *c, pid_t pid)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->tracee[i].pid == pid)
			return &c->tracee[i];
	if (c->n == MOST) {
		errno = ENOMEM;
		die("too many processes");
	}
	c->tracee[c->n] = (struct tracee){ .pid = pid };
	return &c->tracee[c->n++];
}

static void forget(struct crash *c, pid_t pid)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->tracee[i].pid == pid)
			c->tracee[i] = c->tracee[--c->n];
}

static const struct call *call_of(const struct syscall_info *info)
{
	if (info->entry.nr == SYS_openat && !(info->entry.args[2] & O_CREAT))
		return NULL;
#ifdef SYS_open
	if (info->entry.nr == SYS_open && !(info->entry.args[1] & O_CREAT))
		return NULL;
#endif
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((long)info->entry.nr == calls[i].nr)
			return &calls[i];
	return NULL;
}

static void strike(struct crash *c, pid_t pid)
{
	const char *hook = getenv("CRASH_HOOK");

	c->over = true;
	if (c->who == HOOK && (!hook || system(hook) != 0))
		die("the hook failed");
	if (c->who == ONE)
		kill(pid, SIGKILL);
	for (size_t i = 0; i < c->n; i++)
		if (c->who == REPAIR || c->who == ALL)
			kill(c->tracee[i].pid, SIGKILL);
	for (size_t i = 0; c->who == ALL && i < c->groups; i++)
		kill(-c->group[i], SIGKILL);
	/* The others run on untraced once they have stopped. */
	for (size_t i = 0; i < c->n; i++)
		if (c->tracee[i].pid != pid && c->who != FAIL)
			ptrace(PTRACE_INTERRUPT, c->tracee[i].pid, 0, 0);
}

static void point(struct crash *c, pid_t pid, const char *call, const char *side)
{
	if (c->over || (pid == c->root && !c->executed))
		return;
	c->points++;
	c->returns += *side == 'a' && !strcmp(call, c->call);
	if (*c->call ? c->returns != c->at : c->points != c->at)
		return;
	fprintf(c->report, "point %ld %s %s\n", c->points, call, side);
	strike(c, pid);
}

static void set_info(const struct tracee *t, struct syscall_info *info)
{
	if (ptrace((enum __ptrace_request)SET_SYSCALL_INFO, t->pid, sizeof(*info), info) == 0)
		return;
	fprintf(stderr, "crash: cannot change system calls: %s\n", strerror(errno));
	exit(77);
}

/* Number -1 does nothing; what it returns is set when it returns. */
static void take_away(struct tracee *t, struct syscall_info *info)
{
	info->entry.nr = (__UINT64_TYPE__)-1;
	set_info(t, info);
	t->failing = true;
}

static void let_fail(struct tracee *t, struct syscall_info *info)
{
	info->exit.rval = -strtol(getenv("CRASH_ERRNO"), NULL, 10);
	info->exit.is_error = 1;
	set_info(t, info);
	t->failing = false;
}

static void at_syscall(struct crash *c, struct tracee *t)
{
	struct syscall_info info = { 0 };

	if (ptrace((enum __ptrace_request)GET_SYSCALL_INFO, t->pid, sizeof(info), &info) < 0)
		return;
	if (info.op == OP_ENTRY) {
		t->call = call_of(&info);
		if (t->call)
			point(c, t->pid, t->call->name, "before");
		if (t->call && c->over && c->who == FAIL && t->call->changes)
			take_away(t, &info);
	} else if (info.op == OP_EXIT && t->call) {
		if (t->failing)
			let_fail(t, &info);
		point(c, t->pid, t->call->name, "after");
		t->call = NULL;
	}
}

/* What a child executed is no longer the command. Returns whether to let go of it. */
static bool at_exec(struct crash *c, struct tracee *t)
{
	if (t->pid == c->root && !c->executed) {
		c->executed = true;
		t->call = NULL;
		return false;
	}
	if (c->groups < MOST)
		c->group[c->groups++] = t->pid;
	point(c, t->pid, "execve", "after");
	return true;
}

static void on_stop(struct crash *c, pid_t pid, int status)
{
	struct tracee *t = find(c, pid);
	int sig = WSTOPSIG(status), event = status >> 16;
	bool let_go = false;

	if (event == PTRACE_EVENT_EXEC)
		let_go = at_exec(c, t);
	else if (sig == (SIGTRAP | 0x80))
		at_syscall(c, t);
	if (event || sig == (SIGTRAP | 0x80))
		sig = 0;
	let_go |= c->over && c->who != FAIL;
	ptrace(let_go ? PTRACE_DETACH : PTRACE_SYSCALL, pid, 0, sig);
	if (let_go)
		forget(c, pid);
}

static void trace(struct crash *c)
{
	while (c->n || c->status < 0) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		if (WIFSTOPPED(status)) {
			on_stop(c, pid, status);
			continue;
		}
		forget(c, pid);
		if (pid == c->root)
			c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

static void begin(struct crash *c, char **argv)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int go[2];
	char byte = 0;

	if (pipe2(go, O_CLOEXEC) < 0)
		die("pipe");
	c->root = fork();
	if (c->root == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) == 1)
			execvp(argv[0], argv);
		_exit(127);
	}
	if (c->root < 0 || ptrace(PTRACE_SEIZE, c->root, 0, options) < 0)
		die("cannot trace");
	find(c, c->root);
	ptrace(PTRACE_INTERRUPT, c->root, 0, 0);
	if (write(go[1], &byte, 1) != 1)
		die("pipe");
	close(go[0]);
	close(go[1]);
}

int main(int argc, char **argv)
{
	static const char *const words[] = { "one", "repair", "all", "hook", "fail" };
	struct crash c = { .status = -1 };

	if (argc < 5) {
		fprintf(stderr, "usage: crash one|repair|all|hook|fail N REPORT COMMAND...\n");
		return 2;
	}
	while (c.who < 5 && strcmp(argv[1], words[c.who]) != 0)
		c.who++;
	if (sscanf(argv[2], "%31[a-z]:%ld", c.call, &c.at) != 2) {
		c.call[0] = '\0';
		c.at = strtol(argv[2], NULL, 10);
	}
	c.report = fopen(argv[3], "we");
	if (c.who == 5 || !c.report || (c.who == FAIL && !getenv("CRASH_ERRNO")))
		die(argv[c.who == 5 ? 1 : 3]);
	begin(&c, argv + 4);
	trace(&c);
	fprintf(c.report, "points %ld\n", c.points);
	fclose(c.report);
	return c.status < 0 ? 125 : c.status;
}
