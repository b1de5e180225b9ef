/* SPDX-License-Identifier: MIT */
/*
 * Files that were deleted and are still open: their space comes back only when who
 * has them closes them, and no walk of the file system finds it.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "collect/table.h"

#define MOST 200000 /* descriptors of all processes */
#define TOLD 10

struct deleted {
	dev_t device;
	ino_t inode;
	double bytes;
	const struct sh_pstat *holder; /* the first that has it */
	char *path; /* as it was; owned */
};

struct deleted_files {
	dev_t only; /* of this file system */
	bool all;
	struct deleted *item; /* owned */
	size_t n, cap, left;
};

static bool is_known(const struct deleted_files *d, const struct stat *st)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->item[i].inode == st->st_ino && d->item[i].device == st->st_dev)
			return true;
	return false;
}

/* What is only memory has a path that no file system has: "/memfd:", "/SYSV", "/dev/zero". */
static bool is_of_files(const char *path)
{
	static const char *const memory[] = { "/memfd:", "/SYSV", "/dev/", "/anon_hugepage" };

	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (!strncmp(path, memory[i], strlen(memory[i])))
			return false;
	return *path == '/';
}

static void look_at(struct deleted_files *d, const struct sh_pstat *p, int dir, const char *fd)
{
	static const char gone[] = " (deleted)";
	const size_t end = sizeof(gone) - 1;
	char link[PATH_MAX];
	ssize_t n = readlinkat(dir, fd, link, sizeof(link) - 1);
	struct stat st;

	if (n <= (ssize_t)end)
		return;
	link[n] = '\0';
	if (strcmp(link + n - end, gone) != 0 || !is_of_files(link) || fstatat(dir, fd, &st, 0) < 0)
		return;
	if (!S_ISREG(st.st_mode) || st.st_nlink || (!d->all && st.st_dev != d->only) || is_known(d, &st))
		return;
	link[n - (ssize_t)end] = '\0';
	sh_grow(d->item, d->n, d->cap);
	d->item[d->n++] = (struct deleted){ .device = st.st_dev,
					    .inode = st.st_ino,
					    .bytes = (double)st.st_blocks * 512,
					    .holder = p,
					    .path = sh_strdup(link) };
}

static void look_at_process(struct deleted_files *d, int root, const struct sh_pstat *p)
{
	const struct dirent *e;
	char path[64];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "proc/%d/fd", (int)p->pid);
	fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (d->left && (e = readdir(dir))) {
		d->left--;
		if (*e->d_name != '.')
			look_at(d, p, dirfd(dir), e->d_name);
	}
	closedir(dir);
}

static int largest_first(const void *a, const void *b)
{
	const struct deleted *x = a, *y = b;

	if (x->bytes > y->bytes || x->bytes < y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->path, y->path);
}

static void write_file(struct sh_collect *c, const struct deleted *f, const char *target)
{
	char pid[16];
	const char *dims[] = { "pid", pid, "path", f->path, NULL };
	struct sh_sample_writer w;

	snprintf(pid, sizeof(pid), "%d", (int)f->holder->pid);
	sh_collect_begin(c, &w, "process", f->holder->name, target, dims, NULL);
	sh_sample_group(&w, "deleted");
	sh_sample_number(&w, "file_bytes", f->bytes);
	sh_sample_end(&w);
}

static void write_all(struct sh_collect *c, struct deleted_files *d, const char *target)
{
	struct sh_sample_writer w;
	double sum = 0;

	for (size_t i = 0; i < d->n; i++)
		sum += d->item[i].bytes;
	sh_collect_begin(c, &w, "host", c->host, target, NULL, NULL);
	sh_sample_group(&w, "deleted");
	sh_sample_number(&w, "files", (double)d->n);
	sh_sample_number(&w, "bytes", sum);
	sh_sample_end(&w);
	if (d->n)
		qsort(d->item, d->n, sizeof(*d->item), largest_first);
	for (size_t i = 0; i < d->n && i < TOLD; i++)
		write_file(c, &d->item[i], target);
}

/* The target is a path, and of its file system the files are looked for. */
int sh_collect_deleted(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_pstat_table *table = sh_collect_procs(c, err);
	struct deleted_files d = { .all = !c->target || !strcmp(c->target, c->host), .left = MOST };
	struct stat st;

	if (!table)
		return -1;
	if (!d.all && stat(c->target, &st) < 0)
		return sh_error_sys(err, "cannot look at '%s'", c->target);
	if (!d.all)
		d.only = st.st_dev;
	for (size_t i = 0; i < table->n && d.left; i++)
		if (!table->item[i].kernel)
			look_at_process(&d, c->root, &table->item[i]);
	write_all(c, &d, d.all ? c->host : c->target);
	for (size_t i = 0; i < d.n; i++)
		free(d.item[i].path);
	free(d.item);
	return 0;
}
