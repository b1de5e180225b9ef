/* SPDX-License-Identifier: MIT */
/* ledger_audit - sh-ledger verify and export */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/audit.h"
#include "ledger_run.h"

int sh_run_export(struct sh_run *r, struct sh_error *err)
{
	const char *until = r->o->until;
	int64_t end = 0;

	if (until && sh_time_parse(until, strlen(until), &end) < 0)
		sh_cli_usage_error(r->cli, "--until: '%s' is not a time such as 2026-01-31T12:00:00Z", until);
	return sh_audit_export(&r->show, sh_run_since(r, r->o->since), end, err) < 0 ? -1 : SH_EXIT_OK;
}

static int64_t verify_file(struct sh_run *r, const char *path, struct sh_error *err)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int64_t n;

	if (!in)
		return sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot open '%s'", path), -1;
	n = sh_audit_file(&r->show, in, path, r->o->head, err);
	if (in != stdin)
		fclose(in);
	return n;
}

int sh_run_verify(struct sh_run *r, struct sh_error *err)
{
	int64_t n = *r->operand ? verify_file(r, *r->operand, err)
				: sh_audit_ledger(&r->show, r->o->head, err);

	return n < 0 ? -1 : n ? SH_EXIT_FOUND : SH_EXIT_OK;
}
