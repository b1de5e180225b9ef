/* SPDX-License-Identifier: MIT */
/* sh-diagnose - decide why something is wrong: faults in, diagnoses out */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/nls.h"
#include "cli/cli.h"
#include "diagnose/diagnoser.h"
#include "diagnose/explain.h"
#include "diagnose/history_state.h"
#include "diagnose/incidents.h"
#include "diagnose/standing.h"
#include "diagnose/words.h"
#include "diagnose_query.h"
#include "diagnose_why.h"
#include "filter.h"
#include "record/json.h"
#include "sentences.h"
#include "setup.h"
#include "topology/heard.h"
#include "topology/topology.h"

struct program {
	struct sh_cli *cli;
	struct sh_diagnoser diagnoser;
	struct sh_history history;
	struct sh_graph *graph; /* owned */
	struct sh_incidents *incidents; /* owned */
	struct sh_standing *standing;	/* owned */
	struct sh_lessons *lessons;	/* owned */
	struct sh_buf told;	/* what there is to say of them, after the record that made it so */
	struct sh_sentences said; /* and for people */
	struct sh_filter filter;
	uint64_t diagnoses;
};

static void rule_failed(void *arg, const struct sh_opinion *o, const struct sh_fault *f,
			const char *error)
{
	struct program *p = arg;

	struct sh_error err = SH_ERROR_INIT;

	(void)sh_error_set(&err, SH_ERRC_CONFIG, "%s:%d: diagnosis '%s': fault '%s': %s",
			   o->node->file, o->node->line, o->id, f->id, error);
	sh_cli_report(p->cli, &err);
}

static bool explains(const struct program *p)
{
	return p->cli->opt.explain && !p->cli->opt.quiet;
}

/* On standard error, beside the records; silent with -q as warnings are. D is in the reader's language after it. */
static void explain(const struct program *p, struct sh_diagnosis *d)
{
	struct sh_sentences s = SH_SENTENCES_INIT;
	struct sh_tell tell = sh_sentences_tell(&s);

	if (!explains(p))
		return;
	sh_words_translate(d, p->diagnoser.opinions, p->diagnoser.config);
	sh_explain(d, &tell);
	sh_sentences_write(&s, stderr);
}

static void explain_incident(struct program *p, const struct sh_incident *i)
{
	struct sh_tell tell = sh_sentences_tell(&p->said);

	if (explains(p))
		sh_explain_incident(i, &tell);
}

/* One that was stored. */
static void explain_passing_incident(struct program *p, const json_t *object)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_incident i;

	if (sh_incident_from_json(&i, object, &err) < 0) {
		sh_cli_warn(p->cli, "an incident cannot be explained: %s", err.text);
		return;
	}
	explain_incident(p, &i);
	sh_incident_release(&i);
}

static void explain_passing_diagnosis(const struct program *p, const json_t *object)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_diagnosis d;

	if (sh_diagnosis_from_json(&d, object, &err) < 0) {
		sh_cli_warn(p->cli, "a diagnosis cannot be explained: %s", err.text);
		return;
	}
	explain(p, &d);
	sh_diagnosis_release(&d);
}

/* What was stored, or comes from elsewhere, is explained as it goes by. */
static void explain_passing(struct program *p, const struct sh_record *r)
{
	json_t *object;

	if (!p->cli->opt.explain || (r->kind != SH_KIND_DIAGNOSIS && r->kind != SH_KIND_INCIDENT))
		return;
	object = sh_record_json(r);
	if (r->kind == SH_KIND_DIAGNOSIS)
		explain_passing_diagnosis(p, object);
	else
		explain_passing_incident(p, object);
	json_decref(object);
}

static void on_incident(void *arg, const struct sh_incident *i)
{
	struct program *p = arg;

	sh_incident_write(i, &p->told);
	explain_incident(p, i);
}

static void tell_incidents(struct program *p)
{
	if (p->told.len)
		sh_filter_emit(&p->filter, p->told.data, p->told.len);
	sh_buf_clear(&p->told);
	if (p->said.text.len)
		sh_sentences_write(&p->said, stderr);
}

/* A ledger that cannot be read is told, and what it said before still holds. */
static void learn(struct program *p, int64_t time)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_lessons_follow(p->lessons, time, &err) < 0)
		sh_cli_report(p->cli, &err);
}

