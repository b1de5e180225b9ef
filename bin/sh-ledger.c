/* SPDX-License-Identifier: MIT */
/* sh-ledger - the operator's controls: what is open, history, approvals, pauses, status */
#include "config.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/escape.h"
#include "collect/drift/operator.h"
#include "config/keys.h"
#include "ledger/control.h"
#include "ledger/explain.h"
#include "ledger/show.h"
#include "ledger/status.h"
#include "state/round.h"

#define APPROVAL_LASTS SH_DAY

struct options {
	char *since, *target, *count, *reason, *until, *lasts, *max_age, *program;
	int list;
};

/* Which options go with a command. */
enum {
	WITH_HISTORY = 1 << 0, /* --since --target -n */
	WITH_REASON = 1 << 1,
	WITH_END = 1 << 2,     /* --until --for */
	WITH_STATUS = 1 << 3,  /* --max-age --program */
	WITH_LIST = 1 << 4,
};

struct run {
	struct sh_cli *cli;
	struct options *o;
	const char **operand; /* after the command */
	char *dir;            /* owned */
	int64_t now;
	struct sh_ledger *ledger;
	struct sh_control control;
	struct sh_show show;
};

struct command {
	const char *name;
	unsigned with;
	int least, most; /* operands */
	bool writes;
	int (*run)(struct run *r, struct sh_error *err); /* the exit code, or -1 */
};

static int found(const struct run *r, int64_t n)
{
	if (n < 0)
		return -1;
	return n > 0 && r->cli->opt.exit_status ? SH_EXIT_FOUND : SH_EXIT_OK;
}

static int run_open(struct run *r, struct sh_error *err)
{
	return found(r, sh_show_open(&r->show, err));
}

static int run_pending(struct run *r, struct sh_error *err)
{
	return found(r, sh_show_pending(&r->show, err));
}

static int run_pauses(struct run *r, struct sh_error *err)
{
	return found(r, sh_show_pauses(&r->show, err));
}

static int64_t parse_since(const struct run *r, const char *text)
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

static int run_history(struct run *r, struct sh_error *err)
{
	int64_t since = parse_since(r, r->o->since), limit = 0;
	SH_CLEANUP_FREE char *target = NULL;

	if (r->o->count)
		limit = sh_cli_integer(r->cli, "-n", r->o->count, 1, INT64_MAX);
	if (r->o->target) {
		target = sh_control_scope(r->o->target, sh_cli_host(), err);
		if (!target)
			return -1;
	}
	return found(r, sh_show_history(&r->show, since, target, limit, err));
}

/* The end that --until or --for gives; 0 none was given. */
static int64_t parse_end(const struct run *r)
{
	const char *until = r->o->until;
	int64_t end = 0;

	if (until && r->o->lasts)
		sh_cli_usage_error(r->cli, "give either --until or --for");
	if (r->o->lasts)
		return r->now + sh_cli_duration(r->cli, "--for", r->o->lasts);
	if (until && sh_time_parse(until, strlen(until), &end) < 0)
		sh_cli_usage_error(r->cli, "--until: '%s' is not a time such as "
					   "2026-01-31T12:00:00Z", until);
	if (until && end <= r->now)
		sh_cli_usage_error(r->cli, "--until: '%s' is past", until);
	return end;
}

/* Every plan must be known before the first is answered. */
static int answer(struct run *r, const char *word, int64_t until, struct sh_error *err)
{
	char **id = NULL;
	size_t n = 0, cap = 0;
	int rc = SH_EXIT_OK;

	for (const char **p = r->operand; *p && rc == 0; p++) {
		sh_grow(id, n, cap);
		id[n] = sh_control_plan(r->ledger, *p, err);
		if (id[n])
			n++;
		else
			rc = -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && sh_control_answer(&r->control, id[i], word, until, err) == 0)
			sh_cli_verbose(r->cli, "plan %s %s", id[i], word);
		else
			rc = -1;
		free(id[i]);
	}
	free(id);
	return rc;
}

static int run_approve(struct run *r, struct sh_error *err)
{
	int64_t until = parse_end(r);

	if (!r->o->reason)
		sh_cli_usage_error(r->cli, "approve: --reason is required");
	return answer(r, "approved", until ? until : r->now + APPROVAL_LASTS, err);
}

static int run_reject(struct run *r, struct sh_error *err)
{
	return answer(r, "rejected", 0, err);
}

