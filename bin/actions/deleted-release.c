/* SPDX-License-Identifier: MIT */
/*
 * deleted-release - get the room back of files that are deleted but still open
 *
 * Their holder is asked to open its files anew by a signal; what it still holds
 * then is emptied through its descriptor, where the site allows that. Emptied is
 * only what is written by appending, as logs are, and is not mapped: any other
 * deleted file may be one that its holder works with.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "action/action.h"
#include "action/mounts.h"
#include "action/proc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define MOST_FILES 1000
#define LEAST_BYTES ((uint64_t)1 << 20)
#define REOPENED (2 * SH_SEC) /* how long a holder that listens needs */
#define POLL (50 * SH_MS)

static const struct sh_param params[] = {
	{ "mount", SH_PARAM_PATH, true },
	{ "deleted", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param release_params[] = {
	{ "allow", SH_PARAM_STRINGS, true },  /* names of processes */
	{ "match", SH_PARAM_STRINGS, true },  /* paths the files had */
	{ "signal", SH_PARAM_STRING, false },
	{ "truncate", SH_PARAM_BOOLEAN, false },
	{ "min_bytes", SH_PARAM_STRING, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct held {
	struct sh_proc proc;
	int fd;
	ino_t ino;
	uint64_t bytes;
	bool appended; /* the descriptor is open for appending alone */
	char path[512];
};

struct job {
	const json_t *release;
	dev_t dev;
	uint64_t min_bytes;
	struct held *held; /* owned */
	size_t n, cap;
	ino_t *used; /* owned; files that somebody works with: has mapped, or open and not for appending alone */
	size_t useds, used_cap;
	size_t unseen; /* processes of which it cannot be told what they have mapped */
	uint64_t bytes, of_others; /* each file once per holder */
};

static int read_params(struct job *j, const struct sh_action_call *call, struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount"), *min;
	struct sh_mounted m;
	struct stat st;
	int rc;

	*j = (struct job){ .release = sh_param_json(call->parameters, "deleted"),
			   .min_bytes = LEAST_BYTES };
	if (sh_params_check(j->release, release_params, "deleted", err) < 0)
		return -1;
	min = sh_param_str(j->release, "min_bytes");
	if (min && sh_parse_size(min, &j->min_bytes) < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'min_bytes' is a size such as 1M");
	rc = sh_mounts_find(place, &m, err);
	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "nothing is mounted at '%s'", place);
	if (rc < 0 || stat(place, &st) < 0)
		return rc < 0 ? -1 : sh_error_sys(err, "cannot look at '%s'", place);
	j->dev = st.st_dev;
	return 0;
}

/* "flags: 0102001" of fdinfo: whether writes go to the end, and there are no reads. */
static bool is_appended(pid_t pid, int fd)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	char path[64];
	const char *at;
	unsigned flags;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	if (sh_file_read(AT_FDCWD, path, 65536, &buf, &ignored) < 0)
		return false;
	at = strstr(sh_buf_str(&buf), "flags:");
	return at && sscanf(at, "flags: %o", &flags) == 1 && (flags & O_ACCMODE) == O_WRONLY &&
	       (flags & O_APPEND);
}

/* The path that the file had, without " (deleted)". */
static bool read_path(int dirfd, const char *name, char *out, size_t size)
{
	static const char deleted[] = " (deleted)";
	ssize_t n = readlinkat(dirfd, name, out, size - 1);

	if (n < (ssize_t)sizeof(deleted) || (size_t)n == size - 1)
		return false;
	out[n] = '\0';
	n -= (ssize_t)sizeof(deleted) - 1;
	if (strcmp(out + n, deleted))
		return false;
	out[n] = '\0';
	return true;
}

static bool is_wanted_path(const struct job *j, const char *path)
{
	json_t *pattern;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(j->release, "match"), i, pattern)
		if (fnmatch(json_string_value(pattern), path, FNM_PATHNAME) == 0)
			return true;
	return false;
}

static void add_used(struct job *j, ino_t ino)
{
	sh_grow(j->used, j->useds, j->used_cap);
	j->used[j->useds++] = ino;
}

/* A file system without a device of its own may be told as another here: then the inode alone is believed. */
static bool is_of_device(const struct job *j, unsigned major_, unsigned minor_)
{
	return major(j->dev) ? major_ == major(j->dev) && minor_ == minor(j->dev) : !major_;
}

/* "start-end perms offset maj:min inode path (deleted)", of anybody. */
static void look_at_maps(struct job *j, pid_t pid)
{
	char path[64], line[PATH_MAX + 256];
	unsigned long long ino;
	unsigned of[2];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	j->unseen += !f && (errno == EACCES || errno == EPERM);
	errno = 0;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*x-%*x %*s %*x %x:%x %llu", &of[0], &of[1], &ino) == 3 && ino &&
		    is_of_device(j, of[0], of[1]) && strstr(line, " (deleted)"))
			add_used(j, (ino_t)ino);
	j->unseen += f && ferror(f) && (errno == EACCES || errno == EPERM);
	if (f)
		fclose(f);
}

/* One who is not touched; what it works with is not emptied under it either. */
static void add_other(struct job *j, const struct held *h)
{
	j->of_others += h->bytes;
	if (!h->appended)
		add_used(j, h->ino);
}

static void look_at_fd(struct job *j, const struct sh_proc *p, int dirfd, const char *name)
{
	struct held h = { .proc = *p };
	struct stat st;
	int64_t fd;

	if (sh_parse_i64(name, &fd) < 0 || fstatat(dirfd, name, &st, 0) < 0 || st.st_dev != j->dev ||
	    !S_ISREG(st.st_mode) || st.st_nlink || !read_path(dirfd, name, h.path, sizeof(h.path)))
		return;
	h.bytes = (uint64_t)st.st_blocks * 512;
	if (h.bytes < j->min_bytes)
		return;
	h.fd = (int)fd;
	h.ino = st.st_ino;
	h.appended = is_appended(p->pid, h.fd);
	if (!sh_name_is_allowed(p->name, sh_param_json(j->release, "allow")) ||
	    !is_wanted_path(j, h.path) || sh_proc_is_protected(p) || j->n >= MOST_FILES) {
		add_other(j, &h);
		return;
	}
	sh_grow(j->held, j->n, j->cap);
	j->held[j->n++] = h;
	j->bytes += h.bytes;
}

static int find(struct job *j, struct sh_error *err)
{
	struct sh_procs all = SH_PROCS_INIT;
	int rc = sh_procs_read(&all, err);

	j->n = j->useds = j->unseen = 0;
	j->bytes = j->of_others = 0;
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		char path[64];
		struct dirent *e;
		DIR *dir;

		look_at_maps(j, all.item[i].pid);
		snprintf(path, sizeof(path), "/proc/%d/fd", (int)all.item[i].pid);
		dir = opendir(path);
		while (dir && (e = readdir(dir)))
			look_at_fd(j, &all.item[i], dirfd(dir), e->d_name);
		if (dir)
			closedir(dir);
	}
	sh_procs_release(&all);
	return rc;
}

