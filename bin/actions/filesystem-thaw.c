/* SPDX-License-Identifier: MIT */
/* filesystem-thaw - let writes to a frozen file system go on */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "action/mounts.h"
#include "base/file.h"

static const struct sh_param params[] = {
	{ "mount", SH_PARAM_PATH, true },
	{ "thaw", SH_PARAM_BOOLEAN, true },
	{ NULL, SH_PARAM_STRING, false },
};

/* A snapshot may be under way: only who declares that none needs the freeze may thaw. */
static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount");
	struct sh_mounted m;
	SH_CLEANUP_FD int fd = -1;
	int rc;

	if (!sh_param_bool(call->parameters, "thaw"))
		return sh_error_set(err, SH_ERRC_CONFIG, "the site does not allow to thaw '%s'", place);
	rc = sh_mounts_find(place, &m, err);
	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "nothing is mounted at '%s'", place);
	fd = rc < 0 ? -1 : sh_open_nolink(place, O_RDONLY | O_DIRECTORY);
	if (rc < 0 || fd < 0)
		return rc < 0 ? -1 : sh_error_sys(err, "cannot open '%s'", place);
	if (ioctl(fd, FITHAW, 0) == 0) {
		json_object_set_new(output, "thawed", json_true());
		return 0;
	}
	if (errno == EINVAL)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' is not frozen", place);
	return sh_error_sys(err, "cannot thaw '%s'", place);
}

/* The kernel shows nobody whether a file system is frozen. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	(void)call;
	(void)err;
	sh_action_state(output, "unknown");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "filesystem-thaw", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