static int run_pause(struct run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = sh_control_scope(*r->operand ? *r->operand : "all",
						       sh_cli_host(), err);
	int64_t until = parse_end(r);

	if (!scope)
		return -1;
	if (!until)
		sh_cli_usage_error(r->cli, "pause: --for or --until is required: a pause that "
					   "nobody ends is forgotten");
	if (!r->o->reason)
		sh_cli_usage_error(r->cli, "pause: --reason is required");
	return sh_control_pause(&r->control, scope, until, err);
}

static int run_silence(struct run *r, struct sh_error *err)
{
	int64_t until = parse_end(r), row;

	if (!until)
		sh_cli_usage_error(r->cli, "silence: --for or --until is required: a silence that "
					   "nobody ends is forgotten");
	if (!r->o->reason)
		sh_cli_usage_error(r->cli, "silence: --reason is required");
	if (sh_control_silence(&r->control, r->operand, until, &row, err) < 0)
		return -1;
	printf("s-%" PRId64 "\n", row);
	return SH_EXIT_OK;
}

static int run_unsilence(struct run *r, struct sh_error *err)
{
	for (const char **p = r->operand; *p; p++)
		if (sh_control_unsilence(&r->control, *p, err) < 0)
			return -1;
	return SH_EXIT_OK;
}

static int run_silences(struct run *r, struct sh_error *err)
{
	return found(r, sh_show_silences(&r->show, err));
}

static int run_resume(struct run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = sh_control_scope(*r->operand ? *r->operand : "all",
						       sh_cli_host(), err);

	return scope ? sh_control_resume(&r->control, scope, err) : -1;
}

/* As it was typed, but from the root: what is a link stays one, and is refused. */
static char *absolute(const char *path)
{
	SH_CLEANUP_FREE char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);

	return cwd ? sh_asprintf("%s/%s", cwd, path) : sh_strdup(path);
}

/* The areas that are named after the verb; NULL at the end, or where there are no more. */
static const struct sh_drift_area *next_area(const struct run *r, size_t *i)
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
static bool is_passed_over(const struct run *r, struct sh_error *err)
{
	if (r->operand[1] || err->code != SH_ERRC_UNAVAILABLE)
		return false;
	sh_cli_verbose(r->cli, "%s", err->text);
	sh_error_clear(err);
	return true;
}

static int show_diff(struct run *r, struct sh_collect *c, struct sh_error *err)
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
	return found(r, n);
}

static int accept_files(struct run *r, struct sh_collect *c, struct sh_error *err)
{
	struct sh_listing changed = { 0 };
	int rc = sh_drift_changed_files(c, &changed, err);

	for (size_t i = 0; rc == 0 && i < changed.n; i++)
		rc = sh_control_baseline(&r->control, r->dir, changed.item[i].name, err);
	sh_listing_release(&changed);
	return rc;
}

static int store_areas(struct run *r, struct sh_collect *c, bool first, struct sh_error *err)
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
static int run_areas(struct run *r, struct sh_error *err)
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

static int run_baseline(struct run *r, struct sh_error *err)
{
	const char *verb = *r->operand;

	if (!r->o->list && (is_verb(verb, "take") || is_verb(verb, "diff") || is_verb(verb, "accept")))
		return run_areas(r, err);
	if (r->o->list && *r->operand)
		sh_cli_usage_error(r->cli, "baseline --list takes no paths");
	if (r->o->list)
		return found(r, sh_show_baselines(&r->show, r->dir, err));
	if (!*r->operand)
		sh_cli_usage_error(r->cli, "baseline: give the files to approve, or --list");
	for (const char **p = r->operand; *p; p++) {
		SH_CLEANUP_FREE char *path = absolute(*p);

		if (sh_control_baseline(&r->control, r->dir, path, err) < 0)
			return -1;
	}
	return SH_EXIT_OK;
}

static int run_explain(struct run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *id = sh_control_plan(r->ledger, *r->operand, err);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (!id || sh_explain_plan(r->ledger, id, &text, err) < 0)
		return -1;
	fputs(sh_buf_str(&text), stdout);
	return SH_EXIT_OK;
}

static int run_reserve(struct run *r, struct sh_error *err)
{
	return sh_ledger_remake_reserve(r->ledger, err) < 0 ? -1 : SH_EXIT_OK;
}

