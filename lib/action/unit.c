/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/unit.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/process.h"

#define ANSWER_TIMEOUT (10 * SH_SEC)

static const char *systemctl(struct sh_error *err)
{
	static const char *const path[] = { "/usr/bin/systemctl", "/bin/systemctl" };

	if (access("/run/systemd/system", F_OK) < 0) {
		sh_error_set_(err, SH_ERRC_UNAVAILABLE, 0, "a unit needs systemd, which does not run here");
		return NULL;
	}
	for (size_t i = 0; i < 2; i++)
		if (access(path[i], X_OK) == 0)
			return path[i];
	sh_error_set_(err, SH_ERRC_UNAVAILABLE, 0, "systemctl was not found");
	return NULL;
}

static int check_name(const char *unit, struct sh_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				      ":_.\\@-";

	if (!*unit || *unit == '-' || unit[strspn(unit, allowed)])
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no name of a unit", unit);
	return 0;
}

/* Runs systemctl; OUT gets its standard output, may be NULL. */
static int call(const char *const *argv, int64_t timeout, struct sh_buf *out, struct sh_error *err)
{
	const struct sh_child_options opt = { .argv = argv, .timeout = timeout };
	struct sh_child c;
	int rc;

	if (sh_child_start(&c, &opt, err) < 0)
		return -1;
	rc = sh_child_wait(&c, err);
	if (rc == 0 && sh_child_exit_code(&c) != 0) {
		const char *text = sh_buf_str(&c.stderr_data);

		rc = sh_error_set(err, SH_ERRC_SYSTEM, "systemctl: %s: %.*s",
				  c.timed_out ? "timed out" : "failed",
				  (int)(strcspn(text, "\n")), text);
	}
	if (rc == 0 && out)
		sh_buf_add(out, sh_buf_str(&c.stdout_data), c.stdout_data.len);
	sh_child_release(&c);
	return rc;
}

int sh_unit_main(const char *unit, struct sh_proc *main, struct sh_error *err)
{
	const char *argv[] = { systemctl(err), "show", "-p", "MainPID", "--value", "--", unit, NULL };
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	int64_t pid;

	if (!argv[0] || check_name(unit, err) < 0 || call(argv, ANSWER_TIMEOUT, &out, err) < 0)
		return -1;
	if (out.len)
		out.data[strcspn(out.data, "\n")] = '\0';
	if (sh_parse_i64(sh_buf_str(&out), &pid) < 0 || pid <= 0 || pid > INT_MAX)
		return 0;
	return sh_proc_read((pid_t)pid, main) == 0;
}

int sh_unit_restart(const char *unit, int64_t timeout, struct sh_proc *main, struct sh_error *err)
{
	const char *argv[] = { systemctl(err), "restart", "--", unit, NULL };
	int rc;

	if (!argv[0] || check_name(unit, err) < 0 || call(argv, timeout, NULL, err) < 0)
		return -1;
	rc = sh_unit_main(unit, main, err);
	if (rc == 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "unit '%s' has no main process", unit);
	return rc < 0 ? -1 : 0;
}