static int diagnose(struct program *p, const struct sh_record *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	json_t *fault = sh_record_json(r);
	int64_t now = sh_incidents_time(p->incidents, r->time, r->host);
	struct sh_diagnosis d;
	int rc;

	learn(p, now);
	sh_graph_advance(p->graph, now);
	sh_graph_known(p->graph, r->entity);
	rc = sh_diagnose(&p->diagnoser, fault, &d, err);
	if (rc == 0) {
		d.incident = sh_strdup_or_null(sh_incidents_diagnosed(p->incidents, &d));
		sh_standing_time(p->standing, now);
		sh_diagnosis_write(&d, &line);
		sh_filter_emit(&p->filter, line.data, line.len);
		explain(p, &d);
		tell_incidents(p);
		p->diagnoses++;
		sh_diagnosis_release(&d);
	}
	json_decref(fault);
	return rc;
}

/* Open and ongoing faults are ours; resolved, pending and suppressed ones go on as they came. */
static bool is_live_fault(const struct sh_record *r)
{
	struct sh_slice status = sh_record_member(r, "status");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (r->kind != SH_KIND_FAULT || status.type != SH_JSON_STRING ||
	    sh_record_member(r, "suppressed").type == SH_JSON_OBJECT)
		return false;
	sh_json_unescape(status, &text);
	return !strcmp(sh_buf_str(&text), "open") || !strcmp(sh_buf_str(&text), "ongoing");
}

/* A word that a later version adds goes on as it came; what is no word at all is no fault. */
static int check_status(const struct sh_record *r, struct sh_error *err)
{
	struct sh_slice status = sh_record_member(r, "status");

	if (r->kind != SH_KIND_FAULT || status.type == SH_JSON_STRING)
		return 0;
	if (status.type == SH_JSON_NONE)
		return sh_error_set(err, SH_ERRC_INPUT, "member 'status' is missing");
	return sh_error_set(err, SH_ERRC_INPUT, "byte %zu: status is no text",
			    (size_t)(status.text.p - r->line.p));
}

static bool eats(const struct sh_record *r)
{
	return is_live_fault(r) || r->kind == SH_KIND_SAMPLE || r->kind == SH_KIND_LOG ||
	       r->kind == SH_KIND_TICK;
}

static void let_go(void *arg, struct sh_span entity)
{
	const struct program *p = arg;

	sh_graph_let_go(p->graph, entity);
}

static void make_room(struct program *p)
{
	if (!sh_history_is_full(&p->history))
		return;
	if (!p->history.forgotten)
		sh_cli_warn(p->cli, "there are more than %zu entities or metrics: those not heard of the longest are forgotten for new ones",
			    p->history.most);
	sh_history_forget(&p->history, let_go, p);
}

/* What passes by is what a fault is explained by later. */
static int remember(struct program *p, const struct sh_record *r, struct sh_error *err)
{
	if (r->kind == SH_KIND_EDGE)
		return sh_graph_hear(p->graph, r, err);
	make_room(p);
	p->history.held = sh_standing_oldest(p->standing);
	sh_history_record(&p->history, r);
	if (r->kind == SH_KIND_SAMPLE || r->kind == SH_KIND_LOG)
		sh_graph_node(p->graph, r->entity);
	return 0;
}

static int on_remembered(void *arg, const struct sh_record *r, struct sh_error *err)
{
	return remember(arg, r, err);
}

static int on_record(void *arg, const struct sh_record *r, struct sh_error *err)
{
	struct program *p = arg;

	if (check_status(r, err) < 0)
		return -1;
	if (is_live_fault(r))
		return diagnose(p, r, err);
	explain_passing(p, r);
	if (r->has_time) /* of its own: when it came depends on the run */
		sh_standing_time(p->standing, sh_incidents_time(p->incidents, r->time, r->host));
	if (r->kind == SH_KIND_FAULT) {
		sh_incidents_fault(p->incidents, r);
		sh_standing_fault(p->standing, r);
	}
	tell_incidents(p);
	return remember(p, r, err);
}

static void tell_edges(void *arg, const char *entity)
{
	struct program *p = arg;
	struct sh_error err = SH_ERROR_INIT;

	(void)sh_error_set(&err, SH_ERRC_STATE,
			   "the state of what '%.80s' depends on was damaged: it begins anew", entity);
	sh_cli_report(p->cli, &err);
}

/* What else is stored is read all the same. */
static void first_wrong(struct sh_error *err, int rc, struct sh_error *e)
{
	if (rc < 0 && !err->code)
		*err = *e;
	sh_error_clear(e);
}

