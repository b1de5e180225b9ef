/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

/* Who may rename a parent may put another directory in this one's place. */
static int check_parents(const char *path, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;
	SH_CLEANUP_FD int fd = sh_file_open_trusted(path, &why);

	if (fd >= 0)
		return 0;
	return sh_error_set(err, SH_ERRC_STATE, "state directory %s", why.text);
}

static int check_owner(const char *path, struct sh_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return sh_error_sys(err, "cannot stat '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return sh_error_set(err, SH_ERRC_STATE, "state directory '%s' is no directory",
				    path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return sh_error_set(err, SH_ERRC_STATE,
				    "state directory '%s' belongs to user %u, neither root nor "
				    "the user running this",
				    path, (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return sh_error_set(err, SH_ERRC_STATE,
				    "state directory '%s' is writable by its group or others: "
				    "chmod go-w it, or choose another",
				    path);
	return check_parents(path, err);
}

char *sh_state_dir(const char *dir, bool create, struct sh_error *err)
{
	char *real;

	if (create && sh_mkdir_parents(dir, 0700, err) < 0)
		return NULL;
	real = realpath(dir, NULL);
	if (!real) {
		sh_error_set_(err, errno == ENOENT ? SH_ERRC_UNAVAILABLE : SH_ERRC_SYSTEM, errno,
			      "cannot use state directory '%s'", dir);
		return NULL;
	}
	if (check_owner(real, err) < 0) {
		free(real);
		return NULL;
	}
	return real;
}

/* Who has the lock wrote its pid; on a full disk it could not, and nothing is said. */
static int in_use(int fd, const char *what, struct sh_error *err)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	int64_t pid;

	text[n > 0 ? n : 0] = '\0';
	if (sh_parse_i64(text, &pid) < 0)
		return sh_error_set(err, SH_ERRC_LOCKED, "%s is in use by another process", what);
	return sh_error_set(err, SH_ERRC_LOCKED, "%s is in use by process %s", what, text);
}

static void write_owner(int fd)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld", (long)getpid());

	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) != len)
		(void)!ftruncate(fd, 0); /* a part of a pid would name somebody else */
}

int sh_state_lock(const char *path, int64_t wait, const char *what, struct sh_error *err)
{
	int64_t end = sh_clock_mono() + wait, nap = SH_MS;
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0) {
		sh_error_set_(err, SH_ERRC_STATE, errno, "cannot open lock file '%s'", path);
		return -1;
	}
	/* Not a blocking flock: it has no deadline, and a library sets no alarms. */
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int64_t left = end - sh_clock_mono();

		if (errno != EWOULDBLOCK && errno != EINTR) {
			sh_error_set_(err, SH_ERRC_STATE, errno, "cannot lock '%s'", path);
			close(fd);
			return -1;
		}
		if (left <= 0) {
			in_use(fd, what, err);
			close(fd);
			return -1;
		}
		sh_clock_sleep(nap < left ? nap : left);
		nap = nap < 50 * SH_MS ? nap * 2 : nap;
	}
	write_owner(fd);
	return fd;
}
