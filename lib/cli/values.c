/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cli.h"

int64_t sh_cli_duration(const struct sh_cli *cli, const char *option, const char *text)
{
	int64_t d;

	if (sh_duration_parse(text, strlen(text), &d))
		sh_cli_usage_error(cli, "%s: '%s' is not a duration such as 500ms, 10s or 1h30m",
				   option, text);
	return d;
}

int64_t sh_cli_integer(const struct sh_cli *cli, const char *option, const char *text, int64_t min,
		       int64_t max)
{
	int64_t v;

	if (sh_parse_i64(text, &v))
		sh_cli_usage_error(cli, "%s: '%s' is not a number", option, text);
	if (v < min || v > max)
		sh_cli_usage_error(cli, "%s: %s is not from %" PRId64 " to %" PRId64, option, text, min,
				   max);
	return v;
}
