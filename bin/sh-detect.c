/* SPDX-License-Identifier: MIT */
/* sh-detect - decide what is wrong: samples in, faults out */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "config/yaml.h"
#include "detect/detector.h"
#include "detect/import/import.h"
#include "detect/models.h"
#include "detect/proof.h"
#include "detect/repaired.h"
#include "detect/rule.h"
#include "detect/score.h"
#include "detect/selftest.h"
#include "detect/vectors.h"
#include "compare.h"
#include "filter.h"
#include "ruleset.h"
#include "setup.h"
#include "state/ledger.h"

/* About 1 GB, where no rule has functions over time. */
#define DEFAULT_SERIES 2000000

struct options {
	int pending, list, exact, templates;
	char *max_series, *count, *import, *score, *part, *since, *until, *models, *forget, *compare;
};

struct program {
	struct sh_cli *cli;
	const struct options *o;
	struct sh_ruleset own;
	struct sh_compare compare; /* with --compare only */
	struct sh_filter filter;
};

static void emit(void *arg, const char *line, size_t len)
{
	struct program *p = arg;

	sh_filter_emit(&p->filter, line, len);
}

static void on_fault(void *arg, const char *line, size_t len)
{
	struct program *p = arg;

	if (p->o->compare)
		sh_compare_here(&p->compare, line, len);
	else
		emit(p, line, len);
}

static int on_annotated(struct program *p, const struct sh_record *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf annotated = SH_BUF_INIT;

	if (sh_ruleset_record(&p->own, r, &annotated, err) < 0)
		return -1;
	if (annotated.len)
		sh_filter_emit(&p->filter, annotated.data, annotated.len);
	return 0;
}

static int on_record(void *arg, const struct sh_record *r, struct sh_error *err)
{
	struct program *p = arg;

	if (p->o->templates)
		return on_annotated(p, r, err);
	if (sh_ruleset_record(&p->own, r, NULL, err) < 0)
		return -1;
	return p->o->compare ? sh_ruleset_record(&p->compare.there, r, NULL, err) : 0;
}

static void write_score(void *arg, const struct sh_record *r, const struct sh_value *value)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	(void)arg;
	sh_score_write(r, value, &line);
	fwrite(line.data, 1, line.len, stdout);
}

/* Between the lines of --score, and of what differs, no record has a place. */
static bool eats_all(const struct sh_record *r)
{
	(void)r;
	return true;
}

/* Samples of other hosts move the clock on; what is known of their repairs may concern ours. */
static void on_foreign(void *arg, const struct sh_record *r)
{
	struct program *p = arg;

	if (r->kind == SH_KIND_SAMPLE || r->kind == SH_KIND_LOG)
		sh_detector_foreign(&p->own.detector, r);
	if (r->kind == SH_KIND_REPAIR)
		sh_detector_repaired(&p->own.detector, r);
}

static bool on_glanced(void *arg, enum sh_kind kind, int64_t time)
{
	struct program *p = arg;

	switch (kind) {
	case SH_KIND_SAMPLE:
	case SH_KIND_LOG:
		return (p->filter.until && time > p->filter.until) ||
		       sh_detector_glance(&p->own.detector, kind, time);
	case SH_KIND_TICK:
	case SH_KIND_REPAIR:
	case SH_KIND_BARRIER:
	case SH_KIND_RESUME:
		return false;
	default:
		return true;
	}
}

static bool eats(const struct sh_record *r)
{
	return r->kind == SH_KIND_SAMPLE || r->kind == SH_KIND_LOG || r->kind == SH_KIND_TICK;
}

static const char part_key[] = "part";

static bool is_part(const char *text, size_t len)
{
	SH_CLEANUP_FREE char *copy = text ? sh_strndup(text, len) : NULL;
	struct sh_part part;

	return copy && strlen(copy) == len && sh_part_parse(&part, copy);
}

