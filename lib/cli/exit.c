/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/parts.h"
#include "cli/text.h"

int sh_cli_exit_code(enum sh_errc code)
{
	switch (code) {
	case SH_ERRC_NONE:
		return SH_EXIT_OK;
	case SH_ERRC_USAGE:
	case SH_ERRC_CONFIG:
		return SH_EXIT_USAGE;
	case SH_ERRC_INPUT:
		return SH_EXIT_INPUT;
	case SH_ERRC_SYSTEM:
	case SH_ERRC_STATE:
	case SH_ERRC_UNAVAILABLE:
		return SH_EXIT_SYSTEM;
	case SH_ERRC_LOCKED:
		return SH_EXIT_LOCKED;
	}
	return SH_EXIT_SYSTEM;
}

/* Of several codes the first of these is given; a code that is not here comes before all. */
static const int by_weight[] = { SH_EXIT_SYSTEM,      SH_EXIT_USAGE,   SH_EXIT_FAILED,
				 SH_EXIT_ROLLED_BACK, SH_EXIT_UNVERIFIED, SH_EXIT_WAITING,
				 SH_EXIT_REFUSED,     SH_EXIT_INPUT,   SH_EXIT_FOUND,
				 SH_EXIT_OK };

static size_t place_of(int code)
{
	for (size_t i = 0; i < sizeof(by_weight) / sizeof(by_weight[0]); i++) {
		if (by_weight[i] == code)
			return i + 1;
	}
	return 0;
}

void sh_cli_note(struct sh_cli *cli, int code)
{
	if (place_of(code) < place_of(cli->worst))
		cli->worst = code;
}

int sh_cli_report(struct sh_cli *cli, struct sh_error *err)
{
	int code = sh_cli_exit_code(err->code);

	if (!sh_error_is_set(err))
		return SH_EXIT_OK;
	sh_cli_error(cli, "%s", err->text);
	sh_cli_note(cli, code);
	sh_error_clear(err);
	return code;
}

void sh_cli_die(struct sh_cli *cli, struct sh_error *err)
{
	exit(sh_cli_finish(cli, sh_cli_report(cli, err)));
}

static void close_stdout(struct sh_cli *cli)
{
	int failed = ferror(stdout);

	errno = 0;
	if (!fclose(stdout) && !failed)
		return;
	/* The reader has gone: it has what it wanted. */
	if (errno == EPIPE)
		return;
	if (errno)
		sh_cli_error(cli, "cannot write standard output: %s", strerror(errno));
	else
		sh_cli_error(cli, "cannot write standard output");
	sh_cli_note(cli, SH_EXIT_SYSTEM);
}

static void close_reject(struct sh_cli *cli)
{
	int failed;

	if (!cli->reject_file)
		return;
	failed = ferror(cli->reject_file);
	errno = 0;
	if (fclose(cli->reject_file) || failed) {
		sh_cli_error(cli, "cannot write '%s'%s%s", cli->opt.reject, errno ? ": " : "",
			     errno ? strerror(errno) : "");
		sh_cli_note(cli, SH_EXIT_SYSTEM);
	}
	cli->reject_file = NULL;
}

int sh_cli_finish(struct sh_cli *cli, int code)
{
	sh_cli_note(cli, code);
	close_reject(cli);
	sh_text_end(cli);
	close_stdout(cli);
	sh_cli_parsed_free(cli->parsed);
	cli->parsed = NULL;
	if (cli->popt)
		poptFreeContext(cli->popt);
	cli->popt = NULL;
	memset(&cli->opt, 0, sizeof(cli->opt));
	return cli->worst;
}
