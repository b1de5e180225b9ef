/* SPDX-License-Identifier: MIT */
/*
 * meanwhile - what somebody else does between two steps of a program, by LD_PRELOAD:
 * before the first renameat2() and after the first posix_fallocate() the shell gets
 * $MEANWHILE, once
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

static void happen(void)
{
	const char *what = getenv("MEANWHILE");
	int before = errno;

	unsetenv("LD_PRELOAD");
	if (what && system(what) != 0)
		fprintf(stderr, "meanwhile: '%s' failed\n", what);
	unsetenv("MEANWHILE");
	errno = before;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	int (*next)(int, const char *, int, const char *, unsigned);

	*(void **)&next = dlsym(RTLD_NEXT, "renameat2");
	happen();
	return next(from, old, to, new, flags);
}

int posix_fallocate64(int fd, off64_t offset, off64_t len)
{
	int (*next)(int, off64_t, off64_t), rc;

	*(void **)&next = dlsym(RTLD_NEXT, "posix_fallocate64");
	rc = next(fd, offset, len);
	happen();
	return rc;
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
	return posix_fallocate64(fd, offset, len);
}