/* What was counted for other hosts than these would go stale or be counted twice. */
static int check_part(const struct program *p, struct sh_state *state, const struct sh_damage *damage,
		      struct sh_error *err)
{
	const char *part = p->o->part ? p->o->part : "0/1";
	SH_CLEANUP_FREE void *kept = NULL;
	size_t len = 0;
	int found = sh_state_get(state, "meta", part_key, strlen(part_key), &kept, &len, err);

	if (found <= 0 || (len == strlen(part) && !memcmp(kept, part, len)))
		return found < 0 ? -1 : 0;
	if (!is_part(kept, len)) {
		sh_damage_tell(damage, "which part it is");
		return 0;
	}
	return sh_error_set(err, SH_ERRC_CONFIG,
			    "the state is that of --part %.*s, not of %s: every part needs a directory "
			    "of its own", (int)len, (const char *)kept, part);
}

static int keep_part(const struct program *p, struct sh_state *state, struct sh_error *err)
{
	const char *part = p->o->part ? p->o->part : "0/1";

	return sh_state_put(state, "meta", part_key, strlen(part_key), part, strlen(part), err);
}

static int load(void *arg, struct sh_state *state, struct sh_error *err)
{
	struct program *p = arg;
	const struct sh_damage damage = { p->own.detector.damaged, p->own.detector.arg };

	if (check_part(p, state, &damage, err) < 0 || sh_vectors_restore(p->own.vectors, state, &damage, err) < 0)
		return -1;
	return sh_detector_load(&p->own.detector, state, err);
}

static int save(void *arg, struct sh_state *state, struct sh_error *err)
{
	struct program *p = arg;

	if (keep_part(p, state, err) < 0 || sh_vectors_save(p->own.vectors, state, err) < 0)
		return -1;
	return sh_detector_save(&p->own.detector, state, err);
}

static void given(void *arg)
{
	struct program *p = arg;

	sh_detector_given(&p->own.detector);
}

static void unsaved(void *arg)
{
	struct program *p = arg;

	sh_detector_unsaved(&p->own.detector);
}

static void end(void *arg)
{
	struct program *p = arg;

	if (p->o->compare)
		sh_compare_write(&p->compare, emit, p);
	else if (p->o->pending || p->cli->opt.text)
		sh_detector_pending(&p->own.detector);
}

/* What has ended for good only waits to be taken out. */
static void report_ended(const struct program *p)
{
	const struct sh_silences *s = &p->own.detector.hush.fixed;
	int64_t now = p->cli->opt.now ? p->cli->opt.now : sh_clock_wall();

	for (size_t i = 0; i < s->n; i++) {
		char end[SH_TIME_TEXT];

		if (s->item[i].end > now)
			continue;
		sh_time_format(end, s->item[i].end);
		sh_cli_warn(p->cli, "silence '%s' of %s ended at %.19sZ: it can be removed", s->item[i].id,
			    s->item[i].owner, end);
	}
}

static int take_silence(void *arg, const struct sh_ledger_silence *l)
{
	struct sh_error ignored = SH_ERROR_INIT;

	if (sh_match_check(l->match, &ignored) == 0)
		sh_silences_add(arg, (struct sh_silence){ .id = sh_asprintf("s-%" PRId64, l->row),
							  .owner = sh_strdup(l->by),
							  .reason = sh_strdup(l->reason),
							  .match = json_incref(l->match),
							  .start = l->since,
							  .end = l->until });
	return 0;
}

/* Those that operators made; ended ones too, for records of that time. That there is no ledger is no fault. */
static void read_silences(void *arg, struct sh_silences *made)
{
	struct program *p = arg;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *ledger;

	if (sh_ledger_open_readonly(&ledger, p->cli->opt.state, &err) < 0) {
		if (err.code != SH_ERRC_UNAVAILABLE)
			sh_cli_report(p->cli, &err);
		return;
	}
	if (sh_ledger_silences(ledger, 0, take_silence, made, &err) < 0)
		sh_cli_report(p->cli, &err);
	sh_ledger_close(ledger);
}

