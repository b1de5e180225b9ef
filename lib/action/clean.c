/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/clean.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_ERRORS 5

static int check_root(const char *root, struct sh_error *err)
{
	if (!*root)
		return sh_error_set(err, SH_ERRC_INPUT, "an empty root is never cleaned");
	if (!sh_path_is_plain(root))
		return sh_error_set(err, SH_ERRC_INPUT, "root '%s' is not an absolute, plain path", root);
	if (!strchr(root + 1, '/'))
		return sh_error_set(err, SH_ERRC_INPUT, "root '%s' is too close to '/' to be cleaned", root);
	return 0;
}

int sh_clean_open(struct sh_clean *c, struct sh_error *err)
{
	struct stat st;
	int mount;

	c->fd = -1;
	c->errors = json_array();
	if (check_root(c->root, err) < 0)
		return -1;
	c->fd = sh_open_nolink(c->root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (c->fd < 0 && errno == ELOOP)
		return sh_error_set(err, SH_ERRC_CONFIG, "root '%s' has a symbolic link in it", c->root);
	if (c->fd < 0)
		return sh_error_sys(err, "cannot open root '%s'", c->root);
	mount = sh_is_mount_root(c->fd);
	if (mount < 0 || fstat(c->fd, &st) < 0)
		return sh_error_sys(err, "cannot look at root '%s'", c->root);
	if (mount)
		return sh_error_set(err, SH_ERRC_CONFIG, "root '%s' is a mount point", c->root);
	c->dev = st.st_dev;
	return 0;
}

void sh_clean_release(struct sh_clean *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->file[i].path);
	free(c->file);
	if (c->fd >= 0)
		close(c->fd);
	json_decref(c->errors);
	c->file = NULL;
	c->errors = NULL;
	c->n = c->cap = 0;
	c->fd = -1;
}

static void note_error(struct sh_clean *c, const char *path, const char *what)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("%s/%s: %s", c->root, path, what);

	c->skipped.failed++;
	if (json_array_size(c->errors) < MAX_ERRORS)
		json_array_append_new(c->errors, sh_action_text(text));
}

/* The directory that holds PATH, and the name in it. */
static int open_parent(const struct sh_clean *c, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	SH_CLEANUP_FREE char *dir = slash ? sh_strndup(path, (size_t)(slash - path)) : NULL;

	*name = slash ? slash + 1 : path;
	return slash ? sh_open_beneath(c->fd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
		     : fcntl(c->fd, F_DUPFD_CLOEXEC, 3);
}

static bool is_same(const struct sh_clean_file *f, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 && st->st_dev == f->dev &&
	       st->st_ino == f->ino && st->st_mtim.tv_sec * SH_SEC + st->st_mtim.tv_nsec == f->mtime;
}

/* Make DIR/SUBDIRS below the root, each 0700; returns the descriptor of the last. */
static int make_dirs(const struct sh_clean *c, char *path)
{
	int fd = -1;

	for (char *p = path;; p++) {
		char saved = *p;

		if (saved != '/' && saved != '\0')
			continue;
		*p = '\0';
		if (mkdirat(c->fd, path, 0700) < 0 && errno != EEXIST)
			return -1;
		if (saved == '\0')
			break;
		/* Each step is taken beneath, so a planted link ends the walk. */
		fd = sh_open_beneath(c->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (fd < 0)
			return -1;
		close(fd);
		*p = saved;
	}
	return sh_open_beneath(c->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

static int move_away(const struct sh_clean *c, int dir, const char *name, const char *path)
{
	const char *slash = strrchr(path, '/');
	SH_CLEANUP_FREE char *to = sh_asprintf(SH_CLEAN_QUARANTINE "%s%s%.*s",
					       c->plan ? c->plan : "manual",
					       slash ? "/" : "", slash ? (int)(slash - path) : 0, path);
	SH_CLEANUP_FD int fd = make_dirs(c, to);

	return fd < 0 ? -1 : renameat2(dir, name, fd, name, RENAME_NOREPLACE);
}

static void take(struct sh_clean *c, const struct sh_clean_file *f, int dir, const char *name,
		 bool sole)
{
	int rc = c->quarantine ? move_away(c, dir, name, f->path) : unlinkat(dir, name, 0);

	if (rc < 0) {
		note_error(c, f->path, strerror(errno));
		return;
	}
	c->removed++;
	if (c->quarantine)
		c->quarantined++;
	else if (sole)
		c->unlinked_bytes += f->bytes;
}

void sh_clean_remove(struct sh_clean *c, size_t i)
{
	const struct sh_clean_file *f = &c->file[i];
	const char *name;
	SH_CLEANUP_FD int dir = open_parent(c, f->path, &name);
	SH_CLEANUP_FD int fd = -1;
	struct stat st;

	if (dir >= 0)
		fd = sh_open_beneath(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (dir >= 0 && fd < 0 && errno == EACCES) /* not readable, and still ours to remove */
		fd = sh_open_beneath(dir, name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == EXDEV || errno == ENOTDIR)) {
		c->skipped.changed++;
		return;
	}
	if (fd < 0 || fstat(fd, &st) < 0) {
		note_error(c, f->path, strerror(errno));
		return;
	}
	if (!is_same(f, &st))
		c->skipped.changed++;
	else if (sh_open_elsewhere(fd) == 1)
		c->skipped.open++;
	else
		take(c, f, dir, name, st.st_nlink == 1);
}
