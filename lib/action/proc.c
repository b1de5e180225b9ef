/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "action/action.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define MAX_STAT 4096
#define MAX_STATUS 65536
#define POLL_FIRST (5 * SH_MS)
#define POLL_MAX (100 * SH_MS)
#define PF_KTHREAD 0x00200000

void sh_procs_release(struct sh_procs *p)
{
	free(p->item);
	*p = (struct sh_procs)SH_PROCS_INIT;
}

void sh_procs_add(struct sh_procs *p, const struct sh_proc *item)
{
	sh_grow(p->item, p->n, p->cap);
	p->item[p->n++] = *item;
}

const struct sh_proc *sh_procs_find(const struct sh_procs *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->item[i].pid == pid)
			return &p->item[i];
	return NULL;
}

static int read_proc_file(pid_t pid, const char *name, size_t max, struct sh_buf *out)
{
	struct sh_error ignored = SH_ERROR_INIT;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return sh_file_read(AT_FDCWD, path, max, out, &ignored);
}

/* The name may hold blanks and parentheses, so fields are counted from its last ')'. */
int sh_proc_read(pid_t pid, struct sh_proc *out)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	const char *open, *close;
	int ppid, pgid, sid;
	unsigned flags;
	unsigned long long start;
	long threads;

	if (pid <= 0 || read_proc_file(pid, "stat", MAX_STAT, &buf) < 0)
		return -1;
	open = strchr(sh_buf_str(&buf), '(');
	close = strrchr(sh_buf_str(&buf), ')');
	if (!open || !close || close < open)
		return -1;
	*out = (struct sh_proc){ .pid = pid };
	if (sscanf(close + 1,
		   " %c %d %d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d %llu",
		   &out->state, &ppid, &pgid, &sid, &flags, &threads, &start) != 7)
		return -1;
	/* Its first thread has ended; the others keep all that it has, as its ports. */
	if (out->state == 'Z' && threads > 1)
		out->state = 'S';
	out->ppid = ppid;
	out->pgid = pgid;
	out->sid = sid;
	out->start = start;
	out->kernel = flags & PF_KTHREAD;
	snprintf(out->name, sizeof(out->name), "%.*s", (int)(close - open - 1), open + 1);
	return 0;
}

int sh_procs_read(struct sh_procs *p, struct sh_error *err)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	struct sh_proc proc;
	int64_t pid;

	if (!dir)
		return sh_error_sys(err, "cannot read '/proc'");
	while ((e = readdir(dir)))
		if (sh_parse_i64(e->d_name, &pid) == 0 && pid > 0 && pid <= INT_MAX &&
		    sh_proc_read((pid_t)pid, &proc) == 0)
			sh_procs_add(p, &proc);
	closedir(dir);
	return 0;
}

/* A daemon's workers are its children, or at least of the session that it leads. */
static bool belongs_to(const struct sh_proc *p, const struct sh_procs *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct sh_proc *of = &set->item[i];

		if (p->ppid == of->pid || (of->sid == of->pid && p->sid == of->sid))
			return true;
	}
	return false;
}

void sh_procs_add_tree(struct sh_procs *out, const struct sh_procs *all)
{
	bool grown = true;

	while (grown) {
		grown = false;
		for (size_t i = 0; i < all->n; i++) {
			const struct sh_proc *p = &all->item[i];

			if (sh_procs_find(out, p->pid) || !belongs_to(p, out) ||
			    sh_proc_is_protected(p))
				continue;
			sh_procs_add(out, p);
			grown = true;
		}
	}
}

bool sh_proc_is_alive(const struct sh_proc *p)
{
	struct sh_proc now;

	return sh_proc_read(p->pid, &now) == 0 && now.start == p->start && now.state != 'Z' &&
	       now.state != 'X';
}

bool sh_proc_is_protected(const struct sh_proc *p)
{
	struct sh_proc up = { .ppid = getpid() };

	if (p->pid <= 1 || p->kernel)
		return true;
	for (int depth = 0; depth < 1000 && up.ppid > 0; depth++) {
		if (up.ppid == p->pid)
			return true;
		if (sh_proc_read(up.ppid, &up) < 0)
			break;
	}
	return false;
}