static void list_rules(const struct sh_rules *rules, const struct sh_vectors *vectors)
{
	const char *id, *severity, *promql;

	for (size_t i = 0; i < rules->n; i++) {
		const struct sh_rule *r = &rules->rule[i];

		printf("%-22s %-8s %2" PRId64 "x  %s\n", r->id,
		       r->severity_expr ? "computed" : sh_severity_words[r->severity], r->count, sh_expr_text(r->expr));
	}
	for (size_t i = 0; (id = sh_vectors_rule(vectors, i, &severity, &promql)); i++)
		printf("%-22s %-8s promql  %s\n", id, severity, promql);
}

static void test_rules(struct sh_cli *cli, const struct sh_rules *rules)
{
	struct sh_selftest t = { .report = sh_setup_report, .arg = cli };
	size_t untested = 0;

	for (size_t i = 0; i < rules->n; i++)
		if (!sh_selftest_rule(&t, &rules->rule[i]))
			untested++;
	printf("%zu passed, %zu failed, %zu rules without tests\n", t.passed, t.failed, untested);
}

static struct sh_part part_of(const struct program *p)
{
	struct sh_part part = { 0, 0 };

	if (p->o->part && !sh_part_parse(&part, p->o->part))
		sh_cli_usage_error(p->cli, "--part is K/N with 0 <= K < N, not '%s'", p->o->part);
	return part;
}

static int64_t time_of(const struct program *p, const char *option, const char *text)
{
	int64_t time = 0;

	if (text && sh_time_parse(text, strlen(text), &time))
		sh_cli_usage_error(p->cli, "%s: '%s' is not a time such as 2026-01-31T12:00:00Z", option, text);
	return time;
}

/* Only what lies in the span is judged, with what came before it in mind. */
static void take_span(struct program *p)
{
	int64_t since = time_of(p, "--since", p->o->since), until = time_of(p, "--until", p->o->until);

	if (p->o->until && until < since)
		sh_cli_usage_error(p->cli, "--until is before --since");
	sh_ruleset_since(&p->own, since);
	if (p->o->compare)
		sh_ruleset_since(&p->compare.there, since);
	p->filter.until = until;
}

static int run(struct program *p)
{
	bool found;

	p->filter = (struct sh_filter){ .cli = p->cli,
					.state = "detect",
					.load = load,
					.save = save,
					.given = given,
					.unsaved = unsaved,
					.record = on_record,
					.glanced = on_glanced,
					.foreign = on_foreign,
					.part = part_of(p),
					.eats = p->o->score || p->o->compare ? eats_all : eats,
					.end = end,
					.arg = p };
	take_span(p);
	sh_filter_run(&p->filter);
	sh_ruleset_report(&p->own, !p->o->score);
	if (p->o->compare)
		sh_ruleset_report(&p->compare.there, true);
	found = p->o->compare ? p->compare.differences : sh_ruleset_has_found(&p->own);
	return p->cli->opt.exit_status && found ? SH_EXIT_FOUND : SH_EXIT_OK;
}

/* What could not be taken over is no failure of the import. */
static void tell_import(void *arg, const struct sh_error *err)
{
	sh_cli_warn(arg, "%s", err->text);
}

static int import_rules(struct sh_cli *cli, const struct options *o)
{
	SH_CLEANUP_BUF struct sh_buf data = SH_BUF_INIT, out = SH_BUF_INIT;
	struct sh_import im = { .exact = o->exact != 0, .told = tell_import, .arg = cli };
	struct sh_error err = SH_ERROR_INIT;

	if (sh_file_read(AT_FDCWD, o->import, SH_YAML_MAX_BYTES, &data, &err) < 0 ||
	    sh_import_prometheus(&im, o->import, sh_buf_str(&data), data.len, &out, &err) < 0) {
		sh_cli_report(cli, &err);
		return SH_EXIT_USAGE;
	}
	fwrite(sh_buf_str(&out), 1, out.len, stdout);
	sh_cli_verbose(cli, "%zu rules: %zu in the rule language, %zu in PromQL, %zu recording, %zu not taken over",
		       im.native + im.promql + im.recording + im.refused, im.native, im.promql,
		       im.recording, im.refused);
	return SH_EXIT_OK;
}

