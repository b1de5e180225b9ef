/* SPDX-License-Identifier: MIT */
/* aside - a damaged state file out of the way, for whoever wants to look at it */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "state/dir.h"
#include "state/state.h"

#define TRIES 100

bool sh_state_is_damaged(const struct sh_error *err)
{
	return err->code == SH_ERRC_STATE && err->sys == EUCLEAN;
}

/* A name that is not taken. */
static char *free_name(const char *path, int64_t time)
{
	time_t seconds = (time_t)(time / SH_SEC);
	char stamp[32] = "unknown", *name;
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	name = sh_asprintf("%s.damaged-%s", path, stamp);
	for (int i = 1; i < TRIES && access(name, F_OK) == 0; i++) {
		free(name);
		name = sh_asprintf("%s.damaged-%s.%d", path, stamp, i);
	}
	return name;
}

static int move(const char *from, const char *to, const char *suffix, struct sh_error *err)
{
	SH_CLEANUP_FREE char *old = sh_asprintf("%s%s", from, suffix);
	SH_CLEANUP_FREE char *new = sh_asprintf("%s%s", to, suffix);

	if (rename(old, new) == 0 || (*suffix && errno == ENOENT))
		return 0;
	return sh_error_sys(err, "cannot move '%s' aside", old);
}

int sh_state_set_aside(const char *dir, const char *name, int64_t time, int64_t lock_wait, char **aside,
		       struct sh_error *err)
{
	SH_CLEANUP_FREE char *real = sh_state_dir(dir, false, err), *path = NULL, *lock = NULL;
	int fd, rc;

	*aside = NULL;
	if (!real)
		return -1;
	path = sh_asprintf("%s/%s.db", real, name);
	lock = sh_asprintf("%s/%s.lock", real, name);
	fd = sh_state_lock(lock, lock_wait, path, err);
	if (fd < 0)
		return -1;
	*aside = free_name(path, time);
	/* What was not yet merged first: alone, neither is worth anything. */
	rc = move(path, *aside, "-wal", err) < 0 || move(path, *aside, "-shm", err) < 0 ||
	     move(path, *aside, "", err) < 0;
	close(fd);
	if (!rc)
		return 0;
	free(*aside);
	*aside = NULL;
	return -1;
}
