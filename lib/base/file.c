/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

void sh_cleanup_fd_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int sh_fd_read(int fd, const char *path, size_t max, struct sh_buf *out, struct sh_error *err)
{
	sh_buf_clear(out);
	for (;;) {
		char *to = sh_buf_reserve(out, 16384);
		ssize_t n = read(fd, to, 16384);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sh_error_sys(err, "cannot read '%s'", path);
		if (n == 0)
			break;
		out->len += (size_t)n;
		if (out->len > max)
			return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is larger than %zu bytes",
					    path, max);
	}
	*sh_buf_reserve(out, 0) = '\0';
	return 0;
}

int sh_file_read(int dirfd, const char *path, size_t max, struct sh_buf *out, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	sh_buf_clear(out);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	return sh_fd_read(fd, path, max, out, err);
}

int sh_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Make the directory entry itself durable. */
static int sync_parent(const char *path)
{
	SH_CLEANUP_FREE char *dir = sh_strdup(path);
	char *slash = strrchr(dir, '/');
	SH_CLEANUP_FD int fd = -1;

	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

int sh_file_write_atomic(const char *path, const void *data, size_t len, unsigned mode,
			 struct sh_error *err)
{
	SH_CLEANUP_FREE char *tmp = sh_asprintf("%s.XXXXXX", path);
	SH_CLEANUP_FD int fd = mkostemp(tmp, O_CLOEXEC);

	if (fd < 0)
		return sh_error_sys(err, "cannot create '%s'", tmp);
	if (sh_write_all(fd, data, len) < 0 || fchmod(fd, (mode_t)mode) < 0 || fsync(fd) < 0 ||
	    rename(tmp, path) < 0) {
		sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot write '%s'", path);
		unlink(tmp);
		return -1;
	}
	if (sync_parent(path) < 0)
		return sh_error_sys(err, "cannot sync the directory of '%s'", path);
	return 0;
}

int sh_mkdir_parents(const char *path, unsigned mode, struct sh_error *err)
{
	SH_CLEANUP_FREE char *p = sh_strdup(path);

	for (char *slash = p + 1; *slash; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(p, (mode_t)mode) < 0 && errno != EEXIST)
			return sh_error_sys(err, "cannot create directory '%s'", p);
		*slash = '/';
	}
	if (mkdir(p, (mode_t)mode) < 0 && errno != EEXIST)
		return sh_error_sys(err, "cannot create directory '%s'", p);
	return 0;
}

static bool owner_is_trusted(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int check_component(int fd, const char *path, bool parent, struct sh_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return sh_error_sys(err, "cannot stat '%s'", path);
	if (!owner_is_trusted(&st))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "'%s' is owned by user %u, neither root nor the user running this",
				    path, (unsigned)st.st_uid);
	if (!(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	if (parent && S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX) && st.st_uid == 0)
		return 0;
	return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is writable by its group or others", path);
}

/* Walk the parents of an absolute, link-free path from the root, checking each by descriptor. */
static int open_checked(const char *path, struct sh_error *err)
{
	SH_CLEANUP_FREE char *rest = sh_strdup(path);
	int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *name = rest + 1, *slash;

	while (dir >= 0 && (slash = strchr(name, '/'))) {
		int next;

		*slash = '\0';
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(dir);
		dir = next;
		if (dir >= 0 && check_component(dir, rest, true, err) < 0) {
			close(dir);
			return -1;
		}
		*slash = '/';
		name = slash + 1;
	}
	if (dir >= 0) {
		int fd = openat(dir, *name ? name : ".", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);

		close(dir);
		dir = fd;
	}
	if (dir < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	if (check_component(dir, path, false, err) < 0) {
		close(dir);
		return -1;
	}
	return dir;
}

int sh_file_open_trusted(const char *path, struct sh_error *err)
{
	/* Links are resolved once; the resolved path must then hold no link at all. */
	SH_CLEANUP_FREE char *real = realpath(path, NULL);

	if (!real && (errno == ENOENT || errno == ENOTDIR))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	if (!real)
		return sh_error_sys(err, "cannot open '%s'", path);
	return open_checked(real, err);
}
