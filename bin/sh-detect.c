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
#include "detect/repaired.h"
#include "detect/rule.h"
#include "detect/score.h"
#include "detect/selftest.h"
#include "detect/vectors.h"
#include "filter.h"
#include "setup.h"
#include "state/ledger.h"

struct options {
	int pending, list, exact, templates;
	char *count, *import, *score, *part, *since, *until, *models, *forget;
};

struct program {
	struct sh_cli *cli;
	const struct options *o;
	struct sh_detector detector;
	struct sh_vectors *vectors; /* NULL: no rules in PromQL */
	struct sh_filter filter;
};

static void emit(void *arg, const char *line, size_t len)
{
	struct program *p = arg;

	sh_filter_emit(&p->filter, line, len);
}

static void rule_failed(void *arg, const struct sh_rule *rule, const struct sh_record *r,
			const char *error)
{
	struct program *p = arg;

	struct sh_error err = SH_ERROR_INIT;

	(void)sh_error_set(&err, SH_ERRC_CONFIG, "%s:%d: rule '%s': record %" PRIu64 ", %.*s: %s",
			   rule->node->file, rule->node->line, rule->id, r->number,
			   (int)r->entity.len, r->entity.p, error);
	sh_cli_report(p->cli, &err);
}

/* A rule of one's own that never could decide is most likely misspelt; a stock rule is not meant here. */
static void report_blind(struct program *p)
{
	const struct sh_rules *rules = p->detector.rules;

	for (size_t i = 0; i < rules->n; i++) {
		const struct sh_rule *r = &rules->rule[i];
		const char *missing = sh_detector_blind(&p->detector, r);

		if (missing)
			(r->stock ? sh_cli_verbose : sh_cli_warn)(
				p->cli,
				strchr(missing, '(') ? "%s:%d: rule '%s' could never decide: %s"
						    : "%s:%d: rule '%s' could never decide: no '%s' in any record",
				r->node->file, r->node->line, r->id, missing);
	}
}

static void clock_stepped(void *arg, const struct sh_record *r, int64_t by)
{
	struct program *p = arg;
	char text[SH_DURATION_TEXT];

	sh_duration_format(text, by);
	sh_cli_warn(p->cli, "record %" PRIu64 ", %.*s: the clock was set back by %s", r->number,
		    (int)r->host.len, r->host.p, text);
}

static void explain(void *arg, const struct sh_rule *rule, const struct sh_record *r,
		    const char *text)
{
	struct program *p = arg;

	sh_cli_warn(p->cli, "record %" PRIu64 ", %.*s, rule '%s': %s", r->number,
		   (int)r->entity.len, r->entity.p, rule->id, text);
}

static int on_log(struct program *p, const struct sh_record *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf annotated = SH_BUF_INIT;

	if (sh_detector_log(&p->detector, r, p->o->templates ? &annotated : NULL, err) < 0)
		return -1;
	if (annotated.len)
		sh_filter_emit(&p->filter, annotated.data, annotated.len);
	return 0;
}

static int on_record(void *arg, const struct sh_record *r, struct sh_error *err)
{
	struct program *p = arg;

	if (r->kind == SH_KIND_SAMPLE && sh_detector_sample(&p->detector, r, err) < 0)
		return -1;
	if (r->kind == SH_KIND_LOG)
		return on_log(p, r, err);
	if (r->kind == SH_KIND_TICK)
		sh_detector_tick(&p->detector, r);
	if (r->kind == SH_KIND_EDGE && sh_graph_edge(&p->detector.hush.graph, r, err) < 0)
		return -1;
	if (r->kind == SH_KIND_REPAIR)
		sh_detector_repaired(&p->detector, r);
	sh_vectors_record(p->vectors, r);
	return 0;
}

static void write_score(void *arg, const struct sh_record *r, const struct sh_value *value)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	(void)arg;
	sh_score_write(r, value, &line);
	fwrite(line.data, 1, line.len, stdout);
}

/* Between the lines of --score no record has a place. */
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
		sh_detector_foreign(&p->detector, r);
	if (r->kind == SH_KIND_REPAIR)
		sh_detector_repaired(&p->detector, r);
}

