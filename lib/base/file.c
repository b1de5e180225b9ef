/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

void sh_cleanup_fd_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* What is said of a read that failed. */
static int read_failed(int fd, const char *path, struct sh_error *err)
{
	int saved = errno;
	struct stat st;

	if (saved == ESRCH) /* a file of /proc whose process has just gone */
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	if (saved == EAGAIN && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is a pipe, not a file", path);
	errno = saved;
	return sh_error_sys(err, "cannot read '%s'", path);
}

/* ENOUGH: a first reading of less is all there is; 0: only the end is. */
static int read_all(int fd, const char *path, size_t max, size_t enough, struct sh_buf *out,
		    struct sh_error *err)
{
	sh_buf_clear(out);
	for (;;) {
		char *to = sh_buf_reserve(out, 16384);
		ssize_t n = read(fd, to, 16384);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return read_failed(fd, path, err);
		if (n == 0)
			break;
		out->len += (size_t)n;
		if (out->len > max)
			return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is larger than %zu bytes",
					    path, max);
		if (out->len < enough)
			break;
	}
	*sh_buf_reserve(out, 0) = '\0';
	return 0;
}

int sh_fd_read(int fd, const char *path, size_t max, struct sh_buf *out, struct sh_error *err)
{
	return read_all(fd, path, max, 0, out, err);
}

/*
 * An attribute of sysfs or of a control group is shown at once, up to a page, so
 * that a short reading is the whole. Not so files of procfs, whose readings end
 * wherever a record does not fit any more.
 */
static size_t enough_of(const char *path)
{
	return strncmp(path, "sys/", 4) == 0 ? 1024 : 0;
}

int sh_file_read(int dirfd, const char *path, size_t max, struct sh_buf *out, struct sh_error *err)
{
	/* Not waiting for a writer: whoever may put a pipe in a file's place could stop us. */
	SH_CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int rc;

	sh_buf_clear(out);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	rc = read_all(fd, path, max, enough_of(path), out, err);
	/* A pipe without a writer looks like an empty file. */
	if (rc == 0 && !out->len && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is a pipe, not a file", path);
	return rc;
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
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	/* Hidden: what a kill leaves behind is no file of the directory to whoever lists it. */
	SH_CLEANUP_FREE char *tmp = sh_asprintf("%.*s.%s.XXXXXX", (int)(name - path), path, name);
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

static int make_dir(const char *path, unsigned mode, struct sh_error *err)
{
	struct stat st;

	if (mkdir(path, (mode_t)mode) == 0) {
		/* Else all that is synced in it would go with it when the power fails. */
		if (sync_parent(path) == 0 || errno == EACCES || errno == EINVAL)
			return 0;
		return sh_error_sys(err, "cannot sync the directory of '%s'", path);
	}
	if (errno == EEXIST && stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		errno = ENOTDIR;
	}
	return sh_error_sys(err, "cannot create directory '%s'", path);
}

int sh_mkdir_parents(const char *path, unsigned mode, struct sh_error *err)
{
	SH_CLEANUP_FREE char *p = sh_strdup(path);

	for (char *slash = strchr(*p ? p + 1 : p, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_dir(p, mode, err) < 0)
			return -1;
		*slash = '/';
	}
	return make_dir(p, mode, err);
}

static bool owner_is_trusted(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* NAME is the component on the way to PATH. */
static int check_component(const struct stat *st, const char *path, const char *name, bool last,
			   struct sh_error *err)
{
	if (!owner_is_trusted(st))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "'%s': '%s' is owned by user %u, not by root or the user running this",
				    path, name, (unsigned)st->st_uid);
	if (S_ISLNK(st->st_mode) || !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	if (!last && S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) && st->st_uid == 0)
		return 0;
	return sh_error_set(err, SH_ERRC_CONFIG, "'%s': '%s' is writable by its group or others",
			    path, name);
}

static int open_failed(const char *path, struct sh_error *err)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	return sh_error_sys(err, "cannot open '%s'", path);
}

/* A walk along a path from the root, one component at a time, each checked on its descriptor. */
struct walk {
	const char *path; /* as the caller wrote it, for messages */
	char *rest;       /* owned; what is still to walk */
	int dir;          /* where we are; owned */
	int fd;           /* the file itself, at the end; owned */
	int links;
};

#define MAX_LINKS 40

/* Go on with the target of the link at FD in place of its name. */
static int follow_link(struct walk *w, int fd, const char *after, struct sh_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
	char *rest;

	if (n < 0)
		return open_failed(w->path, err);
	target[n] = '\0';
	if (++w->links > MAX_LINKS) {
		errno = ELOOP;
		return open_failed(w->path, err);
	}
	rest = sh_asprintf("%s/%s", target, after);
	free(w->rest);
	w->rest = rest;
	if (target[0] != '/')
		return 0;
	close(w->dir);
	w->dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return w->dir < 0 ? open_failed("/", err) : 0;
}

/* Open what the path names for reading, and check it again: it is this descriptor that is used. */
static int open_last(struct walk *w, const char *name, struct sh_error *err)
{
	struct stat st;

	w->fd = openat(w->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return open_failed(w->path, err);
	return check_component(&st, w->path, name, true, err);
}

/* Take one component. Returns 1 while there is more to walk. */
static int step(struct walk *w, struct sh_error *err)
{
	char *name = w->rest + strspn(w->rest, "/");
	char *end = name + strcspn(name, "/");
	char *after = end + strspn(end, "/");
	SH_CLEANUP_FD int fd = -1;
	struct stat st;

	if (!*name)
		return 0;
	*end = '\0';
	fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return open_failed(w->path, err);
	if (check_component(&st, w->path, name, !*after, err) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		return follow_link(w, fd, after, err) < 0 ? -1 : 1;
	if (!*after)
		return open_last(w, name, err);
	close(w->dir);
	w->dir = fd;
	fd = -1;
	memmove(w->rest, after, strlen(after) + 1);
	return 1;
}

int sh_file_open_trusted(const char *path, struct sh_error *err)
{
	struct walk w = { .path = path, .fd = -1 };
	int rc;

	/* A relative path depends on who may change the directories above, so walk those too. */
	if (*path == '/') {
		w.rest = sh_strdup(path);
	} else {
		SH_CLEANUP_FREE char *cwd = getcwd(NULL, 0);

		w.rest = sh_asprintf("%s/%s", cwd ? cwd : "", path);
	}
	w.dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	do
		rc = w.dir < 0 ? open_failed("/", err) : step(&w, err);
	while (rc > 0);
	if (rc == 0 && w.fd < 0)
		rc = open_last(&w, ".", err); /* the root itself */
	if (rc < 0) {
		sh_cleanup_fd_(&w.fd);
		w.fd = -1;
	}
	sh_cleanup_fd_(&w.dir);
	free(w.rest);
	return w.fd;
}
