/* SPDX-License-Identifier: MIT */
/* sh-collect - observe the machine and what the site declares, as records */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "collect/check/verify.h"
#include "collect/collector.h"
#include "collect/event/marks.h"
#include "collect/format/format.h"
#include "collect/site/discover.h"
#include "collect/metrics.h"
#include "collect/out/out.h"
#include "collect/place.h"
#include "collect/rounds.h"
#include "config/config.h"
#include "config/site.h"
#include "record/json.h"
#include "state/state.h"

#include "collect_options.h"

#define DEFAULT_GAP (500 * SH_MS)
#define DEFAULT_INTERVAL SH_SEC
#define LONGEST_INTERVAL (1000 * SH_DAY)

/* What to measure, after the options were looked at. */
struct plan {
	const struct sh_collector **which; /* owned array, NULL-terminated */
	size_t n;
	json_t *source;     /* owned; NULL without --source */
	int64_t interval, count, gap;
	bool waits; /* for a second reading, also where one says nearly all */
};

static void report_config(void *arg, const struct sh_error *e)
{
	struct sh_error copy = *e;

	sh_cli_report(arg, &copy);
}

/* Rules and playbooks mean nothing here, so stock files are read for --check alone. */
static int load_site(struct sh_cli *cli, struct sh_config *config, struct sh_site *site,
		     struct sh_error *err)
{
	struct sh_config_options opt = { 0 };

	opt.paths = (const char *const *)cli->opt.config;
	opt.no_stock = cli->opt.no_stock || !cli->opt.check;
	if (sh_config_load(config, &opt, report_config, cli, err) < 0)
		return -1;
	if (sh_site_load(site, config, err) < 0)
		return -1;
	return sh_checks_verify(site, report_config, cli, err);
}

static void add(struct plan *p, const struct sh_collector *k)
{
	p->which[p->n++] = k;
	p->which[p->n] = NULL;
}

static void choose_source(struct sh_cli *cli, struct plan *p, const char *text)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_collector *k;

	p->source = sh_json_parse(text, strlen(text), &err);
	if (!p->source)
		sh_cli_usage_error(cli, "--source: %s", err.text);
	if (!sh_json_str(p->source, "target", NULL))
		sh_cli_usage_error(cli, "--source: wanted {\"collector\":NAME,\"target\":NAME}");
	k = sh_collector_find(sh_json_str(p->source, "collector", ""));
	if (!k)
		sh_cli_usage_error(cli, "--source: there is no collector '%s'",
				   sh_json_str(p->source, "collector", ""));
	add(p, k);
}

static bool is_named(const struct sh_cli *cli, const char *collector)
{
	for (const char **name = cli->operand; *name; name++)
		if (!strcmp(*name, collector))
			return true;
	return false;
}

static bool runs_unnamed(const struct sh_collect *c, const struct sh_collector *k)
{
	if (!c->machine && !(k->flags & SH_COLLECT_CAPTURED))
		return false;
	if (k->flags & SH_COLLECT_NAMED || (k->flags & SH_COLLECT_DETAIL && !c->detail))
		return false;
	return !k->applies || k->applies(c->site);
}

/* Operands name collectors; without any, all that have something to measure here. */
static void choose(struct sh_cli *cli, struct plan *p, const struct sh_collect *c)
{
	for (const char **name = cli->operand; *name; name++) {
		const struct sh_collector *k = sh_collector_find(*name);

		if (!k)
			sh_cli_usage_error(cli, "there is no collector '%s'; --list shows them", *name);
		if (!c->machine && !(k->flags & SH_COLLECT_CAPTURED))
			sh_cli_usage_error(cli, "collector '%s' does not work with --root", *name);
	}
	for (const struct sh_collector *k = sh_collectors; k->name; k++)
		if (*cli->operand ? is_named(cli, k->name) : runs_unnamed(c, k))
			add(p, k);
}

