/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define ATTEMPTS 100

void sh_content_digest(const struct sh_buf *content, char out[SH_SHA256_TEXT])
{
	struct sh_sha256 s;

	sh_sha256_init(&s);
	sh_sha256_update(&s, sh_buf_str(content), content->len);
	sh_sha256_final(&s, out);
}

static int open_dir(struct sh_replace *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = NULL;
	const char *slash = strrchr(r->path, '/');

	if (!sh_path_is_plain(r->path) || !slash[1])
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is not an absolute, plain path", r->path);
	r->name = slash + 1;
	dir = slash == r->path ? sh_strdup("/") : sh_strndup(r->path, (size_t)(slash - r->path));
	r->dir = sh_open_nolink(dir, O_RDONLY | O_DIRECTORY);
	if (r->dir < 0 && errno == ELOOP)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' has a symbolic link in it", dir);
	return r->dir < 0 ? sh_error_sys(err, "cannot open '%s'", dir) : 0;
}

static int read_content(struct sh_replace *r, int fd, struct sh_buf *content, struct sh_error *err)
{
	char self[64];

	if (!S_ISREG(r->before.st_mode))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is not a regular file", r->path);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (sh_file_read(AT_FDCWD, self, SH_REPLACE_MAX_BYTES, content, err) < 0) {
		sh_error_prefix(err, "%s", r->path);
		return -1;
	}
	sh_content_digest(content, r->sha256);
	return 0;
}

int sh_replace_open(struct sh_replace *r, const char *path, struct sh_buf *content,
		    struct sh_error *err)
{
	SH_CLEANUP_FD int fd = -1;

	*r = (struct sh_replace){ .path = path, .dir = -1 };
	if (open_dir(r, err) < 0)
		return -1;
	fd = sh_open_beneath(r->dir, r->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is a symbolic link", path);
	if (fd < 0 || fstat(fd, &r->before) < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	r->existed = true;
	return read_content(r, fd, content, err);
}

static void drop_candidate(struct sh_replace *r)
{
	if (r->candidate)
		unlinkat(r->dir, r->candidate, 0);
	free(r->candidate);
	r->candidate = NULL;
}

void sh_replace_release(struct sh_replace *r)
{
	drop_candidate(r);
	if (r->dir >= 0)
		close(r->dir);
	r->dir = -1;
}

/* The name keeps its ending, by which some programs know what they read. */
static int create_candidate(struct sh_replace *r, struct sh_error *err)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		SH_CLEANUP_FREE char *name = sh_asprintf(".selfheal-%d-%llx.%.200s", (int)getpid(),
							 (unsigned long long)sh_clock_mono(), r->name);
		int fd = openat(r->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd >= 0) {
			r->candidate = sh_strdup(name);
			return fd;
		}
		if (errno != EEXIST)
			break;
	}
	return sh_error_sys(err, "cannot make a file beside '%s'", r->path);
}

int sh_replace_prepare(struct sh_replace *r, const struct sh_buf *content, unsigned mode, uid_t uid,
		       gid_t gid, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = -1;
	struct stat st;

	drop_candidate(r);
	fd = create_candidate(r, err);
	if (fd < 0)
		return -1;
	if (sh_write_all(fd, sh_buf_str(content), content->len) < 0 || fstat(fd, &st) < 0)
		return sh_error_sys(err, "cannot write beside '%s'", r->path);
	if ((st.st_uid != uid || st.st_gid != gid) && fchown(fd, uid, gid) < 0)
		return sh_error_sys(err, "cannot give '%s' its owner back", r->path);
	if (fchmod(fd, (mode_t)mode & 07777) < 0 || fsync(fd) < 0)
		return sh_error_sys(err, "cannot write beside '%s'", r->path);
	return 0;
}

char *sh_replace_candidate(const struct sh_replace *r)
{
	return sh_asprintf("%.*s%s", (int)(r->name - r->path), r->path, r->candidate);
}

static bool is_unchanged(const struct sh_replace *r)
{
	struct stat st;

	if (fstatat(r->dir, r->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && !r->existed;
	return r->existed && st.st_dev == r->before.st_dev && st.st_ino == r->before.st_ino &&
	       st.st_size == r->before.st_size && st.st_mtim.tv_sec == r->before.st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == r->before.st_mtim.tv_nsec;
}

int sh_replace_install(struct sh_replace *r, struct sh_error *err)
{
	if (!is_unchanged(r))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed meanwhile", r->path);
	if (renameat(r->dir, r->candidate, r->dir, r->name) < 0)
		return sh_error_sys(err, "cannot replace '%s'", r->path);
	free(r->candidate);
	r->candidate = NULL;
	if (fstatat(r->dir, r->name, &r->before, AT_SYMLINK_NOFOLLOW) < 0 || fsync(r->dir) < 0)
		return sh_error_sys(err, "cannot sync the directory of '%s'", r->path);
	r->existed = true;
	return 0;
}

int sh_replace_remove(struct sh_replace *r, struct sh_error *err)
{
	if (!is_unchanged(r))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed meanwhile", r->path);
	if ((r->existed && unlinkat(r->dir, r->name, 0) < 0) || fsync(r->dir) < 0)
		return sh_error_sys(err, "cannot remove '%s'", r->path);
	r->existed = false;
	return 0;
}
