/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ruleset.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "detect/look.h"
#include "detect/repaired.h"
#include "topology/heard.h"
#include "topology/topology.h"

static void emit(void *arg, const char *line, size_t len)
{
	struct sh_ruleset *s = arg;

	s->emit(s->arg, line, len);
}

static void rule_failed(void *arg, const struct sh_rule *rule, const struct sh_record *r,
			const char *error)
{
	struct sh_ruleset *s = arg;
	struct sh_error err = SH_ERROR_INIT;

	(void)sh_error_set(&err, SH_ERRC_CONFIG, "%s:%d: rule '%s': record %" PRIu64 ", %.*s: %s",
			   rule->node->file, rule->node->line, rule->id, r->number,
			   (int)r->entity.len, r->entity.p, error);
	sh_cli_report(s->cli, &err);
}

static void rule_stuck(void *arg, struct sh_error *err)
{
	struct sh_ruleset *s = arg;

	sh_cli_report(s->cli, err);
}

static void clock_stepped(void *arg, const struct sh_record *r, int64_t by)
{
	struct sh_ruleset *s = arg;
	char text[SH_DURATION_TEXT];

	sh_duration_format(text, by);
	sh_cli_warn(s->cli, "record %" PRIu64 ", %.*s: the clock was set back by %s", r->number,
		    (int)r->host.len, r->host.p, text);
}

static void explain(void *arg, const struct sh_rule *rule, const struct sh_record *r,
		    const char *text)
{
	struct sh_ruleset *s = arg;

	sh_cli_warn(s->cli, "%s%srecord %" PRIu64 ", %.*s, rule '%s': %s", s->name ? s->name : "",
		    s->name ? ": " : "", r->number, (int)r->entity.len, r->entity.p, rule->id, text);
}

/* One series whose state is damaged begins anew. */
static void damaged(void *arg, const struct sh_error *err)
{
	struct sh_ruleset *s = arg;
	struct sh_error told = *err;

	sh_cli_report(s->cli, &told);
}

/* Of the configuration, or the one of --score. */
static size_t load_rules(struct sh_ruleset *s, const struct sh_ruleset_options *o)
{
	struct sh_error err = SH_ERROR_INIT;
	size_t broken = 0, errors;

	if (o->score) {
		if (sh_rules_score(&s->rules, o->score, &err) < 0)
			sh_cli_die(s->cli, &err);
		return 0;
	}
	errors = sh_rules_load(&s->rules, &s->setup.config, o->count, sh_setup_report, s->cli);
	s->vectors = sh_vectors_load(&s->setup.config, sh_setup_report, s->cli, &broken);
	return errors + broken;
}

static size_t load_detector(struct sh_ruleset *s, bool templates)
{
	struct sh_detector *d = &s->detector;
	size_t errors = sh_detector_init(d, &s->rules, &s->setup.site, templates, sh_setup_report, s->cli);

	errors += sh_topology_load(d->hush.graph, &s->setup.config, sh_setup_report, s->cli);
	errors += sh_silences_load(&d->hush.fixed, &s->setup.config, sh_setup_report, s->cli);
	d->emit = emit;
	d->broken = rule_failed;
	d->stepped = clock_stepped;
	d->damaged = damaged;
	d->explain = s->cli->opt.explain ? explain : NULL;
	d->arg = s;
	return errors;
}

size_t sh_ruleset_load(struct sh_ruleset *s, struct sh_cli *cli, const struct sh_ruleset_options *o)
{
	const struct sh_vectors_calls calls = { emit, rule_stuck, s };
	const unsigned without = SH_SECTION_BIT(SH_SECTION_DIAGNOSES) | SH_SECTION_BIT(SH_SECTION_PLAYBOOKS) |
				 SH_SECTION_BIT(SH_SECTION_TASKS);
	size_t errors;

	*s = (struct sh_ruleset){ .cli = cli, .name = o->name, .emit = o->emit, .arg = o->arg };
	errors = sh_setup_load_from(&s->setup, cli, o->paths, without);
	errors += load_rules(s, o);
	errors += load_detector(s, o->templates);
	s->detector.store.most = o->most;
	sh_vectors_call(s->vectors, &calls);
	sh_vectors_hush(s->vectors, &s->detector.hush);
	return errors;
}