static void read_times(struct sh_cli *cli, const struct collect_options *o, struct plan *p)
{
	p->gap = DEFAULT_GAP;
	p->waits = o->gap != NULL;
	if (o->gap)
		p->gap = sh_cli_duration(cli, "--gap", o->gap);
	if (o->interval) {
		p->interval = sh_cli_duration(cli, "--interval", o->interval);
		if (p->interval < SH_MS || p->interval > LONGEST_INTERVAL)
			sh_cli_usage_error(cli, "--interval: from 1ms to 1000d");
	}
	if (o->count) {
		p->count = sh_cli_integer(cli, "--count", o->count, 1, INT64_MAX);
		if (!o->interval)
			p->interval = DEFAULT_INTERVAL;
	}
}

#define MAX_TOLD 20 /* of what is bad in a file; the others are counted */

struct import_report {
	struct sh_cli *cli;
	uint64_t bad;
};

static void report_import(void *arg, const char *file, uint64_t line, const struct sh_error *e)
{
	struct import_report *r = arg;
	struct sh_error copy = *e;

	if (r->bad++ >= MAX_TOLD)
		return;
	if (line)
		sh_error_prefix(&copy, "%s:%llu", file, (unsigned long long)line);
	else
		sh_error_prefix(&copy, "%s", file);
	sh_cli_report(r->cli, &copy);
}

static void report_others(const struct import_report *r, const char *file)
{
	struct sh_error e = SH_ERROR_INIT;

	if (r->bad <= MAX_TOLD)
		return;
	sh_error_set(&e, SH_ERRC_INPUT, "%s: %llu more are bad", file,
		     (unsigned long long)(r->bad - MAX_TOLD));
	sh_cli_report(r->cli, &e);
}

/* FORMAT=FILE: convert it, and go on with the next whatever was bad in it. */
static void import_one(struct sh_cli *cli, struct sh_collect *c, const char *text,
		       const struct collect_options *o, struct sh_writer *out)
{
	struct import_report report = { .cli = cli };
	struct sh_import in = { .c = c, .entity = o->entity, .report = report_import,
				.report_arg = &report };
	SH_CLEANUP_FREE char *name = sh_strndup(text, strcspn(text, "="));
	const char *file = strchr(text, '=');
	struct sh_error err = SH_ERROR_INIT;

	in.format = sh_format_find(name);
	if (!in.format)
		sh_cli_usage_error(cli, "--from: there is no format '%s'; --list shows them", name);
	if (!file || !file[1])
		sh_cli_usage_error(cli, "--from: wanted FORMAT=FILE, not '%s'", text);
	if (sh_import_file(&in, file + 1, out, &err) < 0)
		sh_cli_report(cli, &err);
	report_others(&report, file + 1);
}

static void import(struct sh_cli *cli, struct sh_collect *c, const struct collect_options *o,
		   struct sh_writer *out)
{
	sh_cli_writer(cli, out);
	for (char **from = o->from; *from && !out->broken; from++)
		import_one(cli, c, *from, o, out);
}

static int list(struct sh_writer *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_place_stock("metrics.yaml");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (sh_metrics_list(path, &text, err) < 0)
		return -1;
	sh_writer_lines(out, sh_buf_str(&text), text.len);
	return sh_writer_flush(out, err);
}

static int discover(struct sh_collect *c, struct sh_writer *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (sh_discover(c, &text, err) < 0)
		return -1;
	sh_writer_lines(out, sh_buf_str(&text), text.len);
	return sh_writer_flush(out, err);
}

/* A source that gives nothing must not look like one that is well. */
static int check_measured(struct sh_collect *c, const struct plan *p, struct sh_error *err)
{
	if (!p->source || c->wrote)
		return 0;
	return sh_error_set(err, SH_ERRC_SYSTEM, "collector '%s' has nothing to measure for '%s'",
			    p->which[0]->name, c->target);
}

static int measure(struct sh_cli *cli, struct sh_collect *c, const struct plan *p,
		   struct sh_writer *out, struct sh_error *err)
{
	struct sh_rounds r = { 0 };
	int rc = 0;

	/* --source stands beside a running sh-collect, which holds the lock of the state. */
	if (cli->opt.state && !p->source &&
	    sh_state_open(&r.state, cli->opt.state, "collect", cli->opt.lock_wait, err) < 0)
		return -1;
	r.which = p->which;
	r.gap = p->gap;
	r.interval = c->interval = p->interval;
	r.count = p->count;
	c->endless = p->interval && !p->count;
	r.instant = p->source && !p->waits;
	r.out = out;
	if (p->source)
		c->target = sh_json_str(p->source, "target", NULL);
	rc = sh_rounds_run(&r, c, err);
	sh_state_close(r.state);
	if (r.skipped)
		sh_cli_warn(cli, "skipped %llu intervals", (unsigned long long)r.skipped);
	return rc < 0 ? -1 : check_measured(c, p, err);
}