static int load(void *arg, struct sh_state *state, struct sh_error *err)
{
	struct sh_error e = SH_ERROR_INIT;
	struct program *p = arg;

	first_wrong(err, sh_graph_restore(p->graph, state, tell_edges, p, &e), &e);
	first_wrong(err, sh_history_load(&p->history, p->graph, state, &e), &e);
	first_wrong(err, sh_standing_load(p->standing, state, &e), &e);
	first_wrong(err, sh_incidents_load(p->incidents, state, &e), &e);
	sh_standing_time(p->standing, sh_incidents_now(p->incidents));
	return err->code ? -1 : 0;
}

static int save(void *arg, struct sh_state *state, struct sh_error *err)
{
	struct program *p = arg;

	if (sh_history_save(&p->history, state, err) < 0 || sh_graph_save(p->graph, state, err) < 0)
		return -1;
	sh_graph_given(p->graph);
	if (sh_standing_save(p->standing, state, err) < 0)
		return -1;
	return sh_incidents_save(p->incidents, state, err);
}

static void given(void *arg)
{
	struct program *p = arg;

	sh_graph_given(p->graph);
	sh_history_settle(&p->history);
	sh_standing_settle(p->standing);
	sh_incidents_settle(p->incidents);
}

static void unsaved(void *arg)
{
	struct program *p = arg;

	sh_graph_unsaved(p->graph);
	sh_history_unsaved(&p->history);
	sh_standing_unsaved(p->standing);
	sh_incidents_unsaved(p->incidents);
}

static int on_past(void *arg, struct sh_stream *s, const struct sh_record *r, struct sh_error *err)
{
	(void)s;
	return remember(arg, r, err);
}

static void on_bad_past(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	struct sh_error copy = *err;

	sh_error_prefix(&copy, "%s:%" PRIu64, file, line);
	sh_cli_report(arg, &copy);
}

/* Records of the past, from files: nothing of them is written. */
static void look_back(struct program *p, const char *const *files, bool executes)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_writer out;
	struct sh_stream s;

	sh_filter_confine(p->cli, executes);
	sh_writer_init(&out, -1);
	sh_stream_init(&s, &out);
	s.files = files;
	s.local_host = sh_cli_host();
	s.now = p->cli->opt.now;
	s.max_record = p->cli->opt.max_record;
	s.ops.record = on_past;
	s.ops.arg = p;
	s.ops.bad = on_bad_past;
	s.ops.bad_arg = p->cli;
	if (sh_stream_run(&s, &err) < 0)
		sh_cli_die(p->cli, &err);
	sh_writer_release(&out);
}

static void report_refused(const struct program *p)
{
	size_t edges = sh_graph_refused(p->graph), faults = sh_incidents_refused(p->incidents);

	if (p->history.forgotten)
		sh_cli_warn(p->cli, "entities that were forgotten to make room for others: %" PRIu64, p->history.forgotten);
	if (edges)
		sh_cli_warn(p->cli, "entities and edges that were one too many to remember: %zu", edges);
	if (faults)
		sh_cli_warn(p->cli, "faults beyond %d at once, which are of no incident: %zu",
			    SH_INCIDENT_FAULTS, faults);
}

static int run(struct program *p)
{
	p->filter = (struct sh_filter){ .cli = p->cli,
					.state = "diagnose",
					.load = load,
					.save = save,
					.given = given,
					.unsaved = unsaved,
					.record = on_record,
					.eats = eats,
					.executes = p->diagnoser.look != NULL,
					.arg = p };
	sh_filter_run(&p->filter);
	report_refused(p);
	return p->cli->opt.exit_status && p->diagnoses ? SH_EXIT_FOUND : SH_EXIT_OK;
}

static int tell_why(struct program *p, const char *entity)
{
	const struct sh_diagnose_why why = { .cli = p->cli,
					     .diagnoser = &p->diagnoser,
					     .history = &p->history,
					     .graph = p->graph,
					     .entity = entity,
					     .remember = on_remembered,
					     .arg = p };

	return sh_diagnose_why(&why);
}

static int ask(struct program *p, const char *question)
{
	const struct sh_diagnose_query query = { .cli = p->cli, .graph = p->graph, .question = question };

	return sh_diagnose_query(&query);
}

/* The sh-collect beside us, never one of PATH. SH_BINDIR stands in for a build tree that can be trusted. */
static struct sh_look *look_by_collector(struct sh_cli *cli, const struct sh_site *site)
{
	const char *given = secure_getenv("SH_BINDIR");
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FD int dir = -1;

	if (!given || !*given)
		return sh_look_new(SH_BINDIR "/sh-collect", sh_cli_host(), site);
	dir = sh_file_open_trusted(given, &err);
	if (dir < 0)
		sh_cli_die(cli, &err);
	SH_CLEANUP_FREE char *program = sh_asprintf("%s/sh-collect", given);

