/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/pidfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/host/pstat.h"
#include "scratch.h"
#include "tap.h"

static pid_t spawn(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Another process whose number ends alike has its place, so that nothing of PID's would be kept. */
static bool shares_slot(pid_t pid)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;
	bool shares = false;

	while (proc && (d = readdir(proc)) != NULL) {
		long other = strtol(d->d_name, NULL, 10);

		shares |= other > 0 && other != pid && other % SH_PIDFILES_SLOTS == pid % SH_PIDFILES_SLOTS;
	}
	if (proc)
		closedir(proc);
	return shares;
}

static pid_t spawn_apart(void)
{
	pid_t pid = spawn();

	for (int i = 0; i < 100 && shares_slot(pid); i++) {
		end(pid);
		pid = spawn();
	}
	return pid;
}

static bool scan(struct sh_pstat_table *t, int root)
{
	struct sh_error err = SH_ERROR_INIT;

	return sh_pstat_scan(t, root, &err) == 0;
}

/* How many files of a process are open here: other processes come and go meanwhile. */
static size_t held(pid_t pid)
{
	char wanted[32], name[64], target[64];
	size_t n = 0;

	snprintf(wanted, sizeof(wanted), "/proc/%d/", (int)pid);
	for (int fd = 0; fd < 1024; fd++) {
		ssize_t len;

		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		len = readlink(name, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		n += !strncmp(target, wanted, strlen(wanted));
	}
	return n;
}

static void kept(int root)
{
	struct sh_pstat_table t = { 0 };
	pid_t a = spawn_apart(), b = spawn_apart();
	const struct sh_pstat *p;
	char io[1024];
	size_t before;

	OK(scan(&t, root) && sh_pstat_find(&t, a) && sh_pstat_find(&t, b), "both children are seen");
	p = sh_pstat_find(&t, getpid());
	OK(p && !p->kernel && p->ppid == getppid(), "and we");
	OK(sh_pstat_read(&t, a, SH_PID_IO, io, sizeof(io)) > 0 && strstr(io, "read_bytes: "),
	   "another file of one of them");
	before = held(a);
	OK(scan(&t, root) && before == 2 && held(a) == before, "what was opened is kept: %zu", before);
	end(a);
	OK(scan(&t, root) && !sh_pstat_find(&t, a) && sh_pstat_find(&t, b), "one that ended is gone");
	OK(sh_pstat_read(&t, a, SH_PID_IO, io, sizeof(io)) < 0, "and so are its files");
	end(b);
	scan(&t, root);
	scan(&t, root);
	OK(held(a) == 0 && held(b) == 0, "and its descriptors are closed");
	sh_pstat_release(&t);
	OK(t.files.open == 0, "none is left");
}

/* Make the next process have the number; false where that is not allowed. */
static bool next_pid(pid_t pid)
{
	char text[16];
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), "%d", (int)pid - 1);
	bool ok = fd >= 0 && write(fd, text, (size_t)n) == n;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void used_again(int root)
{
	struct sh_pstat_table t = { 0 };
	pid_t a = spawn(), b = 0;
	uint64_t start;

	scan(&t, root);
	start = sh_pstat_find(&t, a) ? sh_pstat_find(&t, a)->start : 0;
	end(a);
	usleep(30000);
	for (int i = 0; i < 20 && b != a && next_pid(a); i++) {
		if (b)
			end(b);
		b = spawn();
	}
	if (b != a) {
		tap_skip("a number that is used again", "cannot choose process numbers");
	} else {
		const struct sh_pstat *p;

		scan(&t, root);
		p = sh_pstat_find(&t, b);
		OK(p && p->start > start, "a number that is used again is the new process");
	}
	if (b)
		end(b);
	sh_pstat_release(&t);
}

static void few_descriptors(int root)
{
	struct rlimit old, few;
	struct sh_pstat_table t = { 0 };

	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = 16;
	setrlimit(RLIMIT_NOFILE, &few);
	scan(&t, root);
	OK(scan(&t, root) && t.n > 2 && t.files.open <= 8, "%zu processes with few descriptors: %zu kept", t.n,
	   t.files.open);
	sh_pstat_release(&t);
	setrlimit(RLIMIT_NOFILE, &old);
}

static void put(int root, const char *text)
{
	int fd = openat(root, "proc/7/stat", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

static void captured(void)
{
	char *dir = scratch_make();
	int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sh_pstat_table t = { 0 };

	mkdirat(root, "proc", 0700);
	mkdirat(root, "proc/7", 0700);
	put(root, "7 (a) S 1 7 7 0 -1 2129984 0 0 0 0 5 6 0 0 20 0 1 0 9 0 3 0\n");
	OK(scan(&t, root) && t.n == 1 && t.item[0].ticks == 11 && t.item[0].kernel,
	   "a captured process");
	unlinkat(root, "proc/7/stat", 0);
	put(root, "7 (b) S 1 7 7 0 -1 64 0 0 0 0 8 6 0 0 20 0 1 0 9 0 3 0\n");
	OK(scan(&t, root) && t.n == 1 && t.item[0].ticks == 14 && !t.item[0].kernel,
	   "is read anew each time");
	unlinkat(root, "proc/7/stat", 0);
	OK(scan(&t, root) && t.n == 0, "one without its file is left out");
	OK(t.files.open == 0, "nothing of it is kept");
	sh_pstat_release(&t);
	close(root);
	scratch_remove(dir);
}

static void test_reread(int root)
{
	struct sh_pstat_table t = { 0 };
	pid_t a = spawn(), b = spawn(), later;

	OK(scan(&t, root), "a list");
	end(a);
	later = spawn();
	sh_pstat_reread(&t);
	OK(!sh_pstat_find(&t, a) && sh_pstat_find(&t, b), "read again, those that ended are gone");
	OK(!sh_pstat_find(&t, later), "and none has come");
	OK(scan(&t, root) && sh_pstat_find(&t, later), "until they are listed");
	end(b);
	end(later);
	sh_pstat_release(&t);
}

static void refused(void)
{
	char *dir = scratch_make(), text[16];
	int proc = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sh_pidfiles f;
	bool root = geteuid() == 0;

	if (fchmod(proc, 0755) < 0)
		abort();
	mkdirat(proc, "7", 0755);
	close(openat(proc, "7/io", O_WRONLY | O_CREAT | O_CLOEXEC, 0));
	sh_pidfiles_init(&f, true);
	/* Root may read everything. */
	if (root && seteuid(65534) < 0)
		abort();
	OK(sh_pidfiles_read(&f, proc, 7, SH_PID_IO, text, sizeof(text)) < 0 && errno == EACCES,
	   "a file that we may not read");
	if (root && seteuid(0) < 0)
		abort();
	if (fchmodat(proc, "7/io", 0644, 0) < 0)
		abort();
	OK(sh_pidfiles_read(&f, proc, 7, SH_PID_IO, text, sizeof(text)) < 0 && errno == EACCES,
	   "is not asked for again");
	sh_pidfiles_ask_again(&f);
	OK(sh_pidfiles_read(&f, proc, 7, SH_PID_IO, text, sizeof(text)) == 0, "until it is time");
	sh_pidfiles_release(&f);
	close(proc);
	scratch_remove(dir);
}

int main(void)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	kept(root);
	used_again(root);
	few_descriptors(root);
	captured();
	test_reread(root);
	refused();
	close(root);
	return plan_done();
}
