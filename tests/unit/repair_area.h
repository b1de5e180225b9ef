/* SPDX-License-Identifier: MIT */
/*
 * repair_area - a directory with actions, a configuration and a ledger of a
 * test's own
 */
#ifndef SH_TESTS_REPAIR_AREA_H
#define SH_TESTS_REPAIR_AREA_H

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "repair/planner.h"
#include "scratch.h"
#include "tap.h"

#define HOST "h1"

struct area {
	char *dir;
	struct sh_config config;
	struct sh_site site;
	struct sh_actions actions;
	struct sh_playbooks playbooks;
	struct sh_repairer r;
	size_t broken;       /* playbooks */
	char said[1000];     /* about them */
};

static inline void area_write(const struct area *a, const char *name, const char *text, mode_t mode)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", a->dir, name);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_file_write_atomic(path, text, strlen(text), mode, &err) < 0) {
		diag("%s", err.text);
		exit(99);
	}
}

static inline void area_dir(const struct area *a, const char *name)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", a->dir, name);

	if (mkdir(path, 0700) < 0)
		exit(99);
}

/* An action 'do' with one parameter from the site and others from anywhere. */
static inline void area_init(struct area *a)
{
	memset(a, 0, sizeof(*a));
	a->dir = scratch_make();
	area_dir(a, "actions");
	area_write(a, "actions/do", "#!/bin/sh\n", 0700);
	area_write(a, "actions/do.yaml",
		   "title: for a test\nprogram: do\nundo: true\ntimeout: 7s\nparameters:\n"
		   "  start: {type: list, from: site}\n"
		   "  word: {type: string, pattern: \"[a-z ]*\"}\n"
		   "  n: {type: integer, default: 3}\n",
		   0600);
	setenv("SH_STOCK", a->dir, 1);
	setenv("SH_LIBEXEC", a->dir, 1);
	a->r.host = HOST;
	a->r.mode = SH_MODE_ACT;
	a->r.now = sh_clock_wall();
}

static inline void area_note(void *arg, const struct sh_error *err)
{
	struct area *a = arg;
	size_t len = strlen(a->said);

	snprintf(a->said + len, sizeof(a->said) - len, "%s\n", err->text);
}

static inline void area_unload(struct area *a)
{
	if (!a->r.config)
		return;
	sh_playbooks_release(&a->playbooks);
	sh_actions_release(&a->actions);
	sh_site_release(&a->site);
	sh_config_release(&a->config);
	a->r.config = NULL;
}

/* Load TEXT, all sections of it, in place of what was loaded before. */
static inline void area_load(struct area *a, const char *text)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/site.yaml", a->dir);
	const char *paths[] = { path, NULL };
	const struct sh_config_options opt = { .paths = paths, .no_stock = true };
	struct sh_error err = SH_ERROR_INIT;

	area_unload(a);
	area_write(a, "site.yaml", text, 0600);
	a->said[0] = '\0';
	if (sh_config_load(&a->config, &opt, area_note, a, &err) < 0 ||
	    sh_site_load(&a->site, &a->config, &err) < 0) {
		diag("%s", err.text);
		exit(99);
	}
	sh_actions_init(&a->actions);
	a->broken = sh_playbooks_load(&a->playbooks, &a->config, &a->actions, area_note, a);
	a->broken += sh_limits_load(&a->r.limits, &a->config, area_note, a);
	a->r.config = &a->config;
	a->r.site = &a->site;
	a->r.playbooks = &a->playbooks;
	a->r.actions = &a->actions;
}

static inline void area_ledger(struct area *a)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/state", a->dir);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_open(&a->r.ledger, path, &err) < 0) {
		diag("%s", err.text);
		exit(99);
	}
}

static inline void area_release(struct area *a)
{
	sh_ledger_close(a->r.ledger);
	area_unload(a);
	scratch_remove(a->dir);
}

/* A request as of a fresh diagnosis of service web. Strings are its own. */
static inline struct sh_request area_request(const struct area *a)
{
	struct sh_request q = { .target = sh_strdup("service:web@" HOST),
				.host = sh_strdup(HOST),
				.fault_id = sh_strdup("f-1"),
				.fingerprint = sh_strdup("f-print"),
				.fault_type = sh_strdup("down"),
				.rule_id = sh_strdup("down"),
				.cause = sh_strdup("gone"),
				.severity = SH_SEVERITY_HIGH };

	q.evidence.since = a->r.now - SH_SEC;
	q.evidence.until = a->r.now;
	q.fault = json_pack("{s:s, s:{s:i}}", "description", "it is down", "params", "depth", 4);
	return q;
}

static inline void set_string(char **to, const char *from)
{
	free(*to);
	*to = from ? sh_strdup(from) : NULL;
}

#define AREA_RULE "rules:\n  down: {on: [service], expr: \"service.running == 0\", count: 1}\n"
#define AREA_SITE \
	"services:\n  web: {pidfile: /run/web.pid, start: [/bin/true, -x], mode: act}\n" \
	"  quiet: {pidfile: /run/quiet.pid, start: [/bin/true]}\n"
#define AREA_BOOK(guards, more) \
	"playbooks:\n  mend:\n    for: {causes: [gone], targets: [service]}\n    guards: {" guards "}\n" \
	"    steps: [{name: a, action: do, with: {start: \"{site.start}\"}}]\n" more

#endif
