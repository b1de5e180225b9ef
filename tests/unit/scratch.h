/* SPDX-License-Identifier: MIT */
/* scratch - a directory of a test's own, gone at its end */
#ifndef SH_TESTS_SCRATCH_H
#define SH_TESTS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"

/* A new directory, mode 0700; the caller gives it to scratch_remove. */
static inline char *scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = sh_asprintf("%s/sh-test.XXXXXX", tmp && *tmp ? tmp : "/tmp");

	if (!mkdtemp(path)) {
		perror(path);
		exit(99);
	}
	return path;
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int type,
				     struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void scratch_remove(char *path)
{
	nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

#endif
