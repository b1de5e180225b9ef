/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"

static char *user_state_dir(void)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	/* The base directory specification: a relative path is to be ignored. */
	if (xdg && *xdg == '/')
		return sh_asprintf("%s/%s", xdg, PACKAGE_NAME);
	if (!home || *home != '/') {
		const struct passwd *pw = getpwuid(getuid());

		home = pw && pw->pw_dir ? pw->pw_dir : "/";
	}
	return sh_asprintf("%s/.local/state/%s", home, PACKAGE_NAME);
}

char *sh_cli_state_dir(const struct sh_cli *cli)
{
	if (cli->opt.state)
		return sh_strdup(cli->opt.state);
	if (geteuid() == 0)
		return sh_strdup(SH_LOCALSTATEDIR);
	return user_state_dir();
}

/* What would break an entity's name apart becomes '-'. */
static void make_plain(char *name)
{
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c <= ' ' || c == 0x7f || c == '@' || c == '%')
			*name = '-';
	}
}

const char *sh_cli_host(void)
{
	const char *given = getenv("SH_HOST");
	char name[256] = { 0 };

	if (given && *given && !strpbrk(given, " \t\r\n@%"))
		return given;
	if (given && *given)
		snprintf(name, sizeof(name), "%s", given);
	else if (gethostname(name, sizeof(name) - 1) || !*name)
		snprintf(name, sizeof(name), "localhost");
	make_plain(name);
	/* Kept in the environment, so that programs we start speak of the same host. */
	setenv("SH_HOST", name, 1);
	return getenv("SH_HOST");
}
