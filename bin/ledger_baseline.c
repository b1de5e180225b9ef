/* SPDX-License-Identifier: MIT */
/* ledger_baseline - sh-ledger baseline: taken, compared, accepted */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/escape.h"
#include "collect/drift/operator.h"
#include "ledger_run.h"

/* As it was typed, but from the root: what is a link stays one, and is refused. */
static char *absolute(const char *path)
{
	SH_CLEANUP_FREE char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);

	return cwd ? sh_asprintf("%s/%s", cwd, path) : sh_strdup(path);
}

/* The areas that are named after the verb; NULL at the end, or where there are no more. */
static const struct sh_drift_area *next_area(const struct sh_run *r, size_t *i)
{
	const char *name = r->operand[1] ? r->operand[1 + *i] : NULL;
	const struct sh_drift_area *a = name ? sh_drift_area(name) : NULL;

	if (!r->operand[1])
		return sh_drift_areas[*i].name ? &sh_drift_areas[(*i)++] : NULL;
	if (name && !a)
		sh_cli_usage_error(r->cli, "baseline %s: '%s' is none of packages, ports, mounts, "
					   "sysctl and files", r->operand[0], name);
	*i += a != NULL;
	return a;
}

/* Without names, what has no baseline or cannot be had on this machine is left out. */
static bool is_passed_over(const struct sh_run *r, struct sh_error *err)
{
	if (r->operand[1] || err->code != SH_ERRC_UNAVAILABLE)
		return false;
	sh_cli_verbose(r->cli, "%s", err->text);
	sh_error_clear(err);
	return true;
}

static int show_diff(struct sh_run *r, struct sh_collect *c, struct sh_error *err)
{
	const struct sh_drift_area *a;
	int64_t n = 0;

	for (size_t i = 0; (a = next_area(r, &i));) {
		SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, safe = SH_BUF_INIT;
		const char *line, *end;
		int rc = sh_drift_diff(c, a, &text, err);

		if (rc < 0 && !is_passed_over(r, err))
			return -1;
		n += rc > 0;
		for (line = sh_buf_str(&text); (end = strchr(line, '\n')); line = end + 1) {
			sh_escape_text(&safe, line, (size_t)(end - line));
			sh_buf_addch(&safe, '\n');
		}
		fputs(sh_buf_str(&safe), stdout);
	}
	return sh_found(r, n);
}

static int accept_files(struct sh_run *r, struct sh_collect *c, struct sh_error *err)
{
	struct sh_listing changed = { 0 };
	int rc = sh_drift_changed_files(c, &changed, err);

	for (size_t i = 0; rc == 0 && i < changed.n; i++)
		rc = sh_control_baseline(&r->control, r->dir, changed.item[i].name, err);
	sh_listing_release(&changed);
	return rc;
}

static int store_areas(struct sh_run *r, struct sh_collect *c, bool first, struct sh_error *err)
{
	struct sh_drift_approval by = { r->control.by, r->control.reason, r->now };
	const struct sh_drift_area *a;

	for (size_t i = 0; (a = next_area(r, &i));) {
		SH_CLEANUP_BUF struct sh_buf summary = SH_BUF_INIT;
		int rc;

		if (a->is_files && first && r->operand[1])
			sh_cli_usage_error(r->cli, "baseline take: files are approved one by one, by "
						   "'sh-ledger baseline PATH...'");
		if (a->is_files)
			rc = first ? 0 : accept_files(r, c, err);
		else
			rc = sh_drift_store(c, a, first, &by, &summary, err);
		if (rc > 0)
			rc = sh_control_area(&r->control, a->name, first ? "taken" : "accepted",
					     sh_buf_str(&summary), err);
		if (rc < 0 && !is_passed_over(r, err))
			return -1;
	}
	return SH_EXIT_OK;
}

static bool is_verb(const char *operand, const char *verb)
{
	return operand && !strcmp(operand, verb);
}

/* Baselines of what is no file of its own: taken, compared, accepted. */
static int run_areas(struct sh_run *r, struct sh_error *err)
{
	struct sh_collect c;
	bool first = is_verb(*r->operand, "take");
	size_t i = 0;
	int rc;

	while (next_area(r, &i)) /* a wrong name must be told before anything is done */
		;
	if (is_verb(*r->operand, "accept") && !r->o->reason)
		sh_cli_usage_error(r->cli, "baseline accept: --reason is required");
	if (sh_collect_init(&c, NULL, sh_cli_host(), err) < 0)
		return -1;
	c.state_dir = r->dir;
	if (is_verb(*r->operand, "diff"))
		rc = show_diff(r, &c, err);
	else
		rc = store_areas(r, &c, first, err);
	sh_collect_release(&c);
	return rc;
}

int sh_run_baseline(struct sh_run *r, struct sh_error *err)
{
	const char *verb = *r->operand;

	if (!r->o->list && (is_verb(verb, "take") || is_verb(verb, "diff") || is_verb(verb, "accept")))
		return run_areas(r, err);
	if (r->o->list && *r->operand)
		sh_cli_usage_error(r->cli, "baseline --list takes no paths");
	if (r->o->list)
		return sh_found(r, sh_show_baselines(&r->show, r->dir, err));
	if (!*r->operand)
		sh_cli_usage_error(r->cli, "baseline: give the files to approve, or --list");
	for (const char **p = r->operand; *p; p++) {
		SH_CLEANUP_FREE char *path = absolute(*p);

		if (sh_control_baseline(&r->control, r->dir, path, err) < 0)
			return -1;
	}
	return SH_EXIT_OK;
}
