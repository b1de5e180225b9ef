/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_FILE ((size_t)1 << 20)

static bool is_wanted(const struct mntent *m, const char *controller)
{
	if (!controller)
		return !strcmp(m->mnt_type, "cgroup2");
	return !strcmp(m->mnt_type, "cgroup") && hasmntopt(m, controller);
}

int sh_cgroup_open(struct sh_cgroup *c, const char *controller, struct sh_error *err)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent m;
	char buf[PATH_MAX * 2];
	bool found = false;

	c->v2 = !controller;
	snprintf(c->controller, sizeof(c->controller), "%s", controller ? controller : "");
	while (f && !found && getmntent_r(f, &m, buf, sizeof(buf))) {
		found = is_wanted(&m, controller) && strlen(m.mnt_dir) < sizeof(c->mount);
		if (found)
			snprintf(c->mount, sizeof(c->mount), "%s", m.mnt_dir);
	}
	if (f)
		endmntent(f);
	if (!found)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no %s control groups are mounted",
				    controller ? controller : "version 2");
	return 0;
}

/* "7:cpu,blkio:/path" or "0::/path": the path of the line that is meant. */
static char *line_path(const struct sh_cgroup *c, char *line)
{
	char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

	if (!path)
		return NULL;
	*path++ = '\0';
	list++;
	if (c->v2)
		return !strncmp(line, "0:", 2) && !*list ? path : NULL;
	for (char *name = list; name; name = list) {
		list = strchr(name, ',');
		if (list)
			*list++ = '\0';
		if (!strcmp(name, c->controller))
			return path;
	}
	return NULL;
}

int sh_cgroup_of(const struct sh_cgroup *c, pid_t pid, char out[PATH_MAX], struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	char file[64], *line, *end;

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	if (sh_file_read(AT_FDCWD, file, MAX_FILE, &buf, err) < 0)
		return -1;
	for (line = buf.data; line && (end = strchr(line, '\n')); line = end + 1) {
		const char *path;

		*end = '\0';
		path = line_path(c, line);
		if (!path)
			continue;
		snprintf(out, PATH_MAX, "%s%s", c->mount, strcmp(path, "/") ? path : "");
		if (sh_path_is_plain(out))
			return 0;
	}
	return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the control group of process %d is not in sight",
			    (int)pid);
}

static bool is_below(const struct sh_cgroup *c, const char *dir)
{
	size_t len = strlen(c->mount);

	return sh_path_is_plain(dir) && !strncmp(dir, c->mount, len) && (!dir[len] || dir[len] == '/');
}

int sh_cgroup_write(const struct sh_cgroup *c, const char *dir, const char *file, const char *text,
		    struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", dir, file);
	SH_CLEANUP_FD int fd = -1;

	if (!is_below(c, dir))
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no control group", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return sh_error_sys(err, "cannot write '%s' to '%s'", text, path);
	return 0;
}

bool sh_cgroup_has(const char *dir, const char *file, const char *text)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", dir, file);
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;

	return sh_file_read(AT_FDCWD, path, MAX_FILE, &buf, &ignored) == 0 &&
	       strstr(sh_buf_str(&buf), text);
}

/* Children that were born in the group go with the rest; they may be born while we move. */
static void move_all(const struct sh_cgroup *c, const char *dir, const char *to)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/cgroup.procs", dir);
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	char *line, *end;

	if (sh_file_read(AT_FDCWD, path, MAX_FILE, &buf, &ignored) < 0)
		return;
	for (line = buf.data; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		sh_error_clear(&ignored);
		sh_cgroup_write(c, to, "cgroup.procs", line, &ignored);
	}
}

int sh_cgroup_dissolve(const struct sh_cgroup *c, const char *dir, const char *to,
		       struct sh_error *err)
{
	if (!is_below(c, dir) || !strstr(dir, "/selfheal-"))
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no control group of ours", dir);
	for (int i = 0; i < 50; i++) {
		move_all(c, dir, access(to, F_OK) == 0 ? to : c->mount);
		if (rmdir(dir) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			break;
		sh_clock_sleep(20 * SH_MS);
	}
	return sh_error_sys(err, "cannot remove control group '%s'", dir);
}
