/* SPDX-License-Identifier: MIT */
/*
 * stale-remove - put a pid file or lock out of the way that a dead process left
 *
 * Only what is surely stale: the pid in it lives no more, or is another's since;
 * nobody has the file open, and nobody holds a lock on it. It is renamed, not
 * removed, so that undo can bring it back.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "action/openfiles.h"
#include "action/proc.h"
#include "action/service.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define MAX_LOCK ((size_t)65536)
#define ENDING ".selfheal-stale"

static const struct sh_param params[] = {
	{ "locks", SH_PARAM_STRINGS, true },
	{ "pidfile", SH_PARAM_PATH, false },
	{ "exe", SH_PARAM_PATH, false },
	{ "cmdline", SH_PARAM_STRING, false },
	{ "start", SH_PARAM_ARGV, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct lock {
	const char *path, *name; /* name: within the directory */
	int dir;
	struct stat st;
};

static void release(struct lock *l)
{
	if (l->dir >= 0)
		close(l->dir);
}

/* 1 there, 0 missing. */
static int look(struct lock *l, const char *path, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = NULL;
	const char *slash = strrchr(path, '/');

	*l = (struct lock){ .path = path, .dir = -1 };
	if (!sh_path_is_plain(path) || !slash[1])
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is not an absolute, plain path", path);
	l->name = slash + 1;
	dir = slash == path ? sh_strdup("/") : sh_strndup(path, (size_t)(slash - path));
	l->dir = sh_open_nolink(dir, O_RDONLY | O_DIRECTORY);
	if (l->dir < 0)
		return errno == ENOENT ? 0 : sh_error_sys(err, "cannot open '%s'", dir);
	if (fstatat(l->dir, l->name, &l->st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : sh_error_sys(err, "cannot look at '%s'", path);
	if (!S_ISREG(l->st.st_mode))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is no regular file", path);
	return 1;
}

/* The pid at its beginning lives, and began before the file was written. */
static int check_owner(const struct lock *l, int fd, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_proc p;
	char digits[16];
	size_t at = 0, n = 0;
	int64_t pid;

	if (sh_fd_read(fd, l->path, MAX_LOCK, &text, err) < 0)
		return -1;
	while (at < text.len && isspace((unsigned char)text.data[at]))
		at++;
	while (at < text.len && isdigit((unsigned char)text.data[at]) && n < sizeof(digits) - 1)
		digits[n++] = text.data[at++];
	digits[n] = '\0';
	if (!n || sh_parse_i64(digits, &pid) < 0 || pid > INT_MAX)
		return 0; /* it names nobody: then locks and descriptors alone tell */
	if (sh_proc_read((pid_t)pid, &p) < 0 || p.state == 'Z' || p.state == 'X' ||
	    sh_proc_start_time(&p) > sh_clock_of(l->st.st_mtim) + SH_SEC)
		return 0;
	return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is of process %d (%s), which lives", l->path, (int)pid,
			    p.name);
}

static int check_locks(const struct lock *l, int fd, struct sh_error *err)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ?
			       sh_error_set(err, SH_ERRC_CONFIG, "somebody holds a lock on '%s'", l->path) :
			       sh_error_sys(err, "cannot lock '%s'", l->path);
	if (fcntl(fd, F_GETLK, &whole) < 0)
		return sh_error_sys(err, "cannot ask for locks on '%s'", l->path);
	return whole.l_type == F_UNLCK ? 0 : sh_error_set(err, SH_ERRC_CONFIG, "process %d holds a lock on '%s'",
							  (int)whole.l_pid, l->path);
}

/* The kernel knows best; where it cannot say, every process must be in sight. */
static int check_open(const struct lock *l, int fd, const struct sh_openfiles *open, struct sh_error *err)
{
	int elsewhere = sh_open_elsewhere(fd);

	if (elsewhere == 1 || sh_openfiles_has(open, &l->st))
		return sh_error_set(err, SH_ERRC_CONFIG, "somebody has '%s' open", l->path);
	if (elsewhere < 0 && open->unseen)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "of %zu processes it cannot be seen whether they have '%s' open",
				    open->unseen, l->path);
	return 0;
}