int64_t sh_proc_start_time(const struct sh_proc *p)
{
	struct timespec boot;
	int64_t hz = sysconf(_SC_CLK_TCK);
	int64_t since_boot = (int64_t)(p->start / (uint64_t)hz) * SH_SEC +
			     (int64_t)(p->start % (uint64_t)hz) * (SH_SEC / hz);

	clock_gettime(CLOCK_BOOTTIME, &boot);
	return sh_clock_wall() - (boot.tv_sec * SH_SEC + boot.tv_nsec) + since_boot;
}

void sh_proc_exe(pid_t pid, char *out, size_t size)
{
	static const char deleted[] = " (deleted)";
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, out, size - 1);
	if (n < 0)
		n = 0;
	out[n] = '\0';
	if ((size_t)n >= sizeof(deleted) && !strcmp(out + n - (sizeof(deleted) - 1), deleted))
		out[n - (ssize_t)(sizeof(deleted) - 1)] = '\0';
}

bool sh_proc_cmdline(pid_t pid, char *out, size_t size)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	size_t n;

	if (read_proc_file(pid, "cmdline", (size_t)4 << 20, &buf) < 0 || buf.len == 0)
		return false;
	n = buf.len < size ? buf.len : size - 1;
	memcpy(out, buf.data, n);
	while (n && out[n - 1] == '\0')
		n--;
	out[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (out[i] == '\0')
			out[i] = ' ';
	return true;
}

uid_t sh_proc_uid(pid_t pid)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	const char *line;
	unsigned uid;

	if (read_proc_file(pid, "status", MAX_STATUS, &buf) < 0)
		return (uid_t)-1;
	line = strstr(sh_buf_str(&buf), "\nUid:");
	return line && sscanf(line + 5, "%u", &uid) == 1 ? uid : (uid_t)-1;
}

int sh_proc_signal(const struct sh_proc *p, int sig, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = -1;

	if (sh_proc_is_protected(p))
		return sh_error_set(err, SH_ERRC_CONFIG, "process %d (%s) is never signalled",
				    (int)p->pid, p->name);
	fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (fd < 0 && errno == ESRCH)
		return 0;
	if (fd < 0)
		return sh_error_sys(err, "cannot open process %d", (int)p->pid);
	if (!sh_proc_is_alive(p))
		return 0;
	if (syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) == 0)
		return 1;
	return errno == ESRCH ? 0 : sh_error_sys(err, "cannot signal process %d (%s)", (int)p->pid, p->name);
}

int sh_procs_signal(const struct sh_procs *set, int sig, struct sh_error *err)
{
	for (size_t i = 0; i < set->n; i++)
		if (sh_proc_signal(&set->item[i], sig, err) < 0)
			return -1;
	return 0;
}

size_t sh_procs_alive(const struct sh_procs *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += sh_proc_is_alive(&set->item[i]);
	return n;
}

bool sh_procs_await_end(const struct sh_procs *set, int64_t timeout)
{
	int64_t until = sh_clock_mono() + timeout, pause = POLL_FIRST;

	while (sh_procs_alive(set)) {
		if (sh_clock_mono() >= until)
			return false;
		sh_clock_sleep(pause);
		pause = pause * 2 < POLL_MAX ? pause * 2 : POLL_MAX;
	}
	return true;
}

int sh_signal_from_name(const char *name)
{
	if (!strncmp(name, "SIG", 3))
		name += 3;
	for (int sig = 1; sig < 32; sig++) {
		const char *abbrev = sigabbrev_np(sig);

		if (abbrev && !strcmp(abbrev, name))
			return sig;
	}
	return 0;
}

bool sh_proc_described(const json_t *described, const json_t *entry, struct sh_proc *out)
{
	const char *boot = sh_param_str(described, "boot_id");
	char boot_id[SH_BOOT_ID_TEXT];
	int64_t pid = sh_param_int(entry, "pid", 0);

	sh_clock_boot_id(boot_id);
	return boot && !strcmp(boot, boot_id) && pid > 1 && pid <= INT_MAX &&
	       sh_proc_read((pid_t)pid, out) == 0 &&
	       out->start == (uint64_t)sh_param_int(entry, "start", -1) && out->state != 'Z';
}