static bool on_glanced(void *arg, enum sh_kind kind, int64_t time)
{
	struct program *p = arg;

	switch (kind) {
	case SH_KIND_SAMPLE:
	case SH_KIND_LOG:
		return (p->filter.until && time > p->filter.until) ||
		       sh_detector_glance(&p->detector, kind, time);
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

/* What was counted for other hosts than these would go stale or be counted twice. */
static int check_part(const struct program *p, struct sh_state *state, struct sh_error *err)
{
	const char *part = p->o->part ? p->o->part : "0/1";
	SH_CLEANUP_FREE void *kept = NULL;
	size_t len = 0;
	int found = sh_state_get(state, "meta", part_key, strlen(part_key), &kept, &len, err);

	if (found <= 0 || (len == strlen(part) && !memcmp(kept, part, len)))
		return found < 0 ? -1 : 0;
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
	const struct sh_damage damage = { p->detector.damaged, p->detector.arg };

	if (check_part(p, state, err) < 0 || sh_vectors_restore(p->vectors, state, &damage, err) < 0)
		return -1;
	return sh_detector_load(&p->detector, state, err);
}

static int save(void *arg, struct sh_state *state, struct sh_error *err)
{
	struct program *p = arg;

	if (keep_part(p, state, err) < 0 || sh_vectors_save(p->vectors, state, err) < 0)
		return -1;
	return sh_detector_save(&p->detector, state, err);
}

/* One series whose state is damaged begins anew. */
static void damaged(void *arg, const struct sh_error *err)
{
	struct program *p = arg;
	struct sh_error told = *err;

	sh_cli_report(p->cli, &told);
}

static void given(void *arg)
{
	struct program *p = arg;

	sh_detector_given(&p->detector);
}

static void unsaved(void *arg)
{
	struct program *p = arg;

	sh_detector_unsaved(&p->detector);
}

static void end(void *arg)
{
	struct program *p = arg;

	if (p->o->pending || p->cli->opt.text)
		sh_detector_pending(&p->detector);
}

/* What has ended for good only waits to be taken out. */
static void report_ended(const struct program *p)
{
	const struct sh_silences *s = &p->detector.hush.fixed;
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

static void report_losses(struct program *p)
{
	struct sh_prom_losses lost;

	sh_vectors_losses(p->vectors, &lost);
	if (lost.series || lost.points)
		sh_cli_warn(p->cli, "rules in PromQL: limits were reached: %" PRIu64 " measurements of new series and %" PRIu64 " points were not kept",
			    lost.series, lost.points);
}

static void rule_stuck(void *arg, struct sh_error *err)
{
	struct program *p = arg;

	sh_cli_report(p->cli, err);
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
	p->detector.since = since;
	sh_vectors_since(p->vectors, since);
	p->filter.until = until;
}

static int run(struct program *p)
{
	const struct sh_vectors_calls calls = { emit, rule_stuck, p };

	sh_vectors_call(p->vectors, &calls);
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
					.eats = p->o->score ? eats_all : eats,
					.end = end,
					.arg = p };
	take_span(p);
	sh_filter_run(&p->filter);
	if (!p->o->score)
		report_blind(p);
	if (p->detector.peers.full)
		sh_cli_warn(p->cli, "a group of peers had room for %d series only", SH_PEERS_MEMBERS);
	report_losses(p);
	if (p->detector.late)
		sh_cli_warn(p->cli, "records that were more than a week late and not judged: %" PRIu64,
			    p->detector.late);
	if (p->detector.dropped)
		sh_cli_verbose(p->cli, "%" PRIu64 " records were not newer than the last of their series",
			       p->detector.dropped);
	return p->cli->opt.exit_status && (p->detector.faults || sh_vectors_faults(p->vectors)) ? SH_EXIT_FOUND : SH_EXIT_OK;
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
	if (sh_detector_load(&p->detector, state, &err) == 0)
		need_series(sh_models_show(&p->detector, entity, p->cli->opt.text, &out), entity, &err);
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

/* Of the configuration, or the one of --score, which has nothing to do with what is kept of them. */
static size_t load_rules(struct sh_rules *rules, const struct sh_config *config, int64_t count,
			 struct sh_cli *cli, const char *score)
{
	struct sh_error err = SH_ERROR_INIT;

	if (!score)
		return sh_rules_load(rules, config, count, sh_setup_report, cli);
	cli->opt.state = NULL;
	if (sh_rules_score(rules, score, &err) < 0)
		sh_cli_die(cli, &err);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct sh_cli cli = {
		.name = "sh-detect",
		.summary = "decide what is wrong",
		.operands = "[OPTION...] [FILE...]",
		.flags = SH_CLI_CONFIG | SH_CLI_STATE | SH_CLI_RECORDS_IN | SH_CLI_RECORDS_OUT |
			 SH_CLI_EXPLAIN | SH_CLI_FOUND | SH_CLI_TEST,
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
		  "only the hosts whose hash modulo N is K", "K/N" },
		{ "since", '\0', POPT_ARG_STRING, &o.since, 0,
		  "judge from TIME on; records before it are only learnt from", "TIME" },
		{ "until", '\0', POPT_ARG_STRING, &o.until, 0,
		  "ignore records after TIME", "TIME" },
		{ "models", '\0', POPT_ARG_STRING, &o.models, 0,
		  "show what functions over time know of an entity or all", "ENTITY" },
		{ "forget", '\0', POPT_ARG_STRING, &o.forget, 0,
		  "make them begin anew, and stop", "ENTITY" },
		{ "list", '\0', POPT_ARG_NONE, &o.list, 0, "list the rules and stop", NULL },
		{ "import-prometheus", '\0', POPT_ARG_STRING, &o.import, 0,
		  "turn a rule file of Prometheus into rules, and stop", "FILE" },
		{ "exact", '\0', POPT_ARG_NONE, &o.exact, 0,
		  "with --import-prometheus: keep every rule in PromQL", NULL },
		POPT_TABLEEND
	};
	struct program p = { .cli = &cli, .o = &o };
	struct sh_setup setup = { 0 };
	struct sh_rules rules;
	int code = SH_EXIT_OK;
	int64_t count = 0;
	size_t errors, broken = 0;

	sh_cli_parse(&cli, argc, argv, table);
	if (o.count)
		count = sh_cli_integer(&cli, "--count", o.count, 1, 1000000);
	if ((o.models || o.forget) && !cli.opt.state)
		sh_cli_usage_error(&cli, "%s needs --state", o.models ? "--models" : "--forget");
	if (o.forget)
		return sh_cli_finish(&cli, forget_models(&cli, o.forget));
	if (o.import)
		return sh_cli_finish(&cli, import_rules(&cli, &o));
	errors = sh_setup_load(&setup, &cli);
	errors += load_rules(&rules, &setup.config, count, &cli, o.score);
	if (!o.score)
		p.vectors = sh_vectors_load(&setup.config, sh_setup_report, &cli, &broken);
	errors += broken;
	errors += sh_detector_init(&p.detector, &rules, &setup.site, o.templates, sh_setup_report,
				   &cli);
	errors += sh_graph_load(&p.detector.hush.graph, &setup.config, sh_setup_report, &cli);
	errors += sh_silences_load(&p.detector.hush.fixed, &setup.config, sh_setup_report, &cli);
	if (cli.opt.check)
		report_ended(&p);
	p.detector.hush.read = cli.opt.state ? read_silences : NULL;
	p.detector.hush.arg = &p;
	p.detector.emit = emit;
	p.detector.broken = rule_failed;
	p.detector.stepped = clock_stepped;
	p.detector.damaged = damaged;
	p.detector.score = o.score ? write_score : NULL;
	p.detector.explain = cli.opt.explain ? explain : NULL;
	p.detector.arg = &p;
	if (o.models)
		code = show_models(&p);
	else if (o.list)
		list_rules(&rules, p.vectors);
	else if (cli.opt.test)
		test_rules(&cli, &rules);
	else if (!cli.opt.check)
		code = run(&p);
	else if (errors)
		code = SH_EXIT_USAGE;
	sh_detector_release(&p.detector);
	sh_vectors_free(p.vectors);
	sh_rules_release(&rules);
	sh_setup_release(&setup);
	return sh_cli_finish(&cli, code);
}
