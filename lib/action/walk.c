/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "action/beneath.h"
#include "action/clean.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_PATH 4000 /* openat2 takes no longer one */

struct walk {
	struct sh_clean *c;
	const struct sh_openfiles *open;
	struct sh_buf path; /* of the directory, relative, with a final slash */
};

static void add_candidate(struct walk *w, const char *name, const struct stat *st)
{
	struct sh_clean *c = w->c;

	sh_grow(c->file, c->n, c->cap);
	c->file[c->n++] = (struct sh_clean_file){
		.path = sh_asprintf("%s%s", sh_buf_str(&w->path), name),
		.dev = st->st_dev,
		.ino = st->st_ino,
		.mtime = st->st_mtim.tv_sec * SH_SEC + st->st_mtim.tv_nsec,
		.bytes = (uint64_t)st->st_blocks * 512,
	};
}

static void judge_file(struct walk *w, const char *name, const struct stat *st)
{
	struct sh_clean *c = w->c;

	if (fnmatch(c->match, name, FNM_PERIOD) != 0)
		return;
	if (!S_ISREG(st->st_mode))
		c->skipped.special++;
	else if (st->st_nlink != 1)
		c->skipped.linked++;
	else if (c->now - (st->st_mtim.tv_sec * SH_SEC + st->st_mtim.tv_nsec) < c->older)
		c->skipped.young++;
	else if (sh_openfiles_has(w->open, st))
		c->skipped.open++;
	else if (w->path.len + strlen(name) > MAX_PATH)
		c->skipped.deep++;
	else
		add_candidate(w, name, st);
}

static void walk_dir(struct walk *w, int fd, int depth);

static void enter_dir(struct walk *w, int parent, const char *name, int depth)
{
	size_t len = w->path.len;
	int fd;

	if (!strncmp(name, SH_CLEAN_QUARANTINE, strlen(SH_CLEAN_QUARANTINE)))
		return;
	if (depth >= SH_CLEAN_MAX_DEPTH || len + strlen(name) >= MAX_PATH) {
		w->c->skipped.deep++;
		return;
	}
	fd = sh_open_beneath(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0) {
		if (errno == EXDEV)
			w->c->skipped.elsewhere++;
		else if (errno != ENOENT)
			w->c->skipped.failed++;
		return;
	}
	sh_buf_addf(&w->path, "%s/", name);
	walk_dir(w, fd, depth + 1);
	w->path.len = len;
	w->path.data[len] = '\0';
}

static void look_at(struct walk *w, int fd, const char *name, int depth)
{
	struct stat st;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return;
	if (++w->c->scanned > SH_CLEAN_MAX_SCAN) {
		w->c->capped = true;
		return;
	}
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		w->c->skipped.failed += errno != ENOENT;
	else if (S_ISDIR(st.st_mode))
		enter_dir(w, fd, name, depth);
	else if (st.st_dev != w->c->dev)
		w->c->skipped.elsewhere++;
	else
		judge_file(w, name, &st);
}

/* Takes over FD. */
static void walk_dir(struct walk *w, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		close(fd);
		w->c->skipped.failed++;
		return;
	}
	while (!w->c->capped && (e = readdir(dir)))
		look_at(w, fd, e->d_name, depth);
	closedir(dir);
}

static int by_age(const void *a, const void *b)
{
	const struct sh_clean_file *x = a, *y = b;

	if (x->mtime != y->mtime)
		return x->mtime < y->mtime ? -1 : 1;
	return strcmp(x->path, y->path);
}

int sh_clean_scan(struct sh_clean *c, const struct sh_openfiles *open, struct sh_error *err)
{
	struct walk w = { .c = c, .open = open, .path = SH_BUF_INIT };
	int fd = openat(c->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return sh_error_sys(err, "cannot read root '%s'", c->root);
	walk_dir(&w, fd, 0);
	sh_buf_release(&w.path);
	if (c->n)
		qsort(c->file, c->n, sizeof(*c->file), by_age);
	return 0;
}
