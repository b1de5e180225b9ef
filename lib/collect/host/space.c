/* SPDX-License-Identifier: MIT */
/*
 * Where the space of a file system is: the directories that hold a share of it which
 * none below them explains, as one looks for by hand with du(1). A directory is told
 * when what is in it and below it, without what was told already, is 5 % of all that
 * is used; what is less counts to the one above.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/host/writers.h"
#include "collect/table.h"

#define SHARE 0.05
#define TOLD 20
#define DEPTH 64
#define PATIENCE (3 * SH_SEC)
#define RECENT 3600 /* s */

struct space {
	double files, bytes, recent;
	double largest_bytes;
	char *largest; /* owned: path of the file that has most of it; NULL none */
};

struct place {
	char *path; /* owned */
	struct space space;
};

struct walk {
	dev_t device;
	double least, least_files; /* to be told */
	int64_t deadline; /* sh_clock_mono */
	int64_t now; /* s */
	bool complete;
	struct sh_buf path; /* of the directory at hand */
	struct space all;
	struct place told[TOLD];
	size_t n;
};

static void count(struct space *to, const struct space *s)
{
	to->files += s->files;
	to->bytes += s->bytes;
	to->recent += s->recent;
}

/* Takes over what S has. */
static void add(struct space *to, struct space *s)
{
	count(to, s);
	if (s->largest_bytes > to->largest_bytes) {
		free(to->largest);
		to->largest = s->largest;
		to->largest_bytes = s->largest_bytes;
	} else {
		free(s->largest);
	}
	s->largest = NULL;
}

/* The path of NAME in the directory at hand. A new string. */
static char *path_of(const struct walk *w, const char *name)
{
	const char *path = sh_buf_str(&w->path);

	return sh_asprintf("%s%s%s", path, w->path.len && path[w->path.len - 1] != '/' ? "/" : "", name);
}

/* Each name of a file with several has its part of it. */
static void add_file(struct walk *w, struct space *to, const char *name, const struct stat *st)
{
	double bytes = (double)st->st_blocks * 512 / (double)(st->st_nlink ? st->st_nlink : 1);
	struct space one = { 1, bytes, w->now - st->st_mtim.tv_sec < RECENT ? bytes : 0, bytes, NULL };

	count(&w->all, &one);
	if (bytes > to->largest_bytes)
		one.largest = path_of(w, name);
	add(to, &one);
}

static struct space walk_into(struct walk *w, int fd, int depth);

static void take_entry(struct walk *w, int dir, const char *name, int depth, struct space *rest)
{
	size_t len = w->path.len;
	struct space below;
	struct stat st;
	int fd;

	if (!strcmp(name, ".") || !strcmp(name, "..") ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != w->device)
		return;
	if (!S_ISDIR(st.st_mode)) {
		add_file(w, rest, name, &st);
		return;
	}
	fd = depth < DEPTH ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (fd < 0) {
		w->complete = false;
		return;
	}
	if (len && w->path.data[len - 1] != '/')
		sh_buf_addch(&w->path, '/');
	sh_buf_addstr(&w->path, name);
	below = walk_into(w, fd, depth + 1);
	w->path.data[w->path.len = len] = '\0';
	add(rest, &below);
}

/* What was not told of the directory, and all below it. Closes FD. */
static struct space walk_into(struct walk *w, int fd, int depth)
{
	struct space rest = { 0 };
	const struct dirent *e;
	DIR *d = fdopendir(fd);

	if (!d) {
		close(fd);
		w->complete = false;
		return rest;
	}
	while ((e = readdir(d))) {
		if (sh_clock_mono() > w->deadline) {
			w->complete = false;
			break;
		}
		take_entry(w, dirfd(d), e->d_name, depth, &rest);
	}
	closedir(d);
	if ((rest.bytes < w->least && rest.files < w->least_files) || w->n == TOLD)
		return rest;
	w->told[w->n++] = (struct place){ sh_strdup(sh_buf_str(&w->path)), rest };
	return (struct space){ 0 };
}

static int largest_first(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->space.bytes > y->space.bytes || x->space.bytes < y->space.bytes)
		return x->space.bytes < y->space.bytes ? 1 : -1;
	return strcmp(x->path, y->path);
}

static void write_place(struct sh_collect *c, const char *target, const struct place *p,
			const struct sh_pstat *writer)
{
	const char *dims[] = { "largest", p->space.largest, NULL };
	const char *labels[] = { "writer", writer ? writer->name : NULL, "writer_pid", NULL, NULL };
	struct sh_sample_writer w;
	char pid[16];

	if (writer) {
		snprintf(pid, sizeof(pid), "%d", (int)writer->pid);
		labels[3] = pid;
	}
	sh_collect_begin(c, &w, "directory", p->path, target, p->space.largest ? dims : NULL,
			 writer ? labels : NULL);
	sh_sample_group(&w, "space");
	sh_sample_number(&w, "bytes", p->space.bytes);
	sh_sample_number(&w, "recent_bytes", p->space.recent);
	sh_sample_number(&w, "files", p->space.files);
	sh_sample_number(&w, "largest_bytes", p->space.largest_bytes);
	sh_sample_end(&w);
}

static void write_all(struct sh_collect *c, const char *target, struct walk *k, double used, double files)
{
	struct sh_written largest[TOLD] = { { NULL, NULL } };
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "filesystem", target, target, NULL, NULL);
	sh_sample_group(&w, "space");
	sh_sample_number(&w, "used_bytes", used);
	if (files > 0)
		sh_sample_number(&w, "used_files", files);
	sh_sample_number(&w, "seen_bytes", k->all.bytes);
	sh_sample_number(&w, "complete", k->complete);
	sh_sample_end(&w);
	sh_sort(k->told, k->n, sizeof(*k->told), largest_first);
	for (size_t i = 0; i < k->n; i++)
		largest[i].path = k->told[i].space.largest;
	sh_writers_find(c, largest, k->n);
	for (size_t i = 0; i < k->n; i++) {
		write_place(c, target, &k->told[i], largest[i].who);
		free(k->told[i].path);
		free(k->told[i].space.largest);
	}
}

int sh_collect_space(struct sh_collect *c, struct sh_error *err)
{
	const char *target = c->target ? c->target : "/";
	struct walk w = { .complete = true, .deadline = sh_clock_mono() + PATIENCE,
			  .now = sh_clock_wall() / SH_SEC };
	int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct space rest;
	struct statvfs fs;
	struct stat st;
	double used, files;

	if (fd < 0 || fstat(fd, &st) < 0 || fstatvfs(fd, &fs) < 0) {
		sh_error_sys(err, "cannot look at '%s'", target);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	used = (double)(fs.f_blocks - fs.f_bfree) * (double)fs.f_frsize;
	files = (double)(fs.f_files - fs.f_ffree); /* 0 where it does not count them */
	w.device = st.st_dev;
	w.least = used * SHARE > 1 ? used * SHARE : 1;
	w.least_files = files * SHARE > 1 ? files * SHARE : 1;
	sh_buf_addstr(&w.path, target);
	rest = walk_into(&w, fd, 0);
	free(rest.largest);
	write_all(c, target, &w, used, files);
	sh_buf_release(&w.path);
	return 0;
}