	return sh_look_new(program, sh_cli_host(), site);
}

/* SH_LOCALE stands in for the installed directory in a build tree, where it can be trusted. */
static const char *locale_dir(void)
{
	const char *given = secure_getenv("SH_LOCALE");

	return given && *given == '/' ? given : SH_LOCALEDIR;
}

static int answer(struct program *p, const char *query, const char *why, size_t errors)
{
	if (p->cli->opt.check)
		return errors ? SH_EXIT_USAGE : SH_EXIT_OK;
	if (query)
		return ask(p, query);
	return why ? tell_why(p, why) : run(p);
}

static void release(struct program *p)
{
	sh_look_free(p->diagnoser.look);
	sh_diagnoser_release(&p->diagnoser);
	sh_incidents_free(p->incidents);
	sh_standing_free(p->standing);
	sh_lessons_free(p->lessons);
	sh_buf_release(&p->told);
	sh_history_release(&p->history);
	sh_graph_free(p->graph);
}

/* What rules of detection say is wanted only to be told in the reader's language. */
static unsigned not_needed(const struct sh_cli *cli, const char *why)
{
	unsigned rules = cli->opt.explain || why ? 0 : SH_SECTION_BIT(SH_SECTION_RULES);

	return rules | SH_SECTION_BIT(SH_SECTION_TASKS);
}

int main(int argc, char **argv)
{
	struct sh_cli cli = {
		.name = "sh-diagnose",
		.summary = "decide why something is wrong",
		.operands = "[OPTION...] [FILE...]",
		.flags = SH_CLI_CONFIG | SH_CLI_STATE | SH_CLI_RECORDS_IN | SH_CLI_RECORDS_OUT |
			 SH_CLI_EXPLAIN | SH_CLI_FOUND | SH_CLI_SANDBOX,
	};
	struct program p = { .cli = &cli };
	char **history = NULL;
	char *why = NULL, *query = NULL;
	int look = 0;
	struct poptOption table[] = {
		{ "history", '\0', POPT_ARG_ARGV, &history, 0,
		  "look at the samples, logs, events and edges of FILE first; may be repeated",
		  "FILE" },
		{ "why", '\0', POPT_ARG_STRING, &why, 0,
		  "walk the evidence about ENTITY, as text, and write no records", "ENTITY" },
		{ "query", '\0', POPT_ARG_STRING, &query, 0,
		  "what ENTITY needs, what needs it, or what goes with its loss", "needs|needed-by|loss:ENTITY" },
		{ "look", '\0', POPT_ARG_NONE, &look, 0,
		  "look at this machine, by sh-collect, for what its faults may come from", NULL },
		POPT_TABLEEND
	};
	struct sh_setup setup = { 0 };
	struct sh_opinions opinions;
	size_t errors;
	int code;

	sh_cli_parse(&cli, argc, argv, table);
	sh_nls_start(locale_dir());
	if (history && cli.opt.state)
		sh_cli_usage_error(&cli, "--history is for a run without state, which remembers by itself");
	if (why && query)
		sh_cli_usage_error(&cli, "--why and --query are two questions");
	errors = sh_setup_load_from(&setup, &cli, (const char *const *)cli.opt.config, not_needed(&cli, why));
	errors += sh_opinions_load(&opinions, &setup.config, sh_setup_report, &cli);
	p.graph = sh_graph_new();
	sh_topology_site(p.graph, &setup.site);
	errors += sh_topology_load(p.graph, &setup.config, sh_setup_report, &cli);
	sh_history_init(&p.history);
	p.standing = sh_standing_new();
	p.lessons = sh_lessons_new(cli.opt.state);
	p.incidents = sh_incidents_new(p.graph, on_incident, &p);
	p.diagnoser = (struct sh_diagnoser){ .opinions = &opinions,
					     .config = &setup.config,
					     .history = &p.history,
					     .graph = p.graph,
					     .lessons = p.lessons,
					     .standing = p.standing,
					     .next_faulty = sh_incidents_next_faulty,
					     .faulty = p.incidents,
					     .broken = rule_failed,
					     .arg = &p };
	if (history && !cli.opt.check)
		look_back(&p, (const char *const *)history, look);
	if (look)
		p.diagnoser.look = look_by_collector(&cli, &setup.site);
	code = answer(&p, query, why, errors);
	release(&p);
	sh_opinions_release(&opinions);
	sh_setup_release(&setup);
	return sh_cli_finish(&cli, code);
}
