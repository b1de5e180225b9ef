/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/iohog.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "action/action.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_IO_FILE 4096

/* Bytes that the process caused to be read from or written to block devices; false where not readable. */
static bool read_io(pid_t pid, uint64_t *bytes)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	unsigned long long r, w;
	const char *at;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	if (sh_file_read(AT_FDCWD, path, MAX_IO_FILE, &buf, &ignored) < 0)
		return false;
	at = strstr(sh_buf_str(&buf), "\nread_bytes: ");
	if (!at || sscanf(at, "\nread_bytes: %llu\nwrite_bytes: %llu", &r, &w) != 2)
		return false;
	*bytes = r + w;
	return true;
}

static bool uses_device(pid_t pid, const struct sh_iohog_options *o)
{
	char path[64];
	struct dirent *e;
	struct stat st;
	bool uses = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && !uses && (e = readdir(dir))) {
		if (fstatat(dirfd(dir), e->d_name, &st, 0) < 0)
			continue;
		uses = (o->fs && S_ISREG(st.st_mode) && st.st_dev == o->fs) ||
		       (o->disk && S_ISBLK(st.st_mode) && st.st_rdev == o->disk);
	}
	if (dir)
		closedir(dir);
	return uses;
}

static bool is_excluded(const struct sh_proc *p, const json_t *exclude)
{
	char exe[PATH_MAX];
	size_t i;
	json_t *item;

	sh_proc_exe(p->pid, exe, sizeof(exe));
	json_array_foreach((json_t *)(uintptr_t)exclude, i, item) {
		if (json_is_integer(item) && json_integer_value(item) == p->pid)
			return true;
		if (json_is_string(item) && !strcmp(json_string_value(item), exe))
			return true;
	}
	return false;
}

/* Replaces the processes by those that may be chosen; io gets their counters. */
static uint64_t *first_reading(struct sh_procs *all, const struct sh_iohog_options *o)
{
	uint64_t *io = sh_calloc(all->n + 1, sizeof(*io));
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct sh_proc *p = &all->item[i];

		if (p->state == 'Z' || !sh_name_is_allowed(p->name, o->allow) || is_excluded(p, o->exclude) ||
		    sh_proc_is_protected(p) || !read_io(p->pid, &io[n]))
			continue;
		all->item[n++] = *p;
	}
	all->n = n;
	return io;
}

static int by_bytes(const void *a, const void *b)
{
	const struct sh_iohog *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->proc.pid < y->proc.pid ? -1 : x->proc.pid > y->proc.pid;
}

static size_t second_reading(const struct sh_procs *all, const uint64_t *before,
			     const struct sh_iohog_options *o, struct sh_iohog *hog)
{
	size_t n = 0;
	uint64_t now;

	for (size_t i = 0; i < all->n; i++) {
		const struct sh_proc *p = &all->item[i];

		if (read_io(p->pid, &now) && now > before[i] && sh_proc_is_alive(p) &&
		    uses_device(p->pid, o))
			hog[n++] = (struct sh_iohog){ *p, now - before[i] };
	}
	if (n)
		qsort(hog, n, sizeof(*hog), by_bytes);
	return n;
}

int sh_iohog_find(const struct sh_iohog_options *o, struct sh_iohog *out, struct sh_error *err)
{
	struct sh_procs all = SH_PROCS_INIT;
	struct sh_iohog *hog;
	uint64_t *before;
	size_t n;
	int found = 0;

	if (sh_procs_read(&all, err) < 0) {
		sh_procs_release(&all);
		return -1;
	}
	before = first_reading(&all, o);
	sh_clock_sleep(o->window);
	hog = sh_calloc(all.n + 1, sizeof(*hog));
	n = second_reading(&all, before, o, hog);
	for (size_t i = 0; i < n && found < SH_IOHOG_MAX && hog[i].bytes >= hog[0].bytes / 5; i++)
		out[found++] = hog[i];
	free(hog);
	free(before);
	sh_procs_release(&all);
	return found;
}