void sh_ruleset_release(struct sh_ruleset *s)
{
	sh_detector_release(&s->detector);
	sh_vectors_free(s->vectors);
	sh_rules_release(&s->rules);
	sh_setup_release(&s->setup);
}

void sh_ruleset_since(struct sh_ruleset *s, int64_t since)
{
	s->detector.since = since;
	sh_vectors_since(s->vectors, since);
}

/* What is refused moves no time. */
static bool is_refused(const struct sh_record *r, struct sh_error *err)
{
	return (r->kind == SH_KIND_SAMPLE || r->kind == SH_KIND_LOG) && sh_look_check(r, err) < 0;
}

/* Once, when it begins. */
static void tell_crowded(struct sh_ruleset *s)
{
	const struct sh_store *st = &s->detector.store;

	if (s->crowded || (!st->outdone && !st->refused))
		return;
	s->crowded = true;
	sh_cli_warn(s->cli, "there are more than %zu series: those not heard of the longest are forgotten for new ones, see --max-series",
		    st->most);
}

int sh_ruleset_record(struct sh_ruleset *s, const struct sh_record *r, struct sh_buf *annotated,
		      struct sh_error *err)
{
	struct sh_detector *d = &s->detector;

	if (s->vectors && r->kind != SH_KIND_TICK) {
		if (is_refused(r, err))
			return -1;
		sh_vectors_time(s->vectors, r);
	}
	switch (r->kind) {
	case SH_KIND_SAMPLE:
		if (sh_detector_sample(d, r, err) < 0)
			return -1;
		tell_crowded(s);
		break;
	case SH_KIND_LOG:
		return sh_detector_log(d, r, annotated, err);
	case SH_KIND_TICK:
		sh_detector_tick(d, r);
		break;
	case SH_KIND_EDGE:
		if (sh_graph_hear(d->hush.graph, r, err) < 0)
			return -1;
		break;
	case SH_KIND_REPAIR:
		sh_detector_repaired(d, r);
		break;
	default:
		break;
	}
	if (s->vectors)
		sh_vectors_record(s->vectors, r);
	return 0;
}

/* A rule of one's own that never could decide is most likely misspelt; a stock rule is not meant here. */
static void report_blind(struct sh_ruleset *s)
{
	const struct sh_rules *rules = &s->rules;

	for (size_t i = 0; i < rules->n; i++) {
		const struct sh_rule *r = &rules->rule[i];
		const char *missing = sh_detector_blind(&s->detector, r);

		if (missing)
			(r->stock ? sh_cli_verbose : sh_cli_warn)(
				s->cli,
				strchr(missing, '(') ? "%s:%d: rule '%s' could never decide: %s"
						    : "%s:%d: rule '%s' could never decide: no '%s' in any record",
				r->node->file, r->node->line, r->id, missing);
	}
}

void sh_ruleset_report(struct sh_ruleset *s, bool blind)
{
	struct sh_prom_losses lost;

	if (blind)
		report_blind(s);
	if (s->detector.peers.full)
		sh_cli_warn(s->cli, "a group of peers had room for %d series only", SH_PEERS_MEMBERS);
	if (sh_graph_refused(s->detector.hush.graph))
		sh_cli_warn(s->cli, "entities and edges that were one too many to remember: %zu",
			    sh_graph_refused(s->detector.hush.graph));
	sh_vectors_losses(s->vectors, &lost);
	if (lost.series || lost.points)
		sh_cli_warn(s->cli, "rules in PromQL: limits were reached: %" PRIu64 " measurements of new series and %" PRIu64 " points were not kept",
			    lost.series, lost.points);
	if (s->detector.store.outdone || s->detector.store.refused)
		sh_cli_warn(s->cli, "series that were forgotten to make room for others: %" PRIu64
			    ", records of new ones for which there was none: %" PRIu64,
			    s->detector.store.outdone, s->detector.store.refused);
	if (s->detector.late)
		sh_cli_warn(s->cli, "records that were more than a week late and not judged: %" PRIu64,
			    s->detector.late);
	if (s->detector.dropped)
		sh_cli_verbose(s->cli, "%" PRIu64 " records were not newer than the last of their series",
			       s->detector.dropped);
}

bool sh_ruleset_has_found(const struct sh_ruleset *s)
{
	return s->detector.faults || sh_vectors_faults(s->vectors);
}
