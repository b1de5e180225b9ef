/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/restore.h"

#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/process.h"

#define TAR "/usr/bin/tar"
#define CP  "/usr/bin/cp"
#define TIMEOUT SH_HOUR
#define MAX_LISTING ((size_t)256 << 20)
#define MAX_SAID 160
#define SPARE_PERCENT 10 /* of free space that a test restore leaves alone */

/* Run tar or cp; its standard output to OUT when that is not NULL. */
static int run_tool(const char *const *argv, struct sh_buf *out, struct sh_error *err)
{
	struct sh_child_options opt = { .argv = argv, .timeout = TIMEOUT, .max_output = MAX_LISTING };
	struct sh_child child = { 0 };
	int rc = sh_child_start(&child, &opt, err);

	if (rc == 0)
		rc = sh_child_wait(&child, err);
	if (rc == 0 && (sh_child_exit_code(&child) || child.truncated)) {
		const char *said = sh_buf_str(&child.stderr_data);

		rc = sh_error_set(err, SH_ERRC_SYSTEM, "%s ended with %d: %.*s", strrchr(argv[0], '/') + 1,
				  sh_child_exit_code(&child),
				  (int)(strcspn(said, "\n") < MAX_SAID ? strcspn(said, "\n") : MAX_SAID),
				  child.truncated ? "its list is too long" : said);
	}
	if (rc == 0 && out)
		sh_buf_add(out, sh_buf_str(&child.stdout_data), child.stdout_data.len);
	sh_child_release(&child);
	return rc;
}

/* Third word of "MODE OWNER SIZE DATE TIME NAME"; devices have two numbers there and count nothing. */
static uint64_t size_in_line(const char *line)
{
	for (int word = 0; word < 2; word++) {
		line += strcspn(line, " \n");
		line += strspn(line, " ");
	}
	return *line >= '0' && *line <= '9' ? strtoull(line, NULL, 10) : 0;
}

static int size_of_archive(const char *archive, uint64_t *bytes, struct sh_error *err)
{
	const char *const argv[] = { TAR, "--list", "--verbose", "--numeric-owner", "--quoting-style=escape",
				     "--file", archive, NULL };
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;

	*bytes = 0;
	if (run_tool(argv, &list, err) < 0)
		return -1;
	for (const char *line = sh_buf_str(&list); *line; line += strcspn(line, "\n") + 1) {
		*bytes += size_in_line(line);
		if (!line[strcspn(line, "\n")])
			break;
	}
	return 0;
}

static int size_of_directory(const char *directory, uint64_t *bytes, struct sh_error *err)
{
	SH_CLEANUP_FREE char *root = sh_strdup(directory);
	char *const paths[] = { root, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	*bytes = 0;
	if (!tree)
		return sh_error_sys(err, "cannot read '%s'", directory);
	for (FTSENT *e = fts_read(tree); e; e = fts_read(tree))
		if (e->fts_info == FTS_F)
			*bytes += (uint64_t)e->fts_statp->st_size;
	fts_close(tree);
	return 0;
}

static int check_room(const char *what, uint64_t bytes, const char *dir, json_t *out, struct sh_error *err)
{
	struct statvfs v;
	uint64_t room;

	if (statvfs(dir, &v) < 0)
		return sh_error_sys(err, "cannot stat '%s'", dir);
	room = (uint64_t)v.f_bavail * v.f_frsize / 100 * (100 - SPARE_PERCENT);
	json_object_set_new(out, "unpacked_bytes", json_integer((json_int_t)bytes));
	if (bytes > room)
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "no room to restore '%s': %" PRIu64 " bytes, and '%s' has %" PRIu64, what,
				    bytes, dir, room);
	return 0;
}

int sh_restore_archive(const char *archive, const char *dir, json_t *out, struct sh_error *err)
{
	const char *const argv[] = { TAR, "--extract", "--no-same-owner", "--no-same-permissions",
				     "--delay-directory-restore", "--directory", dir, "--file",
				     archive, NULL };
	uint64_t bytes;

	if (size_of_archive(archive, &bytes, err) < 0 || check_room(archive, bytes, dir, out, err) < 0)
		return -1;
	return run_tool(argv, NULL, err);
}

int sh_restore_directory(const char *directory, const char *dir, json_t *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *all = sh_asprintf("%s/.", directory);
	const char *const argv[] = { CP, "--recursive", "--no-dereference", "--preserve=mode,timestamps,links",
				     "--", all, dir, NULL };
	uint64_t bytes;

	if (size_of_directory(directory, &bytes, err) < 0 || check_room(directory, bytes, dir, out, err) < 0)
		return -1;
	return run_tool(argv, NULL, err);
}

static int remove_entry(const FTSENT *e)
{
	if (e->fts_info == FTS_D)
		return chmod(e->fts_accpath, S_IRWXU);
	return remove(e->fts_accpath);
}

int sh_restore_remove(const char *path, struct sh_error *err)
{
	SH_CLEANUP_FREE char *root = sh_strdup(path);
	char *const paths[] = { root, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	int rc = 0;

	if (!tree)
		return sh_error_sys(err, "cannot remove '%s'", path);
	for (FTSENT *e = fts_read(tree); e && rc == 0; e = fts_read(tree))
		if (remove_entry(e) < 0)
			rc = sh_error_sys(err, "cannot remove '%s'", e->fts_path);
	fts_close(tree);
	return rc;
}
