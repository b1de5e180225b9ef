/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/burst.h"
#include "cli/parts.h"

#define LOCK_WAIT_DEFAULT (10 * SH_SEC)

/* Any more would be a mistake rather than a limit. */
#define MAX_RECORD_LEAST 64
#define MAX_RECORD_MOST ((uint64_t)1 << 30)

size_t sh_cli_common_table(struct sh_cli *cli, struct poptOption *out)
{
	struct sh_cli_common *o = &cli->opt;
	struct sh_cli_texts *t = &cli->parsed->text;
	const struct {
		unsigned flags; /* any of them; 0: always */
		struct poptOption option;
	} all[] = {
		/* clang-format off */
		{ SH_CLI_CONFIG, { "config", 'c', POPT_ARG_ARGV, &t->config, 0,
			"configuration file or directory, instead of the system's and the user's; repeatable", "PATH" } },
		{ SH_CLI_CONFIG, { "no-stock", 0, POPT_ARG_NONE, &o->no_stock, 0,
			"leave out the configuration that comes with the toolkit", NULL } },
		{ SH_CLI_CONFIG, { "check", 0, POPT_ARG_NONE, &o->check, 0,
			"validate the configuration and exit", NULL } },
		{ SH_CLI_TEST, { "test", 0, POPT_ARG_NONE, &o->test, 0,
			"run the tests written beside the rules and exit", NULL } },
		{ SH_CLI_STATE, { "state", 0, POPT_ARG_STRING, &t->state, 0,
			"keep state between runs in DIR", "DIR" } },
		{ SH_CLI_STATE, { "lock", 0, POPT_ARG_STRING, &t->lock, 0,
			"when the state is in use: wait so long (default wait=10s), or fail", "wait=DURATION|fail" } },
		{ SH_CLI_RECORDS_IN, { "pass", 'p', POPT_ARG_NONE, &o->pass, 0,
			"forward the records that are eaten as well", NULL } },
		{ SH_CLI_RECORDS_IN, { "strict", 0, POPT_ARG_NONE, &o->strict, 0,
			"stop at the first bad record", NULL } },
		{ SH_CLI_RECORDS_IN, { "reject", 0, POPT_ARG_STRING, &t->reject, 0,
			"append bad lines to FILE as they came", "FILE" } },
		{ SH_CLI_RECORDS_IN, { "max-record", 0, POPT_ARG_STRING, &t->max_record, 0,
			"longest line that is accepted (default 1M)", "SIZE" } },
		{ SH_CLI_RECORDS_IN, { "now", 0, POPT_ARG_STRING, &t->now, 0,
			"take TIME (RFC 3339) for the clock", "TIME" } },
		{ SH_CLI_RECORDS_IN, { "burst", 0, POPT_ARG_STRING, &t->burst, 0,
			"in text, show N alike within 10s and sum up the others (default 10; 0: show all)", "N" } },
		{ SH_CLI_EXPLAIN, { "explain", 0, POPT_ARG_NONE, &o->explain, 0,
			"say in sentences why", NULL } },
		{ SH_CLI_SANDBOX, { "no-sandbox", 0, POPT_ARG_NONE, &o->no_sandbox, 0,
			"give nothing up after the start", NULL } },
		{ SH_CLI_FOUND, { "exit-status", 'e', POPT_ARG_NONE, &o->exit_status, 0,
			"exit 1 when something was found", NULL } },
		{ SH_CLI_RECORDS_OUT, { "output", 'o', POPT_ARG_STRING, &t->output, 0,
			"records as lines of JSON or as text (default: text on a terminal)", "ndjson|text" } },
		{ SH_CLI_RECORDS_OUT, { "color", 0, POPT_ARG_STRING, &t->color, 0,
			"colours in text (default auto: on a terminal)", "auto|always|never" } },
		{ 0, { "verbose", 'v', POPT_ARG_NONE, &o->verbose, 0,
			"say more on standard error", NULL } },
		{ 0, { "quiet", 'q', POPT_ARG_NONE, &o->quiet, 0,
			"no warnings, only errors", NULL } },
		{ 0, { "help", 'h', POPT_ARG_NONE, &t->help, 0, "show this help and exit", NULL } },
		{ 0, { "version", 'V', POPT_ARG_NONE, &t->version, 0,
			"show the version and exit", NULL } },
		{ 0, { "dump-options", 0, POPT_ARG_NONE | POPT_ARGFLAG_DOC_HIDDEN, &t->dump, 0,
			"list the options for programs", NULL } },
		/* clang-format on */
	};
	size_t n = 0;

	_Static_assert(sizeof(all) / sizeof(all[0]) <= SH_CLI_COMMON_MAX, "room for all options");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i].flags || (all[i].flags & cli->flags))
			out[n++] = all[i].option;
	}
	return n;
}

