/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/parts.h"
#include "cli/text.h"

static void report_bad_line(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	struct sh_cli *cli = arg;

	sh_cli_error(cli, "%s:%" PRIu64 ": %s", file, line, err->text);
	sh_cli_note(cli, SH_EXIT_INPUT);
}

static void open_reject(struct sh_cli *cli)
{
	if (!cli->opt.reject || cli->reject_file)
		return;
	cli->reject_file = fopen(cli->opt.reject, "ae");
	if (!cli->reject_file) {
		struct sh_error err = SH_ERROR_INIT;

		(void)sh_error_sys(&err, "cannot open '%s'", cli->opt.reject);
		sh_cli_die(cli, &err);
	}
}

void sh_cli_writer(struct sh_cli *cli, struct sh_writer *out)
{
	if (!cli->opt.text || out->tap)
		return;
	/* A record is shown when it comes, into a pipe as well. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	out->tap = sh_text_tap;
	out->tap_arg = cli;
	out->tap_only = true;
	out->quiet = sh_text_quiet;
}

void sh_cli_stream(struct sh_cli *cli, struct sh_stream *s, struct sh_writer *out)
{
	if (!*cli->operand && isatty(STDIN_FILENO))
		sh_cli_usage_error(cli, "standard input is a terminal: pipe records in, or name files "
					"('-' reads the terminal)");
	open_reject(cli);
	sh_cli_writer(cli, out);
	s->out = out;
	s->files = cli->operand;
	s->local_host = sh_cli_host();
	s->now = cli->opt.now;
	s->max_record = cli->opt.max_record;
	s->strict = cli->opt.strict;
	s->reject = cli->reject_file;
	s->ops.bad = report_bad_line;
	s->ops.bad_arg = cli;
}