/* Each holder once. */
static int ask_to_reopen(struct job *j, const char *name, struct sh_error *err)
{
	int64_t until = sh_clock_mono() + REOPENED;
	int sig = sh_signal_from_name(name);

	if (!sig || sig == SIGKILL || sig == SIGSTOP)
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no signal that has files opened anew", name);
	for (size_t i = 0; i < j->n; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= j->held[k].proc.pid == j->held[i].proc.pid;
		if (!again && sh_proc_signal(&j->held[i].proc, sig, err) < 0)
			return -1;
	}
	do {
		sh_clock_sleep(POLL);
		if (find(j, err) < 0)
			return -1;
	} while (j->n && sh_clock_mono() < until);
	return 0;
}

/* Everybody who has the file open only appends to it, and nobody has it mapped. */
static bool is_log(const struct job *j, const struct held *h)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->held[i].ino == h->ino && !j->held[i].appended)
			return false;
	for (size_t i = 0; i < j->useds; i++)
		if (j->used[i] == h->ino)
			return false;
	return true;
}

static int empty(const struct job *j, const struct held *h, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = -1;
	struct stat st;
	char path[64];

	if (!is_log(j, h))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "'%s' of process %d is not only appended to: it is not emptied", h->path,
				    (int)h->proc.pid);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)h->proc.pid, h->fd);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return sh_proc_is_alive(&h->proc) && errno != ENOENT ?
			       sh_error_sys(err, "cannot open '%s'", path) : 0;
	if (fstat(fd, &st) < 0 || st.st_dev != j->dev || st.st_ino != h->ino || st.st_nlink)
		return 0; /* the descriptor is another file's by now */
	return ftruncate(fd, 0) < 0 ? sh_error_sys(err, "cannot empty '%s'", h->path) : 0;
}

static json_t *describe(const struct job *j)
{
	json_t *list = json_array();

	for (size_t i = 0; i < j->n; i++) {
		json_t *item = json_pack("{s:i, s:I}", "pid", (int)j->held[i].proc.pid, "bytes",
					 (json_int_t)j->held[i].bytes);

		json_object_set_new(item, "path", sh_action_text(j->held[i].path));
		json_array_append_new(list, item);
	}
	return list;
}

static int release(struct job *j, json_t *output, struct sh_error *err)
{
	const char *sig = sh_param_str(j->release, "signal");
	uint64_t before = j->bytes;

	json_object_set_new(output, "files", describe(j));
	if (sig && ask_to_reopen(j, sig, err) < 0)
		return -1;
	json_object_set_new(output, "reopened", json_boolean(j->n == 0));
	if (j->n && !sh_param_bool(j->release, "truncate"))
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "the holders did not close them, and they may not be emptied");
	for (size_t i = 0; i < j->n; i++)
		if (empty(j, &j->held[i], err) < 0)
			return -1;
	if (find(j, err) < 0)
		return -1;
	json_object_set_new(output, "freed_bytes",
			    json_integer((json_int_t)(before > j->bytes ? before - j->bytes : 0)));
	return 0;
}

static int look(struct job *j, const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	if (read_params(j, call, err) < 0 || find(j, err) < 0)
		return -1;
	json_object_set_new(output, "bytes_of_others", json_integer((json_int_t)j->of_others));
	json_object_set_new(output, "unseen_processes", json_integer((json_int_t)j->unseen));
	return 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j;
	int rc = look(&j, call, output, err);

	if (rc == 0 && j.n == 0)
		rc = sh_error_set(err, SH_ERRC_UNAVAILABLE, "no deleted file that may be released is held open");
	if (rc == 0)
		rc = release(&j, output, err);
	free(j.held);
	free(j.used);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j;
	int rc = look(&j, call, output, err);

	if (rc == 0)
		sh_action_state(output, j.n ? "not_done" : "done");
	free(j.held);
	free(j.used);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "deleted-release", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