/* The option's text, else the environment's, else NULL; empty counts as absent in the environment. */
static char *text_or_env(const struct sh_cli *cli, const char *option, char *text, const char *env)
{
	if (text && !*text)
		sh_cli_usage_error(cli, "%s: empty argument", option);
	if (!text) {
		text = getenv(env);
		if (text && !*text)
			text = NULL;
	}
	return text;
}

static int64_t lock_wait(const struct sh_cli *cli, const char *text)
{
	if (!text)
		return LOCK_WAIT_DEFAULT;
	if (!strcmp(text, "fail"))
		return 0;
	if (!strncmp(text, "wait=", 5))
		return sh_cli_duration(cli, "--lock", text + 5);
	sh_cli_usage_error(cli, "--lock: '%s' is neither wait=DURATION nor fail", text);
}

static uint64_t max_record(const struct sh_cli *cli, const char *text)
{
	uint64_t v;

	if (!text)
		return SH_MAX_RECORD;
	if (sh_parse_size(text, &v) || v < MAX_RECORD_LEAST || v > MAX_RECORD_MOST)
		sh_cli_usage_error(cli, "--max-record: '%s' is not a size from %d to 1G", text,
				   MAX_RECORD_LEAST);
	return v;
}

static int64_t virtual_now(const struct sh_cli *cli, const char *option, const char *text)
{
	int64_t t;

	if (!text)
		return 0;
	if (sh_time_parse(text, strlen(text), &t))
		sh_cli_usage_error(cli, "%s: '%s' is not a time such as 2026-01-31T12:00:00Z", option,
				   text);
	return t;
}

static bool wants_text(const struct sh_cli *cli, const char *text)
{
	if (!text)
		return isatty(STDOUT_FILENO);
	if (!strcmp(text, "text"))
		return true;
	if (strcmp(text, "ndjson"))
		sh_cli_usage_error(cli, "--output: '%s' is neither ndjson nor text", text);
	return false;
}

static bool wants_color(const struct sh_cli *cli, const char *text)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (text && !strcmp(text, "always"))
		return true;
	if (text && !strcmp(text, "never"))
		return false;
	if (text && strcmp(text, "auto"))
		sh_cli_usage_error(cli, "--color: '%s' is none of auto, always and never", text);
	if (no_color && *no_color)
		return false;
	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void sh_cli_common_values(struct sh_cli *cli)
{
	struct sh_cli_texts *t = &cli->parsed->text;
	struct sh_cli_common *o = &cli->opt;

	o->config = t->config;
	o->state = text_or_env(cli, "--state", t->state, "SH_STATE");
	o->lock_wait = lock_wait(cli, t->lock);
	o->reject = t->reject;
	if (o->reject && !*o->reject)
		sh_cli_usage_error(cli, "--reject: empty argument");
	o->max_record = max_record(cli, t->max_record);
	o->now = virtual_now(cli, t->now ? "--now" : "SH_NOW",
			     text_or_env(cli, "--now", t->now, "SH_NOW"));
	if (cli->flags & SH_CLI_RECORDS_IN)
		o->burst = t->burst ? sh_cli_integer(cli, "--burst", t->burst, 0, 1000000) : SH_BURST_SHOWN;
	if (cli->flags & SH_CLI_RECORDS_OUT) {
		o->text = wants_text(cli, t->output);
		o->color = wants_color(cli, t->color);
	}
}
