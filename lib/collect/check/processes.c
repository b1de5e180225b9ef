/* SPDX-License-Identifier: MIT */
/* How many processes there are of a name, a program, a user. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "collect/check/ways.h"
#include "collect/host/pstat.h"
#include "config/check.h"

#define MAX_CMDLINE 65536
#define COMM_MAX 15 /* the kernel keeps no more of a name */

struct wanted {
	const struct sh_check *k;
	uid_t uid;
	int proc; /* /proc */
};

/* The program behind a process, "" when it cannot be known: a thread of the kernel, another user's. */
static void exe_of(const struct wanted *w, pid_t pid, char exe[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "%d/exe", (int)pid);
	n = readlinkat(w->proc, path, exe, PATH_MAX - 1);
	exe[n > 0 ? n : 0] = '\0';
	if (n > (ssize_t)sizeof(gone) && !strcmp(exe + n + 1 - (ssize_t)sizeof(gone), gone))
		exe[n + 1 - (ssize_t)sizeof(gone)] = '\0';
}

static bool is_named(const struct wanted *w, const struct sh_pstat *p)
{
	const char *name = w->k->address;
	char exe[PATH_MAX];
	const char *base;

	if (strlen(name) <= COMM_MAX || strncmp(p->name, name, COMM_MAX) != 0)
		return !strcmp(p->name, name);
	exe_of(w, p->pid, exe);
	base = strrchr(exe, '/');
	return base && !strcmp(base + 1, name);
}

static bool has_cmdline(const struct wanted *w, pid_t pid)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	char path[32];

	snprintf(path, sizeof(path), "%d/cmdline", (int)pid);
	if (sh_file_read(w->proc, path, MAX_CMDLINE, &text, &err) < 0)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!text.data[i])
			text.data[i] = ' ';
	return strstr(sh_buf_str(&text), w->k->cmdline) != NULL;
}

static bool is_wanted(const struct wanted *w, const struct sh_pstat *p)
{
	char path[32], exe[PATH_MAX];
	struct stat st;

	/* What the checks themselves started is not what is looked for. */
	if (!sh_pstat_is_alive(p) || p->ppid == getppid() || !is_named(w, p))
		return false;
	if (w->k->user) {
		snprintf(path, sizeof(path), "%d", (int)p->pid);
		if (fstatat(w->proc, path, &st, 0) < 0 || st.st_uid != w->uid)
			return false;
	}
	if (w->k->exe) {
		exe_of(w, p->pid, exe);
		if (strcmp(exe, w->k->exe) != 0)
			return false;
	}
	return !w->k->cmdline || has_cmdline(w, p->pid);
}

static void judge(const struct sh_check *k, int64_t count, struct sh_outcome *out)
{
	int64_t min = k->min != SH_CHECK_UNSET ? k->min : k->max != SH_CHECK_UNSET ? 0 : 1;

	sh_outcome_add(out, "processes", (double)count);
	if (count == 0 && min > 0)
		sh_outcome_fail(out, "no such process runs");
	else if (count < min)
		sh_outcome_fail(out, "only %lld of them run", (long long)count);
	else if (k->max != SH_CHECK_UNSET && count > k->max)
		sh_outcome_fail(out, "%lld of them run", (long long)count);
}

void sh_check_process(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	SH_CLEANUP_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	SH_CLEANUP_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct passwd *user = k->user ? getpwnam(k->user) : NULL;
	struct wanted w = { k, user ? user->pw_uid : 0, proc };
	struct sh_pstat_table t = { 0 };
	struct sh_error err = SH_ERROR_INIT;
	int64_t count = 0;

	(void)deadline;
	if (k->user && !user) {
		sh_outcome_fail(out, "there is no user '%.60s'", k->user);
		return;
	}
	if (proc < 0 || sh_pstat_scan(&t, root, &err) < 0) {
		sh_outcome_fail(out, "%s", proc < 0 ? strerror(errno) : err.text);
		return;
	}
	for (size_t i = 0; i < t.n; i++)
		count += is_wanted(&w, &t.item[i]);
	sh_pstat_release(&t);
	judge(k, count, out);
}
