/* SPDX-License-Identifier: MIT */
/*
 * fuse-abort - end the connection of a FUSE mount whose server does not answer
 *
 * Who waits for it gets an error at last. The mount stays, dead, until it is
 * taken away, which this does too. Whether the server answers is tried first.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/action.h"
#include "action/mounts.h"
#include "base/clock.h"
#include "base/file.h"

#define ANSWER_WITHIN (3 * SH_SEC)
#define POLL (20 * SH_MS)

static const struct sh_param params[] = {
	{ "mount", SH_PARAM_PATH, true },
	{ "fuse_abort", SH_PARAM_BOOLEAN, true },
	{ NULL, SH_PARAM_STRING, false },
};

/* Asked by a child, which may hang in the kernel: it is left behind then, and ends with the connection. */
static bool answers(const char *place, struct sh_error *err)
{
	int64_t until = sh_clock_mono() + ANSWER_WITHIN;
	pid_t child = fork();
	int status;

	if (child < 0) {
		sh_error_sys(err, "cannot fork");
		return true;
	}
	if (child == 0) {
		struct statvfs v;

		_exit(statvfs(place, &v) == 0 || errno == EACCES ? 0 : 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (sh_clock_mono() >= until) {
			kill(child, SIGKILL);
			return false;
		}
		sh_clock_sleep(POLL);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* 1 a FUSE mount, 0 nothing is mounted there. */
static int find(const char *place, struct sh_mounted *m, struct sh_error *err)
{
	int rc = sh_mounts_find(place, m, err);

	if (rc == 1 && strcmp(m->type, "fuse") && strcmp(m->type, "fuseblk") && strncmp(m->type, "fuse.", 5))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is no FUSE mount but %s", place, m->type);
	return rc;
}

/* Where fusectl is not mounted the kernel is asked to abort it with the unmounting: *FORCE. */
static int abort_connection(const struct sh_mounted *m, int *force, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", minor(m->dev));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	*force = fd < 0 && errno == ENOENT ? MNT_FORCE : 0;
	if (*force)
		return 0;
	if (fd < 0 || sh_write_all(fd, "1", 1) < 0)
		return sh_error_sys(err, "cannot abort the connection by '%s'", path);
	return 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount");
	struct sh_mounted m;
	int force = 0, rc;

	if (!sh_param_bool(call->parameters, "fuse_abort"))
		return sh_error_set(err, SH_ERRC_CONFIG, "the site does not allow to end '%s'", place);
	rc = find(place, &m, err);
	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "nothing is mounted at '%s'", place);
	if (rc < 0)
		return -1;
	if (answers(place, err))
		return sh_error_is_set(err) ? -1 :
			       sh_error_set(err, SH_ERRC_UNAVAILABLE, "the server of '%s' answers", place);
	json_object_set_new(output, "source", sh_action_text(m.source));
	/* A block device below belongs to another superblock: its number is not the connection's. */
	if (!strcmp(m.type, "fuseblk"))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the connection of a fuseblk mount cannot be told");
	if (abort_connection(&m, &force, err) < 0)
		return -1;
	if (umount2(place, force | MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return sh_error_sys(err, "cannot take the dead mount '%s' away", place);
	return 0;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount");
	struct sh_mounted m;
	int rc = find(place, &m, err);

	if (rc < 0)
		return -1;
	sh_action_state(output, rc == 0 ? "done" : answers(place, err) ? "unknown" : "not_done");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "fuse-abort", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
