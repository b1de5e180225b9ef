/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"


bool sh_find_is_compressed(const char *path)
{
	static const char *const ends[] = { ".gz", ".xz", ".bz2", ".zst", ".lz4", ".zip", ".Z" };
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (len > strlen(ends[i]) && !strcmp(path + len - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static char *dir_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !slash ? sh_strdup(".") : slash == path ? sh_strdup("/") :
							 sh_strndup(path, (size_t)(slash - path));
}

int sh_find_open(const char *path, struct sh_cursor_file *file, struct sh_error *err)
{
	/* A pipe in its place must not stop us, nor a terminal become ours. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "there is no '%s'", path);
	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	if (sh_cursor_stat(fd, file, err) == 0 && !file->regular)
		sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is no regular file", path);
	if (!sh_error_is_set(err))
		return fd;
	close(fd);
	return -1;
}

struct search {
	const char *dir;
	const char *base;  /* name of the log */
	size_t stem;       /* how much of it a copy's name shares */
	const struct sh_cursor *cursor;
	const char *not;
	bool *more;
};

/* The next one, N counting them; none beyond the bound. */
static const struct dirent *next_entry(DIR *d, int *n, bool *more)
{
	const struct dirent *e = readdir(d);

	if (!e || (*n)++ < SH_FIND_ENTRIES)
		return e;
	*more = true;
	return NULL;
}

static bool is_candidate(const struct search *s, const struct dirent *d, bool by_inode)
{
	if (d->d_type != DT_REG && d->d_type != DT_UNKNOWN)
		return false;
	if (sh_find_is_compressed(d->d_name))
		return false;
	if (by_inode && d->d_ino != s->cursor->inode)
		return false;
	/* Where nothing can be compared, at least the name must be like it. */
	return (by_inode && s->cursor->offset) || !strncmp(d->d_name, s->base, s->stem);
}

/* Open it if it is what is looked for. */
static int try(const struct search *s, const char *name, bool by_inode, struct sh_cursor_file *file,
	       char **found)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", s->dir, name);
	struct sh_error e = SH_ERROR_INIT;
	int fd;

	if (s->not && !strcmp(path, s->not))
		return -1;
	fd = sh_find_open(path, file, &e);
	if (fd < 0)
		return -1;
	if ((!by_inode || sh_cursor_same_inode(s->cursor, file)) && sh_cursor_matches(s->cursor, fd, file)) {
		*found = sh_strdup(path);
		return fd;
	}
	close(fd);
	return -1;
}

/* What rotation puts into a name: a number, a date, or a word. */
static bool is_generation_mark(const char *p, size_t len)
{
	static const char *const words[] = { "old", "prev", "bak" };

	if (len < 2 || !strchr(".-_", *p))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (len - 1 == strlen(words[i]) && !memcmp(p + 1, words[i], len - 1))
			return true;
	return strspn(p, "0123456789.-_:TZ") >= len;
}

static bool is_generation(const char *name, const char *base)
{
	size_t len = strlen(name), base_len = strlen(base), stem = strcspn(base, ".");
	size_t end = base_len - stem;

	if (len > base_len && !memcmp(name, base, base_len))
		return is_generation_mark(name + base_len, len - base_len);
	return stem && end && len > base_len && !memcmp(name, base, stem) &&
	       !strcmp(name + len - end, base + stem) && is_generation_mark(name + stem, len - base_len);
}

bool sh_find_is_generation(const char *name, const char *path)
{
	return is_generation(base_name(name), base_name(path));
}

void sh_find_generations(const char *path, int64_t since,
			 void (*each)(void *arg, int fd, const char *found,
				      const struct sh_cursor_file *file), void *arg, bool *more)
{
	SH_CLEANUP_FREE char *dir = dir_name(path);
	DIR *d = opendir(dir);
	const struct dirent *entry;
	int n = 0;

	while (d && (entry = next_entry(d, &n, more))) {
		struct sh_error e = SH_ERROR_INIT;
		struct sh_cursor_file file;
		SH_CLEANUP_FREE char *found = NULL;
		int fd;

		if (!is_generation(entry->d_name, base_name(path)))
			continue;
		found = sh_asprintf("%s/%s", dir, entry->d_name);
		fd = sh_find_open(found, &file, &e);
		if (fd >= 0 && file.born && file.born >= since)
			each(arg, fd, found, &file);
		else if (fd >= 0)
			close(fd);
	}
	if (d)
		closedir(d);
}

static int search(const struct search *s, bool by_inode, struct sh_cursor_file *file, char **found)
{
	DIR *dir = opendir(s->dir);
	const struct dirent *d;
	int fd = -1, n = 0;

	while (dir && fd < 0 && (d = next_entry(dir, &n, s->more)))
		if (is_candidate(s, d, by_inode))
			fd = try(s, d->d_name, by_inode, file, found);
	if (dir)
		closedir(dir);
	return fd;
}

int sh_find_emptied(const char *path, const struct sh_cursor *cursor, struct sh_cursor_file *file,
		    char **found, bool *more)
{
	SH_CLEANUP_FREE char *dir = dir_name(path);
	struct sh_error e = SH_ERROR_INIT;
	DIR *d = opendir(dir);
	const struct dirent *entry;
	int fd = -1, n = 0;

	while (d && fd < 0 && (entry = next_entry(d, &n, more))) {
		SH_CLEANUP_FREE char *name = NULL;

		if (entry->d_ino != cursor->inode || !is_generation(entry->d_name, base_name(path)))
			continue;
		name = sh_asprintf("%s/%s", dir, entry->d_name);
		fd = sh_find_open(name, file, &e);
		if (fd >= 0 && sh_cursor_same_inode(cursor, file)) {
			*found = sh_strdup(name);
		} else if (fd >= 0) {
			close(fd);
			fd = -1;
		}
	}
	if (d)
		closedir(d);
	return fd;
}

int sh_find_rotated(const char *path, const struct sh_cursor *cursor, bool copies, const char *not,
		    struct sh_cursor_file *file, char **found, bool *more)
{
	SH_CLEANUP_FREE char *dir = dir_name(path);
	struct search s = { .dir = dir, .base = base_name(path), .cursor = cursor, .not = not,
			    .more = more };
	int fd;

	s.stem = strcspn(s.base, ".");
	fd = search(&s, true, file, found);
	/* A file of which nothing was read is like any other empty one. */
	if (fd >= 0 || !copies || !cursor->offset)
		return fd;
	return search(&s, false, file, found);
}