/* Whoever watches wants an answer in its own terms, whatever is wrong here. */
static int run_status(struct run *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	int64_t max_age = r->o->max_age ? sh_cli_duration(r->cli, "--max-age", r->o->max_age) : 0;
	struct sh_status s;
	int level = SH_LEVEL_UNKNOWN;

	if (sh_ledger_open_readonly(&r->ledger, r->dir, err) < 0 ||
	    sh_status_read(r->ledger, r->now, r->o->program, &s, err) < 0) {
		sh_status_write_unknown(err->text, &line);
		sh_error_clear(err);
	} else {
		if (!r->o->program || !strcmp(r->o->program, "sh-detect"))
			sh_status_add_round(&s, sh_round_read(r->dir, "detect"));
		level = (int)sh_status_level(&s, max_age);
		sh_status_write(&s, max_age, &line);
	}
	fputs(sh_buf_str(&line), stdout);
	return level;
}

static const struct command commands[] = {
	{ "open", 0, 0, 0, false, run_open },
	{ "history", WITH_HISTORY, 0, 0, false, run_history },
	{ "pending", 0, 0, 0, false, run_pending },
	{ "approve", WITH_REASON | WITH_END, 1, INT_MAX, true, run_approve },
	{ "reject", WITH_REASON, 1, INT_MAX, true, run_reject },
	{ "pause", WITH_REASON | WITH_END, 0, 1, true, run_pause },
	{ "resume", WITH_REASON, 0, 1, true, run_resume },
	{ "pauses", 0, 0, 0, false, run_pauses },
	{ "silence", WITH_REASON | WITH_END, 1, INT_MAX, true, run_silence },
	{ "unsilence", WITH_REASON, 1, INT_MAX, true, run_unsilence },
	{ "silences", 0, 0, 0, false, run_silences },
	{ "status", WITH_STATUS, 0, 0, false, run_status },
	{ "baseline", WITH_REASON | WITH_LIST, 0, INT_MAX, true, run_baseline },
	{ "explain", 0, 1, 1, false, run_explain },
	{ "reserve", 0, 0, 0, true, run_reserve },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char command_help[] =
	"  open                        the faults that are open\n"
	"  history                     repairs and notes in order of time\n"
	"  pending                     the plans that wait for approval\n"
	"  approve PLAN...             let plans be done; give --reason; a day unless\n"
	"                              --for or --until says otherwise\n"
	"  reject PLAN...              never do plans\n"
	"  explain PLAN                why a plan was made, and what came of it\n"
	"  pause [SCOPE]               repair nothing in SCOPE; give --reason and an end\n"
	"  resume [SCOPE]              end the pauses and holds of SCOPE\n"
	"  pauses                      the pauses and holds in force\n"
	"  silence MATCH...            call nobody for known faults; give --reason\n"
	"                              and an end; prints its id\n"
	"  unsilence ID...             end silences\n"
	"  silences                    the silences that have not ended\n"
	"  status                      one line for monitoring; exit 0 OK, 1 WARNING,\n"
	"                              2 CRITICAL, 3 UNKNOWN\n"
	"  baseline PATH...            approve what files hold now, to compare with it\n"
	"                              and to restore it\n"
	"  baseline --list             the approved files\n"
	"  baseline take [AREA...]     keep what is there, to compare with it: packages,\n"
	"                              ports, mounts, sysctl; all without names\n"
	"  baseline diff [AREA...]     what differs from the baselines, files too\n"
	"  baseline accept [AREA...]   keep what is there instead; give --reason\n"
	"  reserve                     make the ledger and its reserve of disk space now\n"
	"\n"
	"PLAN is a plan's id or at least 6 characters it begins with. SCOPE is all (the\n"
	"default), rule:ID, playbook:ID or an entity such as service:web1. MATCH is an\n"
	"entity, or such as rule=ID, type=service, host=db* or labels.rack=r1.\n";

static const struct command *find_command(const struct sh_cli *cli, const char *name)
{
	const char *names[COMMANDS + 1] = { NULL };

	if (!name)
		sh_cli_usage_error(cli, "which command?");
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		names[i] = commands[i].name;
	}
	name = sh_keys_nearest(name, names);
	if (name)
		sh_cli_usage_error(cli, "unknown command '%s'; did you mean '%s'?",
				   cli->operand[0], name);
	sh_cli_usage_error(cli, "unknown command '%s'", cli->operand[0]);
}

