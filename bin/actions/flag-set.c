/* SPDX-License-Identifier: MIT */
/*
 * flag-set - degrade a service on purpose: read-only, or a feature off
 *
 * By a file that the service looks at, or by declared commands that set, clear
 * and test the flag, of which the last exits with 0 while it is set. Undo clears
 * it, if this run has set it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "action/command.h"
#include "action/note.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define COMMAND_TIMEOUT (20 * SH_SEC)

static const struct sh_param params[] = {
	{ "degrade", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param degrade_params[] = {
	{ "flag", SH_PARAM_PATH, false },
	{ "text", SH_PARAM_STRING, false },
	{ "set", SH_PARAM_ARGV, false },
	{ "clear", SH_PARAM_ARGV, false },
	{ "test", SH_PARAM_ARGV, false },
	{ NULL, SH_PARAM_STRING, false },
};

static int read_params(const struct sh_action_call *call, const json_t **out, struct sh_error *err)
{
	int commands;

	*out = sh_param_json(call->parameters, "degrade");
	if (sh_params_check(*out, degrade_params, "degrade", err) < 0)
		return -1;
	commands = !!sh_param_json(*out, "set") + !!sh_param_json(*out, "clear") + !!sh_param_json(*out, "test");
	if (!sh_param_str(*out, "flag") == !commands || (commands && commands != 3))
		return sh_error_set(err, SH_ERRC_INPUT, "degrade: give either 'flag' or all of 'set', 'clear' and 'test'");
	return 0;
}

static int run_command(const json_t *p, const char *name, int *code, struct sh_error *err)
{
	const char **argv = sh_param_argv(p, name);
	int rc = sh_command_run(argv, NULL, COMMAND_TIMEOUT, NULL, code, err);

	free(argv);
	return rc;
}

static int open_directory(const char *path, const char **name, struct sh_error *err)
{
	const char *slash = strrchr(path, '/');
	SH_CLEANUP_FREE char *dir = slash == path ? sh_strdup("/") : sh_strndup(path, (size_t)(slash - path));
	int fd = sh_open_nolink(dir, O_RDONLY | O_DIRECTORY);

	*name = slash + 1;
	return fd < 0 ? sh_error_sys(err, "cannot open '%s'", dir) : fd;
}

/* 1 set, 0 not, -1 nobody knows. */
static int is_set(const json_t *p, struct sh_error *err)
{
	struct sh_error failed = SH_ERROR_INIT;
	SH_CLEANUP_FD int dir = -1;
	const char *name;
	struct stat st;
	int code = -1;

	if (sh_param_str(p, "flag")) {
		dir = open_directory(sh_param_str(p, "flag"), &name, err);
		if (dir < 0)
			return -1;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOENT ? 0 : sh_error_sys(err, "cannot look at the flag");
		return S_ISREG(st.st_mode) ? 1 : sh_error_set(err, SH_ERRC_CONFIG, "the flag is no regular file");
	}
	if (run_command(p, "test", &code, &failed) == 0)
		return 1;
	return code == 1 ? 0 : sh_error_set(err, SH_ERRC_SYSTEM, "%s", failed.text);
}

static int set_file(const json_t *p, struct sh_error *err)
{
	const char *text = sh_param_str(p, "text") ? sh_param_str(p, "text") : "", *name;
	SH_CLEANUP_FD int dir = open_directory(sh_param_str(p, "flag"), &name, err);
	SH_CLEANUP_FD int fd = -1;

	if (dir < 0)
		return -1;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || sh_write_all(fd, text, strlen(text)) < 0 || fchmod(fd, 0644) < 0 || fsync(fd) < 0)
		return sh_error_sys(err, "cannot set '%s'", sh_param_str(p, "flag"));
	return 0;
}

static int clear_file(const json_t *p, struct sh_error *err)
{
	const char *name;
	SH_CLEANUP_FD int dir = open_directory(sh_param_str(p, "flag"), &name, err);

	if (dir < 0)
		return -1;
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ?
		       sh_error_sys(err, "cannot clear '%s'", sh_param_str(p, "flag")) : 0;
}

static int set(const struct sh_action_call *call, const json_t *p, json_t *output, struct sh_error *err)
{
	struct sh_note note;
	int rc, now;

	json_object_set_new(output, "set", json_true());
	sh_note_init(&note, "flags", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	if (rc == 0)
		rc = sh_param_str(p, "flag") ? set_file(p, err) : run_command(p, "set", NULL, err);
	if (rc < 0)
		return -1;
	now = is_set(p, err);
	return now == 1 ? 0 : now < 0 ? -1 : sh_error_set(err, SH_ERRC_SYSTEM, "the flag is not set after all");
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *p;
	int now;

	if (read_params(call, &p, err) < 0 || (now = is_set(p, err)) < 0)
		return -1;
	if (now)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the flag is set already, by somebody else");
	return set(call, p, output, err);
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *p;
	int now;

	if (read_params(call, &p, err) < 0)
		return -1;
	now = is_set(p, err);
	sh_error_clear(err);
	sh_action_state(output, now < 0 ? "unknown" : now ? "done" : "not_done");
	return 0;
}

static int take_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	const json_t *p;

	(void)known;
	if (read_params(call, &p, err) < 0)
		return -1;
	return sh_param_str(p, "flag") ? clear_file(p, err) : run_command(p, "clear", NULL, err);
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("flags", "set", take_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "flag-set", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
