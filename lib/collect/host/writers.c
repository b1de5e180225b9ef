/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/writers.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "collect/text.h"

#define MOST 200000 /* descriptors of all processes */
#define MAX_INFO 256

/* A file and what it is known by, whatever it is called where its writer lives. */
struct wanted {
	struct sh_written *file;
	const char *name; /* the last part of its path */
	struct stat st;
};

struct search {
	struct wanted *item; /* owned */
	size_t n, left;
};

/* "flags:\t02100001", octal, as open(2) took them. */
static bool is_for_writing(int proc, const char *fd)
{
	char path[64], text[MAX_INFO + 1];
	const char *flags;
	ssize_t n;
	int info;

	snprintf(path, sizeof(path), "fdinfo/%.20s", fd);
	info = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return false;
	n = read(info, text, MAX_INFO);
	close(info);
	text[n > 0 ? n : 0] = '\0';
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + strlen("flags:"), NULL, 8) & O_ACCMODE) != O_RDONLY;
}

static bool is_better(const struct sh_pstat *a, const struct sh_pstat *b)
{
	return !b || (b->pid == 1 ? a->pid != 1 : a->pid != 1 && a->start < b->start);
}

/* Only what is called like one is asked what it is: a file of a server that hangs would hold us up. */
static void look_at(struct search *s, const struct sh_pstat *p, int proc, int dir, const char *fd)
{
	char link[PATH_MAX];
	ssize_t n = readlinkat(dir, fd, link, sizeof(link) - 1);
	const char *name;
	struct stat st;

	if (n <= 0)
		return;
	link[n] = '\0';
	name = strrchr(link, '/');
	for (size_t i = 0; name && i < s->n; i++) {
		struct wanted *w = &s->item[i];

		if (!strcmp(name + 1, w->name) && is_better(p, w->file->who) &&
		    fstatat(dir, fd, &st, 0) == 0 && st.st_ino == w->st.st_ino &&
		    st.st_dev == w->st.st_dev && is_for_writing(proc, fd))
			w->file->who = p;
	}
}

static void look_at_process(struct search *s, int root, const struct sh_pstat *p)
{
	const struct dirent *e;
	char path[32];
	int proc, fd;
	DIR *dir;

	snprintf(path, sizeof(path), "proc/%d", (int)p->pid);
	proc = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return;
	fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	while (dir && s->left && (e = readdir(dir))) {
		s->left--;
		if (*e->d_name != '.')
			look_at(s, p, proc, dirfd(dir), e->d_name);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	close(proc);
}

void sh_writers_find(struct sh_collect *c, struct sh_written *file, size_t n)
{
	struct sh_error none = SH_ERROR_INIT;
	const struct sh_pstat_table *t = sh_collect_procs(c, &none);
	struct search s = { .item = sh_calloc(n + 1, sizeof(*s.item)), .left = MOST };

	for (size_t i = 0; i < n; i++) {
		struct wanted *w = &s.item[s.n];
		const char *name = file[i].path ? strrchr(file[i].path, '/') : NULL;

		if (!name || lstat(file[i].path, &w->st) < 0 || !S_ISREG(w->st.st_mode))
			continue;
		w->file = &file[i];
		w->name = name + 1;
		s.n++;
	}
	for (size_t i = 0; s.n && t && i < t->n && s.left; i++)
		if (!t->item[i].kernel)
			look_at_process(&s, c->root, &t->item[i]);
	free(s.item);
}