static void check_options(const struct sh_cli *cli, const struct command *c,
			  const struct options *o)
{
	const struct {
		const char *name;
		bool given;
		unsigned with;
	} all[] = {
		{ "--since", o->since, WITH_HISTORY }, { "--target", o->target, WITH_HISTORY },
		{ "-n", o->count, WITH_HISTORY },      { "--reason", o->reason, WITH_REASON },
		{ "--until", o->until, WITH_END },     { "--for", o->lasts, WITH_END },
		{ "--max-age", o->max_age, WITH_STATUS }, { "--program", o->program, WITH_STATUS },
		{ "--list", o->list, WITH_LIST },
	};
	int n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].given && !(all[i].with & c->with))
			sh_cli_usage_error(cli, "%s does not go with '%s'", all[i].name, c->name);
	while (cli->operand[1 + n])
		n++;
	if (n < c->least)
		sh_cli_usage_error(cli, c->run == run_silence ? "%s: which faults?" : c->run == run_unsilence ?
				   "%s: which silence?" : "%s: which plan?", c->name);
	if (n > c->most)
		sh_cli_usage_error(cli, "%s: '%s' is too much", c->name,
				   cli->operand[1 + c->most]);
	if (o->reason && !*o->reason)
		sh_cli_usage_error(cli, "--reason: empty argument");
}

/* run_status opens the ledger itself: that there is none is an answer there. */
static int open_ledger(struct run *r, const struct command *c, struct sh_error *err)
{
	if (c->run == run_status || (c->run == run_baseline && is_verb(*r->operand, "diff")))
		return 0;
	if (!c->writes || r->o->list)
		return sh_ledger_open_readonly(&r->ledger, r->dir, err);
	if (sh_ledger_open(&r->ledger, r->dir, err) < 0)
		return -1;
	sh_ledger_set_wait(r->ledger, r->cli->opt.lock_wait);
	return 0;
}

static int run_command(struct run *r, const struct command *c, struct sh_error *err)
{
	SH_CLEANUP_FREE char *user = sh_control_user();
	struct sh_writer out;
	int code;

	if (open_ledger(r, c, err) < 0)
		return -1;
	sh_writer_init(&out, STDOUT_FILENO);
	sh_cli_writer(r->cli, &out);
	r->control = (struct sh_control){
		.ledger = r->ledger, .by = user, .reason = r->o->reason, .now = r->now
	};
	r->show = (struct sh_show){
		.ledger = r->ledger, .out = &out, .host = sh_cli_host(), .now = r->now
	};
	code = c->run(r, err);
	if (sh_writer_flush(&out, err) < 0)
		code = -1;
	sh_writer_release(&out);
	return code;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct sh_cli cli = {
		.name = "sh-ledger",
		.summary = "see and control what the toolkit repairs",
		.operands = "[OPTION...] COMMAND [OPERAND...]",
		.commands = command_help,
		.flags = SH_CLI_STATE | SH_CLI_RECORDS_OUT | SH_CLI_FOUND,
	};
	struct poptOption table[] = {
		{ "since", '\0', POPT_ARG_STRING, &o.since, 0,
		  "history: from this time on, or so long ago", "DURATION|TIME" },
		{ "target", '\0', POPT_ARG_STRING, &o.target, 0, "history: only of this entity",
		  "ENTITY" },
		{ "count", 'n', POPT_ARG_STRING, &o.count, 0, "history: only the last N", "N" },
		{ "reason", '\0', POPT_ARG_STRING, &o.reason, 0,
		  "why, for whoever reads the history", "TEXT" },
		{ "until", '\0', POPT_ARG_STRING, &o.until, 0, "pause, silence, approve: the end", "TIME" },
		{ "for", '\0', POPT_ARG_STRING, &o.lasts, 0, "pause, silence, approve: for so long",
		  "DURATION" },
		{ "max-age", '\0', POPT_ARG_STRING, &o.max_age, 0,
		  "status: CRITICAL when no round has finished for so long", "DURATION" },
		{ "program", '\0', POPT_ARG_STRING, &o.program, 0,
		  "status: look at the rounds of this program only", "NAME" },
		{ "list", '\0', POPT_ARG_NONE, &o.list, 0, "baseline: show the approved files",
		  NULL },
		POPT_TABLEEND
	};
	struct sh_error err = SH_ERROR_INIT;
	struct run r = { .cli = &cli, .o = &o };
	const struct command *c;
	int code;

	sh_cli_parse(&cli, argc, argv, table);
	c = find_command(&cli, cli.operand[0]);
	check_options(&cli, c, &o);
	r.operand = cli.operand + 1;
	r.now = cli.opt.now ? cli.opt.now : sh_clock_wall();
	r.dir = sh_cli_state_dir(&cli);
	code = run_command(&r, c, &err);
	sh_ledger_close(r.ledger);
	free(r.dir);
	if (code < 0)
		code = sh_cli_report(&cli, &err);
	return sh_cli_finish(&cli, code);
}
