/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/unit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "action/command.h"
#include "base/clock.h"
#include "base/num.h"

#define ANSWER_TIMEOUT (10 * SH_SEC)

/* The command that controls units: the site's, or systemctl where systemd runs. */
static int manager_of(const char *declared, char out[SH_TOOL_PATH], struct sh_error *err)
{
	if (declared && strlen(declared) < SH_TOOL_PATH) {
		snprintf(out, SH_TOOL_PATH, "%s", declared);
		return 0;
	}
	if (declared)
		return sh_error_set(err, SH_ERRC_INPUT, "'%.40s...' is too long a path", declared);
	if (access("/run/systemd/system", F_OK) < 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "a unit needs systemd, which does not run here");
	return sh_command_tool("systemctl", out, err);
}

static int check_name(const char *unit, struct sh_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				      ":_.\\@-";

	if (!*unit || *unit == '-' || unit[strspn(unit, allowed)])
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no name of a unit", unit);
	return 0;
}

static int call(const struct sh_unit *u, const char *const *verb, int64_t timeout,
		struct sh_buf *out, struct sh_error *err)
{
	char manager[SH_TOOL_PATH];
	const char *argv[8] = { manager };
	size_t n = 1;

	if (check_name(u->name, err) < 0 || manager_of(u->manager, manager, err) < 0)
		return -1;
	for (; *verb && n < 5; verb++)
		argv[n++] = *verb;
	argv[n++] = "--";
	argv[n] = u->name;
	return sh_command_run(argv, NULL, timeout, out, NULL, err);
}

int sh_unit_main(const struct sh_unit *u, struct sh_proc *main, struct sh_error *err)
{
	static const char *const verb[] = { "show", "-p", "MainPID", "--value", NULL };
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	int64_t pid;

	if (call(u, verb, ANSWER_TIMEOUT, &out, err) < 0)
		return -1;
	if (out.len)
		out.data[strcspn(out.data, "\n")] = '\0';
	if (sh_parse_i64(sh_buf_str(&out), &pid) < 0 || pid <= 0 || pid > INT_MAX)
		return 0;
	return sh_proc_read((pid_t)pid, main) == 0;
}

int sh_unit_restart(const struct sh_unit *u, int64_t timeout, struct sh_proc *main, struct sh_error *err)
{
	static const char *const verb[] = { "restart", NULL };
	int rc;

	if (call(u, verb, timeout, NULL, err) < 0)
		return -1;
	rc = sh_unit_main(u, main, err);
	if (rc == 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "unit '%s' has no main process", u->name);
	return rc < 0 ? -1 : 0;
}

int sh_unit_reload(const struct sh_unit *u, int64_t timeout, struct sh_error *err)
{
	static const char *const verb[] = { "reload", NULL };

	return call(u, verb, timeout, NULL, err);
}
