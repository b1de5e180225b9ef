/* SPDX-License-Identifier: MIT */
/* sh-ledger promote, modes and report: what may be done, and what would have been */
#include "config.h"

#include <string.h>

#include "ledger/report.h"
#include "ledger_run.h"

int sh_run_promote(struct sh_run *r, struct sh_error *err)
{
	static const char *const words[] = { "observe", "ask", "act", "configured" };
	bool known = false;

	for (size_t i = 0; r->o->to && i < sizeof(words) / sizeof(words[0]); i++)
		known |= !strcmp(r->o->to, words[i]);
	if (!known)
		sh_cli_usage_error(r->cli, "promote: --to is observe, ask, act, or configured for what the "
					   "configuration says");
	if (!r->o->reason)
		sh_cli_usage_error(r->cli, "promote: --reason is required");
	for (const char **p = r->operand; *p; p++)
		if (sh_control_promote(&r->control, *p, r->o->to, err) < 0)
			return -1;
	return SH_EXIT_OK;
}

int sh_run_report(struct sh_run *r, struct sh_error *err)
{
	return sh_found(r, sh_report_show(&r->show, sh_run_since(r, r->o->since), err));
}

int sh_run_modes(struct sh_run *r, struct sh_error *err)
{
	return sh_found(r, sh_modes_show(&r->show, err));
}
