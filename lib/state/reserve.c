/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static bool is_whole(const struct stat *st)
{
	return st->st_size >= SH_RESERVE_BYTES && (int64_t)st->st_blocks * 512 >= SH_RESERVE_BYTES;
}

int sh_reserve_make(const char *path, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0) {
		sh_error_set_(err, SH_ERRC_STATE, errno, "cannot open the reserve '%s'", path);
		return -1;
	}
	if (is_whole(&st))
		return 0;
	/* Not fallocate(2): where the file system has none, glibc writes the blocks. */
	do
		rc = posix_fallocate(fd, 0, (off_t)SH_RESERVE_BYTES);
	while (rc == EINTR);
	if (rc == 0)
		return 0;
	/* A part would take the last of a full disk and still not be the reserve. */
	if (ftruncate(fd, st.st_size < SH_RESERVE_BYTES ? st.st_size : 0) < 0)
		unlink(path);
	sh_error_set_(err, SH_ERRC_STATE, rc == EDQUOT ? ENOSPC : rc,
		      "cannot allocate the reserve '%s'", path);
	return -1;
}

bool sh_reserve_give_up(const char *path, int64_t keep)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= keep)
		return false;
	/* Some file systems need a block to cut a file; taking it away altogether may still work. */
	return truncate(path, (off_t)keep) == 0 || unlink(path) == 0;
}