/* NULL for all. */
static const char *entity_of(const char *operand)
{
	return strcmp(operand, "all") != 0 ? operand : NULL;
}

static void need_series(size_t series, const char *entity, struct sh_error *err)
{
	if (!series && entity)
		(void)sh_error_set(err, SH_ERRC_USAGE, "the state has no series of '%s'", entity);
}

/* A detector that is running is not disturbed. */
static int show_models(struct program *p)
{
	const char *entity = entity_of(p->o->models);
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state;

	if (sh_state_open_readonly(&state, p->cli->opt.state, "detect", &err) < 0)
		return sh_cli_report(p->cli, &err);
	if (sh_detector_load(&p->own.detector, state, &err) == 0)
		need_series(sh_models_show(&p->own.detector, entity, p->cli->opt.text, &out), entity, &err);
	sh_state_close(state);
	fwrite(sh_buf_str(&out), 1, out.len, stdout);
	return err.code ? sh_cli_report(p->cli, &err) : SH_EXIT_OK;
}

static int forget_models(struct sh_cli *cli, const char *operand)
{
	const char *entity = entity_of(operand);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_models_forgotten f;
	struct sh_state *state;

	/* None is made to forget in it. */
	if (sh_state_open_readonly(&state, cli->opt.state, "detect", &err) < 0)
		return sh_cli_report(cli, &err);
	sh_state_close(state);
	if (sh_state_open(&state, cli->opt.state, "detect", cli->opt.lock_wait, &err) < 0)
		return sh_cli_report(cli, &err);
	if (sh_models_forget(state, entity, &f, &err) == 0)
		need_series(f.series, entity, &err);
	sh_state_close(state);
	if (err.code)
		return sh_cli_report(cli, &err);
	printf("forgot %" PRIu64 " function%s over time in %zu series of %s\n", f.functions,
	       f.functions == 1 ? "" : "s", f.series, entity ? entity : "all entities");
	return SH_EXIT_OK;
}

static size_t most_series(struct sh_cli *cli, const struct options *o)
{
	if (!o->max_series)
		return DEFAULT_SERIES;
	return (size_t)sh_cli_integer(cli, "--max-series", o->max_series, 0, INT32_MAX);
}

/* With --compare the rules of both sides. What is kept of a configuration's rules has nothing to do with other rules. */
static size_t load_rules(struct program *p)
{
	struct sh_cli *cli = p->cli;
	const struct options *o = p->o;
	int64_t count = o->count ? sh_cli_integer(cli, "--count", o->count, 1, 1000000) : 0;
	const struct sh_ruleset_options own = { .paths = (const char *const *)cli->opt.config,
						.count = count,
						.score = o->score,
						.most = most_series(cli, o),
						.templates = o->templates,
						.emit = on_fault,
						.arg = p };
	size_t errors;

	if (o->compare && (o->score || o->part || o->templates))
		sh_cli_usage_error(cli, "--compare does not go with --score, --part or --templates");
	if (o->models && (o->compare || o->score))
		sh_cli_usage_error(cli, "--models goes with neither --compare nor --score");
	if (o->compare || o->score)
		cli->opt.state = NULL;
	errors = sh_ruleset_load(&p->own, cli, &own);
	if (o->compare)
		errors += sh_compare_load(&p->compare, cli, o->compare, count);
	p->compare.there.detector.store.most = own.most;
	p->own.detector.hush.read = cli->opt.state ? read_silences : NULL;
	p->own.detector.hush.arg = p;
	p->own.detector.score = o->score ? write_score : NULL;
	return errors;
}

