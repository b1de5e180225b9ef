/* SPDX-License-Identifier: MIT */
/*
 * powercut - preloaded into a program, notes what it does to a directory
 *
 * POWERCUT_ROOT is the directory, an absolute path without links; POWERCUT_LOG the
 * file to which each call adds a line when it has succeeded. Inodes, lengths and
 * offsets are decimal, paths relative to the root, data in hexadecimal digits:
 *
 *   R INODE         the root
 *   C INODE PATH    a file was made     M INODE PATH    a directory was
 *   W INODE OFFSET DATA                 T INODE LENGTH  truncated, or grown
 *   F INODE LENGTH  really allocated up to there
 *   S INODE TIME    a file or directory, modified at TIME ns, was synced
 *   A               everything was
 *   U PATH          removed             N OLD NEW       renamed
 *   L OLD NEW       linked
 *   P NAME DATA     the program NAME wrote that to its standard output
 *   X NAME          it ended
 *
 * What is mapped is not seen: SQLite maps only the index of its log, which it
 * makes anew. What a program executes is seen where it is preloaded there too.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

static int log_fd = -1;
static const char *root;

/* One line by one write: others add theirs to the same file. */
static void note(const char *line, size_t len)
{
	int saved = errno;

	if (log_fd >= 0 && REAL(write)(log_fd, line, len) != (ssize_t)len)
		abort();
	errno = saved;
}

static void __attribute__((format(printf, 1, 2))) notef(const char *fmt, ...)
{
	char line[2 * PATH_MAX + 64];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len > 0 && (size_t)len < sizeof(line))
		note(line, (size_t)len);
}

static void note_data(const char *what, const void *data, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *p = data;
	size_t n = strlen(what);
	char *line = malloc(n + 2 * len + 1);

	if (!line)
		abort();
	memcpy(line, what, n);
	for (size_t i = 0; i < len; i++) {
		line[n++] = digit[p[i] >> 4];
		line[n++] = digit[p[i] & 15];
	}
	line[n++] = '\n';
	note(line, n);
	free(line);
}

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv("POWERCUT_LOG");
	struct stat st;

	root = getenv("POWERCUT_ROOT");
	if (!path || !root || stat(root, &st) < 0)
		return;
	log_fd = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	notef("R %ju\n", (uintmax_t)st.st_ino);
}

static void __attribute__((destructor)) end(void)
{
	notef("X %s\n", program_invocation_short_name);
}

/* PATH below the root, into BUF; NULL where it is elsewhere. */
static const char *below(int dir, const char *path, char buf[2 * PATH_MAX])
{
	size_t len = root ? strlen(root) : 0, n = 0;

	if (log_fd < 0)
		return NULL;
	if (*path != '/') {
		char link[64];
		ssize_t got;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
		got = readlink(dir == AT_FDCWD ? "/proc/self/cwd" : link, buf, PATH_MAX);
		if (got <= 0)
			return NULL;
		n = (size_t)got;
		buf[n++] = '/';
	}
	snprintf(buf + n, PATH_MAX, "%s", path);
	return !strncmp(buf, root, len) && buf[len] == '/' ? buf + len + 1 : NULL;
}

static bool exists(int dir, const char *path)
{
	struct stat st;
	int saved = errno;
	bool there = fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;

	errno = saved;
	return there;
}

/* What FD has open, where that can be one of ours. */
static bool look_at(int fd, struct stat *st)
{
	int saved = errno;
	bool ours = log_fd >= 0 && fd != log_fd && fstat(fd, st) == 0 && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));

	errno = saved;
	return ours;
}

static void note_length(char what, int fd, int64_t length)
{
	struct stat st;

	if (look_at(fd, &st))
		notef("%c %ju %" PRId64 "\n", what, (uintmax_t)st.st_ino, length);
}

