/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"

static int failed(const struct sh_child *c, const char *program, struct sh_error *err)
{
	const char *said = sh_buf_str(c->stderr_data.len ? &c->stderr_data : &c->stdout_data);

	if (c->timed_out)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' did not end in time", program);
	return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' failed with %d: %.*s", program,
			    sh_child_exit_code(c), (int)strcspn(said, "\n"), said);
}

int sh_command_run(const char *const *argv, const char *input, int64_t timeout, struct sh_buf *out,
		   int *code, struct sh_error *err)
{
	const struct sh_child_options opt = { .argv = argv,
					      .stdin_data = input,
					      .stdin_len = input ? strlen(input) : 0,
					      .timeout = timeout };
	struct sh_child c;
	int rc;

	if (sh_child_start(&c, &opt, err) < 0)
		return -1;
	rc = sh_child_wait(&c, err);
	if (rc == 0 && code)
		*code = c.timed_out ? -1 : sh_child_exit_code(&c);
	if (rc == 0 && out)
		sh_buf_add(out, sh_buf_str(&c.stdout_data), c.stdout_data.len);
	if (rc == 0 && (c.timed_out || sh_child_exit_code(&c) != 0))
		rc = failed(&c, argv[0], err);
	sh_child_release(&c);
	return rc;
}

int sh_command_tool(const char *name, char out[SH_TOOL_PATH], struct sh_error *err)
{
	static const char *const directory[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };

	for (size_t i = 0; i < sizeof(directory) / sizeof(directory[0]); i++) {
		snprintf(out, SH_TOOL_PATH, "%s/%s", directory[i], name);
		if (access(out, X_OK) == 0)
			return 0;
	}
	return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' is not installed", name);
}
