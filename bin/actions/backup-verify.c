/* SPDX-License-Identifier: MIT */
/* backup-verify - compare backups with their manifests, and archives by restoring them */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "action/action.h"
#include "action/manifest.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"

#define TAR "/usr/bin/tar"
#define TAR_TIMEOUT SH_HOUR
#define MAX_LISTING ((size_t)256 << 20)
#define MAX_SAID 160
#define SPARE_PERCENT 10 /* of free space that a test restore leaves alone */

static const struct sh_param params[] = {
	{ "backups", SH_PARAM_LIST, true },
	{ "scratch", SH_PARAM_PATH, false },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param backup_params[] = {
	{ "manifest", SH_PARAM_PATH, true },
	{ "directory", SH_PARAM_PATH, false },
	{ "archive", SH_PARAM_PATH, false },
	{ NULL, SH_PARAM_STRING, false },
};

static int verify_directory(const struct sh_manifest *m, const char *path, json_t *out,
			    struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	return sh_manifest_verify(m, fd, out, err);
}

/* Run tar; its standard output to OUT when that is not NULL. */
static int run_tar(const char *const *argv, struct sh_buf *out, struct sh_error *err)
{
	struct sh_child_options opt = { .argv = argv, .timeout = TAR_TIMEOUT,
					.max_output = MAX_LISTING };
	struct sh_child child = { 0 };
	int rc = sh_child_start(&child, &opt, err);

	if (rc == 0)
		rc = sh_child_wait(&child, err);
	if (rc == 0 && (sh_child_exit_code(&child) || child.truncated)) {
		const char *said = sh_buf_str(&child.stderr_data);

		rc = sh_error_set(err, SH_ERRC_SYSTEM, "tar ended with %d: %.*s",
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

/* What it unpacks to is asked before: an archive may be small and its contents not. */
static int check_room(const char *archive, const char *scratch, json_t *out, struct sh_error *err)
{
	const char *const argv[] = { TAR, "--list", "--verbose", "--numeric-owner", "--quoting-style=escape",
				     "--file", archive, NULL };
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;
	uint64_t bytes = 0, room;
	struct statvfs v;

	if (run_tar(argv, &list, err) < 0)
		return -1;
	for (const char *line = sh_buf_str(&list); *line; line += strcspn(line, "\n") + 1) {
		bytes += size_in_line(line);
		if (!line[strcspn(line, "\n")])
			break;
	}
	if (statvfs(scratch, &v) < 0)
		return sh_error_sys(err, "cannot stat '%s'", scratch);
	room = (uint64_t)v.f_bavail * v.f_frsize / 100 * (100 - SPARE_PERCENT);
	json_object_set_new(out, "unpacked_bytes", json_integer((json_int_t)bytes));
	if (bytes > room)
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "no room to restore '%s': %" PRIu64 " bytes, and '%s' has %" PRIu64,
				    archive, bytes, scratch, room);
	return 0;
}

static int remove_entry(const FTSENT *e)
{
	if (e->fts_info == FTS_D)
		return chmod(e->fts_accpath, S_IRWXU);
	return remove(e->fts_accpath);
}

/* What was unpacked may hold directories that even their owner cannot write to. */
static int remove_tree(char *path, struct sh_error *err)
{
	char *const paths[] = { path, NULL };
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

static int unpack(const char *archive, const char *to, struct sh_error *err)
{
	const char *const argv[] = { TAR, "--extract", "--no-same-owner", "--no-same-permissions",
				     "--delay-directory-restore", "--directory", to, "--file",
				     archive, NULL };

	return run_tar(argv, NULL, err);
}

static int verify_archive(const struct sh_manifest *m, const char *archive, const char *scratch,
			  json_t *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/selfheal-restore.XXXXXX", scratch);
	struct sh_error removal = SH_ERROR_INIT;
	int rc;

	if (check_room(archive, scratch, out, err) < 0)
		return -1;
	if (!mkdtemp(dir))
		return sh_error_sys(err, "cannot make '%s'", dir);
	rc = unpack(archive, dir, err);
	if (rc == 0)
		rc = verify_directory(m, dir, out, err);
	json_object_set_new(out, "restored", json_boolean(rc == 0));
	if (remove_tree(dir, &removal) < 0 && rc == 0) {
		*err = removal;
		rc = -1;
	}
	return rc;
}

static int verify(const json_t *backup, const char *scratch, json_t *out, struct sh_error *err)
{
	const char *directory, *archive;
	struct sh_manifest m = { 0 };
	int rc;

	if (sh_params_check(backup, backup_params, "backups", err) < 0)
		return -1;
	directory = sh_param_str(backup, "directory");
	archive = sh_param_str(backup, "archive");
	if (!directory == !archive)
		return sh_error_set(err, SH_ERRC_INPUT, "a backup has either 'directory' or 'archive'");
	json_object_set_new(out, directory ? "directory" : "archive",
			    sh_action_text(directory ? directory : archive));
	rc = sh_manifest_read(&m, sh_param_str(backup, "manifest"), err);
	if (rc == 0 && directory)
		rc = verify_directory(&m, directory, out, err);
	else if (rc == 0)
		rc = verify_archive(&m, archive, scratch, out, err);
	sh_manifest_release(&m);
	return rc;
}

/* Every backup has its turn, whatever became of the others. */
static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *backups = sh_param_json(call->parameters, "backups");
	const char *scratch = sh_param_str(call->parameters, "scratch");
	json_t *list = json_array();

	json_object_set_new(output, "backups", list);
	for (size_t i = 0; i < json_array_size(backups); i++) {
		struct sh_error one = SH_ERROR_INIT;
		json_t *entry = json_object();

		if (verify(json_array_get(backups, i), scratch ? scratch : "/var/tmp", entry, &one) < 0) {
			json_object_set_new(entry, "error", sh_action_text(one.text));
			if (!sh_error_is_set(err))
				*err = one;
		}
		json_array_append_new(list, entry);
	}
	return sh_error_is_set(err) ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "backup-verify", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}
