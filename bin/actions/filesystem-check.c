/* SPDX-License-Identifier: MIT */
/*
 * filesystem-check - check an ext file system that is not mounted, in its window
 *
 * The device is opened for ourselves alone first, which the kernel refuses while
 * anybody has it mounted or in use. Mended is what e2fsck mends by itself (-p);
 * what needs an answer is left for a person.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/command.h"
#include "action/mounts.h"
#include "base/clock.h"
#include "base/file.h"
#include "config/window.h"

#define SUPERBLOCK 1024
#define MAGIC 0xEF53
#define STATE_CLEAN 1
#define STATE_ERRORS 2
#define CHECK_TIMEOUT (60 * SH_MIN)

static const struct sh_param params[] = {
	{ "mount", SH_PARAM_PATH, true },
	{ "check", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param check_params[] = {
	{ "device", SH_PARAM_PATH, true },
	{ "window", SH_PARAM_STRING, true }, /* "Sun 02:00-04:00 Europe/Berlin", or "always" */
	{ "timeout", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

/* What the superblock says of itself. */
struct health {
	unsigned state;    /* STATE_ bits */
	int64_t checked;   /* ns */
};

static unsigned le(const unsigned char *p, int n)
{
	unsigned v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static int read_health(const char *device, int flags, struct health *out, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	unsigned char s[128];
	struct stat st;

	if (fd < 0 && errno == EBUSY)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is in use: it is not checked while it is mounted",
				    device);
	if (fd < 0 || fstat(fd, &st) < 0)
		return sh_error_sys(err, "cannot open '%s'", device);
	if (!S_ISBLK(st.st_mode))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is no block device", device);
	if (pread(fd, s, sizeof(s), SUPERBLOCK) != (ssize_t)sizeof(s))
		return sh_error_sys(err, "cannot read the superblock of '%s'", device);
	if (le(s + 56, 2) != MAGIC)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' holds no ext file system", device);
	out->state = le(s + 58, 2);
	out->checked = (int64_t)le(s + 64, 4) * SH_SEC;
	return 0;
}

static int is_in_window(const char *text, struct sh_error *err)
{
	struct sh_window *w;
	int64_t end;
	bool covered;

	if (!strcmp(text, "always"))
		return 0;
	if (sh_window_parse(&w, text, err) < 0)
		return -1;
	covered = sh_window_covers(w, sh_clock_wall(), &end);
	sh_window_free(w);
	return covered ? 0 :
			 sh_error_set(err, SH_ERRC_CONFIG, "now is not in the window '%s' of maintenance", text);
}

static int read_params(const struct sh_action_call *call, const json_t **out, struct sh_error *err)
{
	*out = sh_param_json(call->parameters, "check");
	return sh_params_check(*out, check_params, "check", err);
}

static int repair(const json_t *p, json_t *output, struct sh_error *err)
{
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "-f", "-p", sh_param_str(p, "device"), NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	int code = -1;

	if (sh_command_tool("e2fsck", tool, err) < 0)
		return -1;
	sh_command_run(argv, NULL, sh_param_duration(p, "timeout", CHECK_TIMEOUT), &said, &code, err);
	json_object_set_new(output, "exit_code", json_integer(code));
	if (code == 0 || code == 1 || code == 4)
		sh_error_clear(err);
	if (code == 0 || code == 1) {
		json_object_set_new(output, "corrected", json_boolean(code == 1));
		return 0;
	}
	if (code == 4)
		return sh_error_set(err, SH_ERRC_SYSTEM, "errors are left that a person must decide on");
	return sh_error_is_set(err) ? -1 : sh_error_set(err, SH_ERRC_SYSTEM, "e2fsck ended with %d", code);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount");
	struct health before, after;
	struct sh_mounted m;
	const json_t *p;
	int rc;

	if (read_params(call, &p, err) < 0 || is_in_window(sh_param_str(p, "window"), err) < 0)
		return -1;
	rc = sh_mounts_find(place, &m, err);
	if (rc == 1)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is mounted: it is not checked", place);
	if (rc < 0 || read_health(sh_param_str(p, "device"), O_EXCL, &before, err) < 0 ||
	    repair(p, output, err) < 0 || read_health(sh_param_str(p, "device"), O_EXCL, &after, err) < 0)
		return -1;
	json_object_set_new(output, "had_errors", json_boolean(before.state & STATE_ERRORS));
	return (after.state & STATE_CLEAN) && !(after.state & STATE_ERRORS) ?
		       0 : sh_error_set(err, SH_ERRC_SYSTEM, "the file system is not clean after the check");
}

/* e2fsck -f notes when it has gone through to its end. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct health now;
	const json_t *p;
	bool clean;

	if (read_params(call, &p, err) < 0 || read_health(sh_param_str(p, "device"), 0, &now, err) < 0)
		return -1;
	clean = (now.state & STATE_CLEAN) && !(now.state & STATE_ERRORS);
	sh_action_state(output, !call->started ? "unknown" :
				clean && now.checked + SH_SEC > call->started ? "done" : "not_done");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "filesystem-check", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