static void note_sync(int fd)
{
	struct stat st;

	if (look_at(fd, &st))
		notef("S %ju %" PRId64 "\n", (uintmax_t)st.st_ino,
		      (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
}

static void note_write(int fd, const void *data, ssize_t len, int64_t offset)
{
	struct stat st;
	char what[96];

	if (len <= 0)
		return;
	if (fd == STDOUT_FILENO) {
		snprintf(what, sizeof(what), "P %.60s ", program_invocation_short_name);
		note_data(what, data, (size_t)len);
		return;
	}
	if (!look_at(fd, &st))
		return;
	snprintf(what, sizeof(what), "W %ju %" PRId64 " ", (uintmax_t)st.st_ino,
		 offset < 0 ? (int64_t)lseek(fd, 0, SEEK_CUR) - len : offset);
	note_data(what, data, (size_t)len);
}

static int opened(int fd, int dir, const char *path, int flags, bool there)
{
	char buf[2 * PATH_MAX];
	const char *name = fd < 0 ? NULL : below(dir, path, buf);
	struct stat st;

	if (name && (flags & O_CREAT) && !there && look_at(fd, &st))
		notef("C %ju %s\n", (uintmax_t)st.st_ino, name);
	else if (name && (flags & O_TRUNC))
		note_length('T', fd, 0);
	return fd;
}

static int open_at(int dir, const char *path, int flags, mode_t mode)
{
	bool there = (flags & O_CREAT) && exists(dir, path);

	return opened(REAL(openat)(dir, path, flags, mode), dir, path, flags, there);
}

/* O_TMPFILE has the bit of O_DIRECTORY, with which no mode is given. */
static mode_t mode_of(int flags, va_list ap)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
}

#define OPEN(name)                                                                                                     \
	int name(const char *path, int flags, ...)                                                                     \
	{                                                                                                              \
		va_list ap;                                                                                            \
		mode_t mode;                                                                                           \
                                                                                                                       \
		va_start(ap, flags);                                                                                   \
		mode = mode_of(flags, ap);                                                                             \
		va_end(ap);                                                                                            \
		return open_at(AT_FDCWD, path, flags, mode);                                                           \
	}
#define OPENAT(name)                                                                                                   \
	int name(int dir, const char *path, int flags, ...)                                                            \
	{                                                                                                              \
		va_list ap;                                                                                            \
		mode_t mode;                                                                                           \
                                                                                                                       \
		va_start(ap, flags);                                                                                   \
		mode = mode_of(flags, ap);                                                                             \
		va_end(ap);                                                                                            \
		return open_at(dir, path, flags, mode);                                                                \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

#define TEMPORARY(name)                                                                                                \
	int name(char *path, int flags)                                                                                \
	{                                                                                                              \
		int fd = REAL(name)(path, flags);                                                                      \
                                                                                                                       \
		return opened(fd, AT_FDCWD, path, O_CREAT, false);                                                     \
	}
TEMPORARY(mkostemp)
TEMPORARY(mkostemp64)

ssize_t write(int fd, const void *data, size_t len)
{
	ssize_t n = REAL(write)(fd, data, len);

	note_write(fd, data, n, -1);
	return n;
}

#define PWRITE(name, type)                                                                                             \
	ssize_t name(int fd, const void *data, size_t len, type offset)                                                \
	{                                                                                                              \
		ssize_t n = REAL(name)(fd, data, len, offset);                                                         \
                                                                                                                       \
		note_write(fd, data, n, (int64_t)offset);                                                              \
		return n;                                                                                              \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *part, int parts)
{
	ssize_t n = REAL(writev)(fd, part, parts), left = n;
	int64_t offset = n > 0 && fd != STDOUT_FILENO ? (int64_t)lseek(fd, 0, SEEK_CUR) - n : 0;

	for (int i = 0; i < parts && left > 0; i++) {
		ssize_t len = left < (ssize_t)part[i].iov_len ? left : (ssize_t)part[i].iov_len;

		note_write(fd, part[i].iov_base, len, offset);
		offset += len;
		left -= len;
	}
	return n;
}

/* NAME of FD and a length: what they do is seen by its return. */
#define LENGTH(name, what, type)                                                                                       \
	int name(int fd, type len)                                                                                     \
	{                                                                                                              \
		int rc = REAL(name)(fd, len);                                                                          \
                                                                                                                       \
		if (rc == 0)                                                                                           \
			note_length(what, fd, (int64_t)len);                                                               \
		return rc;                                                                                             \
	}
LENGTH(ftruncate, 'T', off_t)
LENGTH(ftruncate64, 'T', off64_t)

#define CUT(name, type)                                                                                                \
	int name(const char *path, type len)                                                                           \
	{                                                                                                              \
		int rc = REAL(name)(path, len), fd = rc < 0 ? -1 : REAL(open)(path, O_RDONLY | O_CLOEXEC);             \
                                                                                                                       \
		if (fd >= 0)                                                                                           \
			note_length('T', fd, (int64_t)len);                                                                \
		if (fd >= 0)                                                                                           \
			close(fd);                                                                                     \
		return rc;                                                                                             \
	}
CUT(truncate, off_t)
CUT(truncate64, off64_t)

#define ALLOCATE(name, type)                                                                                           \
	int name(int fd, type offset, type len)                                                                        \
	{                                                                                                              \
		int rc = REAL(name)(fd, offset, len);                                                                  \
                                                                                                                       \
		if (rc == 0)                                                                                           \
			note_length('F', fd, (int64_t)(offset + len));                                                     \
		return rc;                                                                                             \
	}
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

#define SYNC(name)                                                                                                     \
	int name(int fd)                                                                                               \
	{                                                                                                              \
		int rc = REAL(name)(fd);                                                                               \
                                                                                                                       \
		if (rc == 0)                                                                                           \
			note_sync(fd);                                                                          \
		return rc;                                                                                             \
	}
SYNC(fsync)
SYNC(fdatasync)

int syncfs(int fd)
{
	int rc = REAL(syncfs)(fd);

	if (rc == 0)
		notef("A\n");
	return rc;
}

void sync(void)
{
	REAL(sync)();
	notef("A\n");
}

static int made(int rc, int dir, const char *path)
{
	char buf[2 * PATH_MAX];
	const char *name = rc < 0 ? NULL : below(dir, path, buf);
	struct stat st;

	if (name && fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		notef("M %ju %s\n", (uintmax_t)st.st_ino, name);
	return rc;
}

int mkdir(const char *path, mode_t mode)
{
	return made(REAL(mkdir)(path, mode), AT_FDCWD, path);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return made(REAL(mkdirat)(dir, path, mode), dir, path);
}

static int removed(int rc, int dir, const char *path)
{
	char buf[2 * PATH_MAX];
	const char *name = rc < 0 ? NULL : below(dir, path, buf);

	if (name)
		notef("U %s\n", name);
	return rc;
}

int unlink(const char *path)
{
	return removed(REAL(unlink)(path), AT_FDCWD, path);
}

int unlinkat(int dir, const char *path, int flags)
{
	return removed(REAL(unlinkat)(dir, path, flags), dir, path);
}

int rmdir(const char *path)
{
	return removed(REAL(rmdir)(path), AT_FDCWD, path);
}

static int named(int rc, char what, int from, const char *old, int to, const char *new)
{
	char a[2 * PATH_MAX], b[2 * PATH_MAX];
	const char *x = rc < 0 ? NULL : below(from, old, a), *y = x ? below(to, new, b) : NULL;

	if (y)
		notef("%c %s %s\n", what, x, y);
	return rc;
}

int rename(const char *old, const char *new)
{
	return named(REAL(rename)(old, new), 'N', AT_FDCWD, old, AT_FDCWD, new);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return named(REAL(renameat)(from, old, to, new), 'N', from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
	return named(REAL(renameat2)(from, old, to, new, flags), 'N', from, old, to, new);
}

int link(const char *old, const char *new)
{
	return named(REAL(link)(old, new), 'L', AT_FDCWD, old, AT_FDCWD, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	return named(REAL(linkat)(from, old, to, new, flags), 'L', from, old, to, new);
}
