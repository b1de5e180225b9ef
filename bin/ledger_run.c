/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger_run.h"

#include <string.h>

#include "base/clock.h"

int sh_found(const struct sh_run *r, int64_t n)
{
	if (n < 0)
		return -1;
	return n > 0 && r->cli->opt.exit_status ? SH_EXIT_FOUND : SH_EXIT_OK;
}

int64_t sh_run_since(const struct sh_run *r, const char *text)
{
	int64_t v;

	if (!text)
		return 0;
	if (sh_time_parse(text, strlen(text), &v) == 0)
		return v;
	if (sh_duration_parse(text, strlen(text), &v) == 0)
		return r->now > v ? r->now - v : 0;
	sh_cli_usage_error(r->cli, "--since: '%s' is neither a duration such as 1h30m nor a time "
				   "such as 2026-01-31T12:00:00Z", text);
}
