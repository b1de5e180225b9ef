/* SPDX-License-Identifier: MIT */
/* How many files a directory holds, how large they are, and how old the oldest is. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/check/net.h"
#include "collect/check/ways.h"
#include "config/check.h"

#define MAX_ENTRIES 10000000
#define MAX_DEPTH 64

struct walk {
	const struct sh_check *k;
	int64_t deadline;
	struct sh_outcome *out;
	dev_t device; /* of the top: others are not entered */
	int64_t entries, files, bytes;
	double oldest; /* seconds */
};

static void walk_into(struct walk *w, int fd, int depth);

static void count_file(struct walk *w, const char *name, const struct stat *st)
{
	double age = sh_clock_age(st->st_mtim);

	if (w->k->match && fnmatch(w->k->match, name, 0) != 0)
		return;
	if (w->files++ == 0 || age > w->oldest)
		w->oldest = age;
	/* Files with holes may say any size. */
	if (__builtin_add_overflow(w->bytes, (int64_t)st->st_size, &w->bytes))
		w->bytes = INT64_MAX;
}

/* Links are not followed. What goes away meanwhile is not there. */
static void take_entry(struct walk *w, int dir, const char *name, int depth)
{
	struct stat st;
	int fd;

	if (!strcmp(name, ".") || !strcmp(name, "..") ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		count_file(w, name, &st);
		return;
	}
	if (!w->k->recursive || st.st_dev != w->device)
		return;
	if (depth >= MAX_DEPTH) {
		sh_outcome_fail(w->out, "it is more than %d levels deep", MAX_DEPTH);
		return;
	}
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		walk_into(w, fd, depth + 1);
	else if (errno != ENOENT)
		sh_outcome_fail(w->out, "'%.100s': %s", name, strerror(errno));
}

static void walk_into(struct walk *w, int fd, int depth)
{
	DIR *d = fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		close(fd);
		return;
	}
	while (!w->out->error[0] && (e = readdir(d))) {
		if (++w->entries > MAX_ENTRIES || ((w->entries & 255) == 0 && sh_clock_mono() > w->deadline))
			sh_outcome_fail(w->out, "it holds more than can be counted in time");
		else
			take_entry(w, dirfd(d), e->d_name, depth);
	}
	closedir(d);
}

static void judge(const struct walk *w)
{
	const struct sh_check *k = w->k;

	sh_outcome_add(w->out, "files", (double)w->files);
	sh_outcome_add(w->out, "size_bytes", (double)w->bytes);
	if (w->files)
		sh_outcome_add(w->out, "oldest_s", w->oldest);
	if (k->min != SH_CHECK_UNSET && w->files < k->min)
		sh_outcome_fail(w->out, "it holds only %lld files", (long long)w->files);
	if (k->max != SH_CHECK_UNSET && w->files > k->max)
		sh_outcome_fail(w->out, "it holds %lld files", (long long)w->files);
	if (k->min_size != SH_CHECK_UNSET && w->bytes < k->min_size)
		sh_outcome_fail(w->out, "its files have only %lld bytes", (long long)w->bytes);
	if (k->max_size != SH_CHECK_UNSET && w->bytes > k->max_size)
		sh_outcome_fail(w->out, "its files have %lld bytes", (long long)w->bytes);
	if (w->files)
		sh_outcome_old(w->out, k->max_age, w->oldest, "the oldest file");
}

void sh_check_directory(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	struct walk w = { .k = k, .deadline = deadline, .out = out };
	int fd = open(k->address, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t begun = sh_clock_mono();
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		sh_outcome_fail(out, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	w.device = st.st_dev;
	walk_into(&w, fd, 1);
	if (!out->error[0])
		judge(&w);
	out->time_ms = sh_net_since(begun);
}
