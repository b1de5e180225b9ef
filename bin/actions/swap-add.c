/* SPDX-License-Identifier: MIT */
/* swap-add - more swap space, in a file that the site declares; undo takes it away again */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/swap.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "action/command.h"
#include "action/mounts.h"
#include "action/note.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define LEAST ((uint64_t)1 << 20)
#define MOST ((uint64_t)1 << 40)
#define KEEP_FREE 10 /* percent of the file system that stays free */
#define MKSWAP_TIMEOUT (60 * SH_SEC)

static const struct sh_param params[] = {
	{ "swap", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param swap_params[] = {
	{ "file", SH_PARAM_PATH, true },
	{ "size", SH_PARAM_STRING, true },
	{ NULL, SH_PARAM_STRING, false },
};

struct job {
	const char *path, *name; /* name: within the directory */
	uint64_t size;
	int dir;
};

static int read_params(struct job *j, const struct sh_action_call *call, struct sh_error *err)
{
	const json_t *p = sh_param_json(call->parameters, "swap");
	SH_CLEANUP_FREE char *dir = NULL;
	const char *slash;

	*j = (struct job){ .dir = -1 };
	if (sh_params_check(p, swap_params, "swap", err) < 0)
		return -1;
	j->path = sh_param_str(p, "file");
	if (sh_parse_size(sh_param_str(p, "size"), &j->size) < 0 || j->size < LEAST || j->size > MOST)
		return sh_error_set(err, SH_ERRC_INPUT, "'size' is a size from 1M to 1T");
	slash = strrchr(j->path, '/');
	j->name = slash + 1;
	dir = slash == j->path ? sh_strdup("/") : sh_strndup(j->path, (size_t)(slash - j->path));
	j->dir = *j->name ? sh_open_nolink(dir, O_RDONLY | O_DIRECTORY) : -1;
	return j->dir < 0 ? sh_error_sys(err, "cannot open '%s'", dir) : 0;
}

static void release(struct job *j)
{
	if (j->dir >= 0)
		close(j->dir);
}

/* Whether the kernel swaps to it: 1, 0, or -1. *USED: bytes in it. */
static int is_in_use(const char *path, uint64_t *used, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	unsigned long long kib;

	*used = 0;
	if (sh_file_read(AT_FDCWD, "/proc/swaps", (size_t)1 << 20, &buf, err) < 0)
		return -1;
	for (char *rest = buf.data, *line; (line = strsep(&rest, "\n"));) {
		char *name = strsep(&line, " \t");

		sh_mounts_unescape(name);
		if (strcmp(name, path))
			continue;
		if (line && sscanf(line, " %*s %*u %llu", &kib) == 1)
			*used = kib * 1024;
		return 1;
	}
	return 0;
}

static int check_room(const struct job *j, struct sh_error *err)
{
	struct statvfs v;
	uint64_t free, all;

	if (fstatvfs(j->dir, &v) < 0)
		return sh_error_sys(err, "cannot tell how much room '%s' has", j->path);
	free = (uint64_t)v.f_bavail * v.f_frsize;
	all = (uint64_t)v.f_blocks * v.f_frsize;
	if (free < j->size || (free - j->size) / KEEP_FREE < all / 100)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "a swap file of that size would not leave %d %% of the file system free",
				    KEEP_FREE);
	return 0;
}

/* What an earlier run of this plan left that was killed before it swapped on. */
static int remove_left(const struct job *j, const struct sh_note *note, struct sh_error *err)
{
	json_auto_t *known = sh_note_read(note);
	struct stat st;

	if (fstatat(j->dir, j->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : sh_error_sys(err, "cannot look at '%s'", j->path);
	if (!known || !S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 07777) != 0600)
		return sh_error_set(err, SH_ERRC_CONFIG, "there already is a '%s' that is not ours", j->path);
	return unlinkat(j->dir, j->name, 0) < 0 ? sh_error_sys(err, "cannot remove '%s'", j->path) : 0;
}

/* The new file, open; or -1. */
static int write_file(const struct job *j, struct sh_error *err)
{
	int fd = openat(j->dir, j->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return sh_error_sys(err, "cannot make '%s'", j->path);
	rc = posix_fallocate(fd, 0, (off_t)j->size);
	errno = rc;
	if (rc || fsync(fd) < 0) {
		sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot fill '%s'", j->path);
		unlinkat(j->dir, j->name, 0);
		close(fd);
		return -1;
	}
	return fd;
}

/* By the descriptor: in the place of its name a link may have been put meanwhile. */
static int make(const struct job *j, struct sh_error *err)
{
	char tool[SH_TOOL_PATH], self[64];
	const char *const argv[] = { tool, self, NULL };
	int rc = sh_command_tool("mkswap", tool, err), fd = rc < 0 ? -1 : write_file(j, err);

	if (fd < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/%d/fd/%d", (int)getpid(), fd);
	rc = sh_command_run(argv, NULL, MKSWAP_TIMEOUT, NULL, NULL, err);
	if (rc == 0 && swapon(self, 0) < 0)
		rc = sh_error_sys(err, "cannot swap to '%s'", j->path);
	if (rc < 0)
		unlinkat(j->dir, j->name, 0);
	close(fd);
	return rc;
}

static int add(const struct job *j, const struct sh_note *note, json_t *output, struct sh_error *err)
{
	uint64_t used;
	int rc = is_in_use(j->path, &used, err);

	if (rc == 1)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' is in use already", j->path);
	json_object_set_new(output, "file", sh_action_text(j->path));
	if (rc < 0 || remove_left(j, note, err) < 0 || check_room(j, err) < 0 ||
	    sh_note_write(note, output, err) < 0)
		return -1;
	return make(j, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_note note;
	struct job j;
	int rc = read_params(&j, call, err);

	sh_note_init(&note, "swap", call);
	if (rc == 0)
		rc = add(&j, &note, output, err);
	sh_note_release(&note);
	release(&j);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	uint64_t used;
	struct job j;
	int rc = read_params(&j, call, err);

	if (rc == 0)
		rc = is_in_use(j.path, &used, err);
	if (rc >= 0)
		sh_action_state(output, rc ? "done" : "not_done");
	release(&j);
	return rc < 0 ? -1 : 0;
}

/* What is swapped out must have room elsewhere, or the machine dies of the undoing. */
static int check_memory(uint64_t used, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	unsigned long long kib = 0;
	const char *at;

	if (sh_file_read(AT_FDCWD, "/proc/meminfo", 65536, &buf, err) < 0)
		return -1;
	at = strstr(sh_buf_str(&buf), "MemAvailable:");
	if (!at || sscanf(at, "MemAvailable: %llu", &kib) != 1 || kib * 1024 / 2 < used)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "memory has no room for the %llu bytes that are swapped out",
				    (unsigned long long)used);
	return 0;
}

static int take_away(const struct job *j, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = openat(j->dir, j->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	uint64_t used;
	char self[64];
	int rc = is_in_use(j->path, &used, err);

	if (rc == 1 && check_memory(used, err) < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (rc == 1 && (fd < 0 || swapoff(self) < 0))
		return sh_error_sys(err, "cannot stop swapping to '%s'", j->path);
	if (rc >= 0 && unlinkat(j->dir, j->name, 0) < 0 && errno != ENOENT)
		return sh_error_sys(err, "cannot remove '%s'", j->path);
	return rc < 0 ? -1 : 0;
}

static int take_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	struct job j;
	int rc = read_params(&j, call, err);

	(void)known;
	if (rc == 0)
		rc = take_away(&j, err);
	release(&j);
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("swap", "file", take_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "swap-add", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
