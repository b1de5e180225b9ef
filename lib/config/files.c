/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "config/yaml.h"

/* In the stock directory: of its files each has the section after which its directory is named, and no other. */
static const enum sh_section stock_parts[] = { SH_SECTION_RULES, SH_SECTION_DIAGNOSES,
					       SH_SECTION_PLAYBOOKS, SH_SECTION_TASKS };

static void add_file(struct sh_config_files *files, const char *path, bool stock)
{
	sh_grow(files->file, files->n, files->cap);
	files->file[files->n++] = (struct sh_config_file){ sh_strdup(path), stock };
}

void sh_config_files_release(struct sh_config_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->file[i].path);
	free(files->file);
	*files = (struct sh_config_files){ 0 };
}

static bool is_wanted(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".yaml") == 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct sh_config_file *)a)->path, ((const struct sh_config_file *)b)->path);
}

/* Takes FD over. */
static int list_directory(struct sh_config_files *files, int fd, const char *path, bool stock,
			  struct sh_error *err)
{
	size_t first = files->n;
	struct dirent *d;
	DIR *dir = fdopendir(fd);

	if (!dir) {
		sh_error_set_(err, SH_ERRC_SYSTEM, -1, "cannot list '%s'", path);
		close(fd);
		return -1;
	}
	while ((d = readdir(dir))) {
		SH_CLEANUP_FREE char *file = NULL;

		if (!is_wanted(d->d_name))
			continue;
		file = sh_asprintf("%s/%s", path, d->d_name);
		add_file(files, file, stock);
	}
	closedir(dir);
	if (files->n > first)
		qsort(files->file + first, files->n - first, sizeof(*files->file), by_path);
	return 0;
}

/* The descriptor that PATH names, of those that the caller opened; -1 for any other path. */
static int descriptor_of(const char *path)
{
	static const char *const before[] = { "/dev/fd/", "/proc/self/fd/" };

	if (!strcmp(path, "/dev/stdin"))
		return STDIN_FILENO;
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		size_t len = strlen(before[i]);
		uint64_t number;

		if (!strncmp(path, before[i], len) && sh_parse_u64(path + len, &number) == 0 && number <= INT_MAX)
			return (int)number;
	}
	return -1;
}

/* What the caller gave us opened is as good as his word; there may be no way to it that could be walked. */
static int open_path(const char *path, struct sh_error *err)
{
	int given = descriptor_of(path), fd;

	if (given < 0)
		return sh_file_open_trusted(path, err);
	fd = fcntl(given, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	return fd;
}

/* A directory's *.yaml, sorted, or a file; 0 also when it may be missing and is. */
static int add_path(struct sh_config_files *files, const char *path, bool stock, bool may_miss,
		    struct sh_error *err)
{
	struct sh_error problem = SH_ERROR_INIT;
	struct stat st;
	int fd = open_path(path, &problem);

	if (fd < 0 && problem.code == SH_ERRC_UNAVAILABLE) {
		if (may_miss)
			return 0;
		return sh_error_set(err, SH_ERRC_CONFIG, "no such file or directory '%s'", path);
	}
	if (fd < 0) {
		sh_error_set_(err, problem.code, 0, "%s", problem.text);
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return list_directory(files, fd, path, stock, err);
	close(fd);
	add_file(files, path, stock);
	return 0;
}

static int add_below(struct sh_config_files *files, const char *dir, const char *name, bool stock,
		     struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", dir, name);

	return add_path(files, path, stock, true, err);
}

static int add_stock(struct sh_config_files *files, const struct sh_config_options *opt,
		     struct sh_error *err)
{
	const char *dir = opt->stock_dir;
	const char *from_tree = secure_getenv("SH_STOCK");
	int rc = 0;

	if (!dir)
		dir = from_tree && *from_tree ? from_tree : SH_DATADIR;
	if (access(dir, F_OK) < 0)
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "no stock configuration in '%s' (--no-stock does without)", dir);
	for (size_t i = 0; i < sizeof(stock_parts) / sizeof(stock_parts[0]); i++)
		if (!(opt->stock_without & SH_SECTION_BIT(stock_parts[i])) &&
		    add_below(files, dir, sh_config_section_name(stock_parts[i]), true, err) < 0)
			rc = -1;
	return rc;
}

static int add_system_and_user(struct sh_config_files *files, struct sh_error *err)
{
	const char *config = secure_getenv("XDG_CONFIG_HOME"), *home = secure_getenv("HOME");
	int rc = add_path(files, SH_SYSCONFDIR, false, true, err);

	/* The base directory specification: a relative path there is to be ignored. */
	if (config && config[0] == '/')
		rc |= add_below(files, config, "selfheal", false, err);
	else if (home && home[0] == '/')
		rc |= add_below(files, home, ".config/selfheal", false, err);
	return rc;
}

int sh_config_files_find(struct sh_config_files *files, const struct sh_config_options *opt,
			 struct sh_error *err)
{
	int rc = opt->no_stock ? 0 : add_stock(files, opt, err);

	if (!opt->paths || !opt->paths[0])
		return add_system_and_user(files, err) < 0 ? -1 : rc;
	for (const char *const *p = opt->paths; *p; p++)
		if (add_path(files, *p, false, false, err) < 0)
			rc = -1;
	return rc;
}

static int read_descriptor(int fd, const char *path, struct sh_buf *out, struct sh_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return sh_error_sys(err, "cannot stat '%s'", path);
	if (!S_ISREG(st.st_mode) && (S_ISDIR(st.st_mode) || descriptor_of(path) < 0))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is not a regular file", path);
	return sh_fd_read(fd, path, SH_YAML_MAX_BYTES, out, err);
}

int sh_config_file_read(const struct sh_config_file *file, struct sh_buf *out, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open_path(file->path, err);

	return fd < 0 ? -1 : read_descriptor(fd, file->path, out, err);
}
