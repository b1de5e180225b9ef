/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/openfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

static void add(struct sh_openfiles *o, dev_t dev, ino_t ino)
{
	sh_grow(o->item, o->n, o->cap);
	o->item[o->n++] = (struct sh_file_id){ dev, ino };
}

static void add_path(struct sh_openfiles *o, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		add(o, st.st_dev, st.st_ino);
}

/* Of a process that ended meanwhile nothing is missing. */
static bool is_hidden(int error)
{
	return error == EACCES || error == EPERM;
}

static bool read_fds(struct sh_openfiles *o, const char *pid)
{
	char path[64];
	struct dirent *e;
	struct stat st;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return !is_hidden(errno);
	while ((e = readdir(dir)))
		if (fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			add(o, st.st_dev, st.st_ino);
	closedir(dir);
	return true;
}

/* "start-end perms offset maj:min inode path": only the inode is believed. */
static bool read_maps(struct sh_openfiles *o, const char *pid)
{
	char path[64], line[PATH_MAX + 256];
	unsigned long long ino, last = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	f = fopen(path, "re");
	if (!f)
		return !is_hidden(errno);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*x-%*x %*s %*x %*x:%*x %llu", &ino) != 1 || !ino || ino == last)
			continue;
		add(o, 0, (ino_t)ino);
		last = ino;
	}
	fclose(f);
	return true;
}

/* The first word of each line of a file is a path. */
static void read_paths(struct sh_openfiles *o, const char *list)
{
	char line[PATH_MAX + 128];
	FILE *f = fopen(list, "re");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\t\n")] = '\0';
		if (*line == '/') {
			add_path(o, line);
			line[strcspn(line, " ")] = '\0';
			add_path(o, line);
		}
	}
	if (f)
		fclose(f);
}

static void read_loops(struct sh_openfiles *o)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *e;
	char path[PATH_MAX];

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, "loop", 4) != 0)
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", e->d_name);
		read_paths(o, path);
	}
	if (dir)
		closedir(dir);
}

static int by_inode(const void *a, const void *b)
{
	const struct sh_file_id *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

int sh_openfiles_read(struct sh_openfiles *o, struct sh_error *err)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int64_t pid;

	if (!dir)
		return sh_error_sys(err, "cannot read '/proc'");
	while ((e = readdir(dir))) {
		if (sh_parse_i64(e->d_name, &pid) < 0)
			continue;
		bool fds = read_fds(o, e->d_name), maps = read_maps(o, e->d_name);

		o->unseen += !fds || !maps;
	}
	closedir(dir);
	read_paths(o, "/proc/swaps");
	read_loops(o);
	if (o->n)
		qsort(o->item, o->n, sizeof(*o->item), by_inode);
	return 0;
}

void sh_openfiles_release(struct sh_openfiles *o)
{
	free(o->item);
	*o = (struct sh_openfiles)SH_OPENFILES_INIT;
}

bool sh_openfiles_has(const struct sh_openfiles *o, const struct stat *st)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (o->item[mid].ino < st->st_ino)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < o->n && o->item[low].ino == st->st_ino; low++)
		if (!o->item[low].dev || o->item[low].dev == st->st_dev)
			return true;
	return false;
}

int sh_open_elsewhere(int fd)
{
	signal(SIGIO, SIG_IGN); /* a newcomer breaks the lease by SIGIO, which would end us */
	if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
		return 0;
	return errno == EAGAIN ? 1 : -1;
}
