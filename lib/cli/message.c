/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cli/escape.h"
#include "cli/parts.h"

/* One write per message, so that messages of a pipeline's programs do not mix within a line. */
static void SH_PRINTF(2, 0) say(const struct sh_cli *cli, const char *fmt, va_list ap)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_buf_vaddf(&text, fmt, ap);
	sh_buf_addf(&line, "%s: ", cli->name);
	sh_escape_text(&line, sh_buf_str(&text), text.len);
	sh_buf_addch(&line, '\n');
	fwrite(line.data, 1, line.len, stderr);
	fflush(stderr);
}

void sh_cli_warn(const struct sh_cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->opt.quiet)
		return;
	va_start(ap, fmt);
	say(cli, fmt, ap);
	va_end(ap);
}

void sh_cli_error(const struct sh_cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(cli, fmt, ap);
	va_end(ap);
}

void sh_cli_verbose(const struct sh_cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (!cli->opt.verbose)
		return;
	va_start(ap, fmt);
	say(cli, fmt, ap);
	va_end(ap);
}

void sh_cli_usage_error(const struct sh_cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(cli, fmt, ap);
	va_end(ap);
	sh_cli_error(cli, "try '%s --help'", cli->name);
	exit(SH_EXIT_USAGE);
}
