/* SPDX-License-Identifier: MIT */
/* backup-verify - compare backups with their manifests, and archives by restoring them */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>

#include "action/action.h"
#include "action/each.h"
#include "action/manifest.h"
#include "action/restore.h"
#include "base/file.h"
#include "base/mem.h"

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

static int verify_archive(const struct sh_manifest *m, const char *archive, const char *scratch,
			  json_t *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/selfheal-restore.XXXXXX", scratch);
	struct sh_error removal = SH_ERROR_INIT;
	int rc;

	if (!mkdtemp(dir))
		return sh_error_sys(err, "cannot make '%s'", dir);
	rc = sh_restore_archive(archive, dir, out, err);
	if (rc == 0)
		rc = verify_directory(m, dir, out, err);
	json_object_set_new(out, "restored", json_boolean(rc == 0));
	if (sh_restore_remove(dir, &removal) < 0 && rc == 0) {
		*err = removal;
		rc = -1;
	}
	return rc;
}

static int verify(void *arg, const json_t *backup, json_t *out, struct sh_error *err)
{
	const char *scratch = arg;
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
	const char *scratch = sh_param_str(call->parameters, "scratch");

	return sh_each(sh_param_json(call->parameters, "backups"), output, "backups", false, verify,
		       (char *)(uintptr_t)(scratch ? scratch : "/var/tmp"), err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "backup-verify", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}
