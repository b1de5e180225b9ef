/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/service.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define MAX_PIDFILE 4096
#define MAX_CMDLINE 16384
/* A pid file is written after its process began; more than this is another process. */
#define PIDFILE_SLACK (2 * SH_SEC)

int sh_selector_read(struct sh_selector *s, const json_t *parameters, bool optional,
		     struct sh_error *err)
{
	int given;

	s->pidfile = sh_param_str(parameters, "pidfile");
	s->exe = sh_param_str(parameters, "exe");
	s->cmdline = sh_param_str(parameters, "cmdline");
	s->start = sh_param_json(parameters, "start");
	/* A command line pattern beside exe narrows it. */
	given = (s->pidfile != NULL) + (s->exe || s->cmdline);
	if (given > 1)
		return sh_error_set(err, SH_ERRC_INPUT,
				    "give either 'pidfile' or 'exe' and 'cmdline', not both");
	if (given == 0 && !optional)
		return sh_error_set(err, SH_ERRC_INPUT,
				    "one of 'pidfile', 'exe' and 'cmdline' is required");
	if (s->cmdline && !s->cmdline[strspn(s->cmdline, "*? ")])
		return sh_error_set(err, SH_ERRC_INPUT, "'cmdline' would match every process");
	return 0;
}

/* Reads the pid; 0 where the file is missing or holds no pid. */
static int read_pidfile(const char *path, pid_t *pid, struct stat *st, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	char text[MAX_PIDFILE];
	int64_t value;
	ssize_t n;

	*pid = 0;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is not a regular file", path);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return sh_error_sys(err, "cannot read '%s'", path);
	text[n] = '\0';
	text[strcspn(text, " \t\r\n")] = '\0';
	if (sh_parse_i64(text, &value) == 0 && value > 0 && value <= INT_MAX)
		*pid = (pid_t)value;
	return 0;
}

/* Whether it was started just as the site says: the same program with the same arguments. */
static bool is_as_started(pid_t pid, const json_t *start)
{
	const char *program = json_string_value(json_array_get(start, 0));
	SH_CLEANUP_BUF struct sh_buf wanted = SH_BUF_INIT;
	char exe[PATH_MAX], real[PATH_MAX], args[MAX_CMDLINE];
	json_t *word;
	size_t i;

	if (!program || !realpath(program, real))
		return false;
	sh_proc_exe(pid, exe, sizeof(exe));
	if (strcmp(exe, real) != 0)
		return false;
	json_array_foreach(start, i, word)
		sh_buf_addf(&wanted, "%s%s", i ? " " : "", json_string_value(word));
	return sh_proc_cmdline(pid, args, sizeof(args)) && !strcmp(args, sh_buf_str(&wanted));
}

/* A group is nobody else where it is root's, or that of the user who runs this. */
static bool is_writable_by_others(const struct stat *st)
{
	if (st->st_mode & S_IWOTH)
		return true;
	return (st->st_mode & S_IWGRP) && st->st_gid != 0 &&
	       (geteuid() == 0 || st->st_gid != getegid());
}

static int find_by_pidfile(const struct sh_selector *s, struct sh_procs *out, struct sh_error *err)
{
	struct sh_proc p;
	struct stat st;
	pid_t pid;

	if (read_pidfile(s->pidfile, &pid, &st, err) < 0)
		return -1;
	if (!pid || sh_proc_read(pid, &p) < 0 || p.state == 'Z' || p.state == 'X')
		return 0;
	if (sh_proc_start_time(&p) > st.st_mtim.tv_sec * SH_SEC + st.st_mtim.tv_nsec + PIDFILE_SLACK &&
	    !is_as_started(pid, s->start))
		return 0;
	if (sh_proc_is_protected(&p))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' names process %d (%s), which is never touched",
				    s->pidfile, (int)pid, p.name);
	if (is_writable_by_others(&st))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "'%s' can be written by others, who could name any process in it",
				    s->pidfile);
	if (st.st_uid != 0 && st.st_uid != geteuid() && sh_proc_uid(pid) != st.st_uid)
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "'%s' belongs to user %u but names process %d of another user",
				    s->pidfile, (unsigned)st.st_uid, (int)pid);
	sh_procs_add(out, &p);
	return 0;
}

static bool selector_matches(const struct sh_selector *s, const char *exe, const struct sh_proc *p)
{
	char text[MAX_CMDLINE];

	if (s->exe) {
		sh_proc_exe(p->pid, text, sizeof(text));
		if (strcmp(text, exe) != 0)
			return false;
	}
	if (!s->cmdline)
		return true;
	return sh_proc_cmdline(p->pid, text, sizeof(text)) && fnmatch(s->cmdline, text, 0) == 0;
}

static int find_in(const struct sh_selector *s, const struct sh_procs *all, struct sh_procs *out,
		   struct sh_error *err)
{
	char real[PATH_MAX];

	if (s->pidfile)
		return find_by_pidfile(s, out, err);
	if (s->exe && !realpath(s->exe, real))
		snprintf(real, sizeof(real), "%s", s->exe);
	for (size_t i = 0; i < all->n; i++) {
		const struct sh_proc *p = &all->item[i];

		if (p->state != 'Z' && p->state != 'X' && selector_matches(s, real, p) &&
		    !sh_proc_is_protected(p))
			sh_procs_add(out, p);
	}
	return 0;
}

int sh_service_find(const struct sh_selector *s, struct sh_procs *out, struct sh_error *err)
{
	struct sh_procs all = SH_PROCS_INIT;
	int rc = s->pidfile ? 0 : sh_procs_read(&all, err);

	if (rc == 0)
		rc = find_in(s, &all, out, err);
	sh_procs_release(&all);
	return rc;
}

int sh_service_find_tree(const struct sh_selector *s, struct sh_procs *out, struct sh_error *err)
{
	struct sh_procs all = SH_PROCS_INIT;
	int rc = sh_procs_read(&all, err);

	if (rc == 0)
		rc = find_in(s, &all, out, err);
	if (rc == 0)
		sh_procs_add_tree(out, &all);
	sh_procs_release(&all);
	return rc;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/*
 * Remove the file that was judged, and no other: between a look and unlink(2) a
 * daemon may have put its own in that place. Renamed, it can be looked at without haste.
 */
static int remove_judged(const char *path, const struct stat *judged, struct sh_error *err)
{
	SH_CLEANUP_FREE char *aside = sh_asprintf("%s.stale-%d", path, (int)getpid());
	struct stat now;

	if (rename(path, aside) < 0)
		return errno == ENOENT ? 0 : sh_error_sys(err, "cannot remove '%s'", path);
	if (lstat(aside, &now) < 0 || !is_same(&now, judged)) {
		/* Back with it, unless there is one still newer. */
		if (renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE) < 0)
			unlink(aside);
		return 0;
	}
	return unlink(aside) == 0 ? 1 : sh_error_sys(err, "cannot remove '%s'", aside);
}

int sh_service_clear_pidfile(const struct sh_selector *s, struct sh_error *err)
{
	struct sh_procs found = SH_PROCS_INIT;
	struct stat judged;
	size_t n;
	int rc;

	if (!s->pidfile || lstat(s->pidfile, &judged) < 0)
		return 0;
	rc = sh_service_find(s, &found, err);
	n = found.n;
	sh_procs_release(&found);
	return rc < 0 || n ? rc : remove_judged(s->pidfile, &judged, err);
}