/* What the options say is to be done with the rules. */
static int work(struct program *p)
{
	const struct options *o = p->o;
	size_t errors = load_rules(p);
	int code = SH_EXIT_OK;

	if (p->cli->opt.check) {
		report_ended(p);
		errors += sh_proof_check(&p->own.setup.config, &p->own.rules, sh_setup_report, p->cli);
	}
	if (o->models)
		code = show_models(p);
	else if (o->list)
		list_rules(&p->own.rules, p->own.vectors);
	else if (p->cli->opt.test)
		test_rules(p->cli, &p->own.rules);
	else if (!p->cli->opt.check)
		code = run(p);
	else if (errors)
		code = SH_EXIT_USAGE;
	if (o->compare)
		sh_compare_release(&p->compare);
	sh_ruleset_release(&p->own);
	return code;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct sh_cli cli = {
		.name = "sh-detect",
		.summary = "decide what is wrong",
		.operands = "[OPTION...] [FILE...]",
		.flags = SH_CLI_CONFIG | SH_CLI_STATE | SH_CLI_RECORDS_IN | SH_CLI_RECORDS_OUT |
			 SH_CLI_EXPLAIN | SH_CLI_FOUND | SH_CLI_TEST | SH_CLI_SANDBOX,
	};
	struct poptOption table[] = {
		{ "pending", '\0', POPT_ARG_NONE, &o.pending, 0,
		  "at the end, also show faults that have some but too few hits", NULL },
		{ "count", '\0', POPT_ARG_STRING, &o.count, 0,
		  "hits in a row that make a fault, for every rule", "N" },
		{ "templates", '\0', POPT_ARG_NONE, &o.templates, 0,
		  "write each log record with the template of its line", NULL },
		{ "score", '\0', POPT_ARG_STRING, &o.score, 0,
		  "write what an expression comes to for each sample, as CSV, instead of faults", "EXPR" },
		{ "part", '\0', POPT_ARG_STRING, &o.part, 0,
		  "only the hosts of part K of N, from 0", "K/N" },
		{ "since", '\0', POPT_ARG_STRING, &o.since, 0,
		  "judge from TIME on; records before it are only learnt from", "TIME" },
		{ "until", '\0', POPT_ARG_STRING, &o.until, 0,
		  "ignore records after TIME", "TIME" },
		{ "max-series", '\0', POPT_ARG_STRING, &o.max_series, 0,
		  "so many series at most (default: 2000000); 0: no bound", "N" },
		{ "models", '\0', POPT_ARG_STRING, &o.models, 0,
		  "show what functions over time know of an entity or all", "ENTITY" },
		{ "forget", '\0', POPT_ARG_STRING, &o.forget, 0,
		  "make them begin anew, and stop", "ENTITY" },
		{ "compare", '\0', POPT_ARG_STRING, &o.compare, 0,
		  "write what differs from the faults of other rules", "PATH" },
		{ "list", '\0', POPT_ARG_NONE, &o.list, 0, "list the rules and stop", NULL },
		{ "import-prometheus", '\0', POPT_ARG_STRING, &o.import, 0,
		  "turn a rule file of Prometheus into rules, and stop", "FILE" },
		{ "exact", '\0', POPT_ARG_NONE, &o.exact, 0,
		  "with --import-prometheus: keep every rule in PromQL", NULL },
		POPT_TABLEEND
	};
	struct program p = { .cli = &cli, .o = &o };
	int code;

	sh_cli_parse(&cli, argc, argv, table);
	if ((o.models || o.forget) && !cli.opt.state)
		sh_cli_usage_error(&cli, "%s needs --state", o.models ? "--models" : "--forget");
	if (o.forget)
		return sh_cli_finish(&cli, forget_models(&cli, o.forget));
	if (o.import)
		return sh_cli_finish(&cli, import_rules(&cli, &o));
	code = work(&p);
	return sh_cli_finish(&cli, code);
}