/* What becomes of records on their way out. */
static void open_way_out(struct sh_cli *cli, const struct collect_options *o, struct sh_collect *c)
{
	SH_CLEANUP_FREE char *catalogue = sh_place_stock("metrics.yaml");
	const struct sh_out_options opt = { .select = o->select, .drop = o->drop, .label = o->label,
					    .relabel = o->relabel, .convert = o->convert,
					    .every = o->every, .aggregate = o->aggregate,
					    .catalogue = catalogue };
	struct sh_error err = SH_ERROR_INIT;

	if (sh_out_new(&c->way_out, &opt, &err) == 0)
		return;
	if (err.code == SH_ERRC_USAGE)
		sh_cli_usage_error(cli, "%s", err.text);
	sh_cli_die(cli, &err);
}

static int close_way_out(struct sh_cli *cli, struct sh_collect *c, struct sh_writer *out,
			 struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	sh_out_end(c, out, &text);
	sh_out_free(c->way_out);
	c->way_out = NULL;
	if (text.len)
		sh_cli_warn(cli, "%s", sh_buf_str(&text));
	return sh_writer_flush(out, err);
}

static int work(struct sh_cli *cli, const struct collect_options *o, struct sh_collect *c,
		struct sh_error *err)
{
	SH_CLEANUP_FREE const struct sh_collector **which =
		sh_calloc(sh_collectors_count + 1, sizeof(const struct sh_collector *));
	struct plan p = { .which = which };
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_writer out;
	int rc;

	sh_writer_init(&out, STDOUT_FILENO);
	open_way_out(cli, o, c);
	read_times(cli, o, &p);
	if (o->source)
		choose_source(cli, &p, o->source);
	else
		choose(cli, &p, c);
	if (o->list) {
		rc = list(&out, err);
	} else if (o->discover) {
		rc = discover(c, &out, err);
	} else if (o->mark) {
		rc = sh_mark_leave(cli->opt.state, o->mark, o->entity, err);
	} else if (o->from) {
		import(cli, c, o, &out);
		rc = 0;
	} else {
		sh_cli_writer(cli, &out);
		rc = measure(cli, c, &p, &out, err);
	}
	if (close_way_out(cli, c, &out, rc < 0 ? &ignored : err) < 0)
		rc = -1;
	json_decref(p.source);
	sh_writer_release(&out);
	return rc;
}

int main(int argc, char **argv)
{
	struct collect_options o = { 0 };
	struct sh_cli cli = {
		.name = "sh-collect",
		.summary = "observe the machine and what the site declares",
		.operands = "[OPTION...] [COLLECTOR...]",
		.flags = SH_CLI_CONFIG | SH_CLI_STATE | SH_CLI_RECORDS_OUT,
	};
	struct poptOption table[COLLECT_OPTIONS_MAX];
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config config = { 0 };
	struct sh_site site = { 0 };
	SH_CLEANUP_FREE char *libexec = NULL;
	struct sh_collect c;
	int rc;

	collect_options_table(&o, table);
	sh_cli_parse(&cli, argc, argv, table);
	collect_options_check(&cli, &o);
	if (load_site(&cli, &config, &site, &err) < 0 ||
	    sh_collect_init(&c, o.root, sh_cli_host(), &err) < 0)
		sh_cli_die(&cli, &err);
	libexec = sh_place_libexec();
	c.site = &site;
	c.detail = o.detail;
	c.named = *cli.operand != NULL;
	c.libexec = libexec;
	c.state_dir = cli.opt.state;
	c.remembers = cli.opt.state || o.interval || o.count;
	rc = cli.opt.check ? 0 : work(&cli, &o, &c, &err);
	sh_collect_release(&c);
	sh_site_release(&site);
	sh_config_release(&config);
	if (rc < 0)
		sh_cli_report(&cli, &err);
	return sh_cli_finish(&cli, 0);
}