static int check_stale(const struct lock *l, int fd, const struct sh_openfiles *open, struct sh_error *err)
{
	struct stat now;

	if (check_owner(l, fd, err) < 0 || check_open(l, fd, open, err) < 0 || check_locks(l, fd, err) < 0)
		return -1;
	if (fstatat(l->dir, l->name, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_ino != l->st.st_ino ||
	    now.st_mtim.tv_sec != l->st.st_mtim.tv_sec || now.st_mtim.tv_nsec != l->st.st_mtim.tv_nsec)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed meanwhile", l->path);
	return 0;
}

/* One that an earlier repair put aside makes way; anything else of that name is not ours. */
static int move_aside(const struct lock *l, struct sh_error *err)
{
	SH_CLEANUP_FREE char *aside = sh_asprintf("%s" ENDING, l->name);
	struct stat st;

	if (renameat2(l->dir, l->name, l->dir, aside, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST && fstatat(l->dir, aside, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == l->st.st_uid && unlinkat(l->dir, aside, 0) == 0 &&
	    renameat2(l->dir, l->name, l->dir, aside, RENAME_NOREPLACE) == 0)
		return 0;
	return sh_error_sys(err, "cannot put '%s' aside", l->path);
}

/* Put aside when it surely is stale. Who has what open is read before we have it open ourselves. */
static int put_aside(const struct lock *l, struct sh_error *err)
{
	struct sh_openfiles open = SH_OPENFILES_INIT;
	SH_CLEANUP_FD int fd = -1;
	int rc = sh_openfiles_read(&open, err);

	if (rc == 0) {
		fd = sh_open_beneath(l->dir, l->name, O_RDWR | O_NONBLOCK | O_NOCTTY, 0);
		rc = fd < 0 ? sh_error_sys(err, "cannot open '%s'", l->path) : check_stale(l, fd, &open, err);
	}
	sh_openfiles_release(&open);
	return rc < 0 ? -1 : move_aside(l, err);
}

/* While the service runs its files are its own. */
static int check_service(const json_t *p, struct sh_error *err)
{
	struct sh_procs found = SH_PROCS_INIT;
	struct sh_selector who;
	int rc = sh_selector_read(&who, p, true, err);

	if (rc == 0 && (who.pidfile || who.exe || who.cmdline))
		rc = sh_service_find(&who, &found, err);
	if (rc == 0 && found.n)
		rc = sh_error_set(err, SH_ERRC_CONFIG, "the service runs, as process %d",
				  (int)found.item[0].pid);
	sh_procs_release(&found);
	return rc;
}

static int remove_all(const json_t *paths, json_t *removed, struct sh_error *err)
{
	json_t *path;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)paths, i, path) {
		struct lock l;
		int rc = look(&l, json_string_value(path), err);

		if (rc == 1) {
			rc = put_aside(&l, err);
			if (rc == 0)
				json_array_append(removed, path);
		}
		release(&l);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_t *removed = json_array();

	json_object_set_new(output, "removed", removed);
	if (check_service(call->parameters, err) < 0 ||
	    remove_all(sh_param_json(call->parameters, "locks"), removed, err) < 0)
		return -1;
	return 0;
}

/* Done: none of them is there. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	bool left = false;
	json_t *path;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(call->parameters, "locks"), i, path) {
		struct lock l;
		int rc = look(&l, json_string_value(path), err);

		release(&l);
		if (rc < 0)
			return -1;
		left |= rc == 1;
	}
	sh_action_state(output, left ? "not_done" : "done");
	return 0;
}

static int bring_back(const char *path, struct sh_error *err)
{
	SH_CLEANUP_FREE char *aside = NULL;
	struct lock l;
	int rc = look(&l, path, err);

	if (rc == 1)
		rc = sh_error_set(err, SH_ERRC_CONFIG, "there is a new '%s'", path);
	if (rc == 0 && l.dir >= 0) {
		aside = sh_asprintf("%s" ENDING, l.name);
		/* The service may have made a new one this moment. */
		if (renameat2(l.dir, aside, l.dir, l.name, RENAME_NOREPLACE) < 0)
			rc = sh_error_sys(err, "cannot bring '%s' back", path);
	}
	release(&l);
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_t *path;
	size_t i;

	if (!sh_param_json(call->output, "removed"))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "nothing is known that could be undone");
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(call->output, "removed"), i, path)
		if (!json_is_string(path) || bring_back(json_string_value(path), err) < 0)
			return -1;
	json_object_set_new(output, "undone", json_true());
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "stale-remove", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
