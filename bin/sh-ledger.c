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
#include "config/keys.h"
#include "ledger/explain.h"
#include "ledger/learned.h"
#include "ledger/status.h"
#include "ledger_run.h"
#include "state/round.h"

#define APPROVAL_LASTS SH_DAY

/* Which options go with a command. */
enum {
	WITH_HISTORY = 1 << 0, /* --since --target -n */
	WITH_REASON = 1 << 1,
	WITH_END = 1 << 2,     /* --until --for */
	WITH_STATUS = 1 << 3,  /* --max-age --program */
	WITH_LIST = 1 << 4,
	WITH_STRETCH = 1 << 5, /* --since --until */
	WITH_HEAD = 1 << 6,
	WITH_BACKLOG = 1 << 7,
	WITH_TO = 1 << 8,
	WITH_SINCE = 1 << 9,
};

struct command {
	const char *name;
	unsigned with;
	int least, most; /* operands */
	bool writes;
	int (*run)(struct sh_run *r, struct sh_error *err); /* the exit code, or -1 */
};

static int run_open(struct sh_run *r, struct sh_error *err)
{
	return sh_found(r, sh_show_open(&r->show, err));
}

static int run_pending(struct sh_run *r, struct sh_error *err)
{
	return sh_found(r, sh_show_pending(&r->show, err));
}

static int run_learned(struct sh_run *r, struct sh_error *err)
{
	return sh_found(r, sh_learned_show(&r->show, err));
}

static int run_pauses(struct sh_run *r, struct sh_error *err)
{
	return sh_found(r, sh_show_pauses(&r->show, err));
}

static int run_history(struct sh_run *r, struct sh_error *err)
{
	int64_t since = sh_run_since(r, r->o->since), limit = 0;
	SH_CLEANUP_FREE char *target = NULL;

	if (r->o->count)
		limit = sh_cli_integer(r->cli, "-n", r->o->count, 1, INT64_MAX);
	if (r->o->target) {
		target = sh_control_scope(r->o->target, sh_cli_host(), err);
		if (!target)
			return -1;
	}
	return sh_found(r, sh_show_history(&r->show, since, target, limit, err));
}

/* The end that --until or --for gives; 0 none was given. */
static int64_t parse_end(const struct sh_run *r)
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
static int answer(struct sh_run *r, const char *word, int64_t until, struct sh_error *err)
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

static int run_approve(struct sh_run *r, struct sh_error *err)
{
	int64_t until = parse_end(r);

	if (!r->o->reason)
		sh_cli_usage_error(r->cli, "approve: --reason is required");
	return answer(r, "approved", until ? until : r->now + APPROVAL_LASTS, err);
}

static int run_reject(struct sh_run *r, struct sh_error *err)
{
	return answer(r, "rejected", 0, err);
}

/* The end of what a person decides for a time, with a reason. WHAT: "a pause". */
static int64_t timed(const struct sh_run *r, const char *what)
{
	const char *name = strchr(what, ' ') + 1;
	int64_t until = parse_end(r);

	if (!until)
		sh_cli_usage_error(r->cli, "%s: --for or --until is required: %s that nobody ends is forgotten",
				   name, what);
	if (!r->o->reason)
		sh_cli_usage_error(r->cli, "%s: --reason is required", name);
	return until;
}

static int run_pause(struct sh_run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = sh_control_scope(*r->operand ? *r->operand : "all",
						       sh_cli_host(), err);
	int64_t until = timed(r, "a pause");

	if (!scope)
		return -1;
	return sh_control_pause(&r->control, scope, until, err);
}

static int run_silence(struct sh_run *r, struct sh_error *err)
{
	int64_t until = timed(r, "a silence"), row;

	if (sh_control_silence(&r->control, r->operand, until, &row, err) < 0)
		return -1;
	printf("s-%" PRId64 "\n", row);
	return SH_EXIT_OK;
}

static int run_unsilence(struct sh_run *r, struct sh_error *err)
{
	for (const char **p = r->operand; *p; p++)
		if (sh_control_unsilence(&r->control, *p, err) < 0)
			return -1;
	return SH_EXIT_OK;
}

static char *override_scope(struct sh_run *r, struct sh_error *err)
{
	return sh_control_scope(r->operand[1] ? r->operand[1] : "all", sh_cli_host(), err);
}

static int run_override(struct sh_run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = override_scope(r, err);
	int64_t until = timed(r, "an override");

	if (!scope)
		return -1;
	return sh_control_override(&r->control, *r->operand, scope, until, err);
}

static int run_hold_again(struct sh_run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = override_scope(r, err);

	return scope ? sh_control_override_end(&r->control, *r->operand, scope, err) : -1;
}

static int run_silences(struct sh_run *r, struct sh_error *err)
{
	return sh_found(r, sh_show_silences(&r->show, err));
}

static int run_resume(struct sh_run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = sh_control_scope(*r->operand ? *r->operand : "all",
						       sh_cli_host(), err);

	return scope ? sh_control_resume(&r->control, scope, err) : -1;
}

static int run_reset(struct sh_run *r, struct sh_error *err)
{
	static const char *const words[] = { "skip", "newest", "all" };
	const char *scope = *r->operand ? *r->operand : "all";
	bool known = !strcmp(scope, "inventory");

	for (size_t i = 0; r->o->backlog && i < sizeof(words) / sizeof(words[0]); i++)
		known |= !strcmp(r->o->backlog, words[i]);
	if (!known)
		sh_cli_usage_error(r->cli, "reset: what becomes of the faults that waited? --backlog is skip, "
					   "newest (of each target) or all");
	if (!r->o->reason)
		sh_cli_usage_error(r->cli, "reset: --reason is required");
	if (!strcmp(scope, "inventory"))
		return sh_control_reset_inventory(&r->control, err);
	return sh_control_reset(&r->control, scope, r->o->backlog, err);
}

static int run_explain(struct sh_run *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *id = sh_control_plan(r->ledger, *r->operand, err);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (!id || sh_explain_plan(r->ledger, id, &text, err) < 0)
		return -1;
	fputs(sh_buf_str(&text), stdout);
	return SH_EXIT_OK;
}

static int run_reserve(struct sh_run *r, struct sh_error *err)
{
	return sh_ledger_remake_reserve(r->ledger, err) < 0 ? -1 : SH_EXIT_OK;
}

/* Whoever watches wants an answer in its own terms, whatever is wrong here. */
static int run_status(struct sh_run *r, struct sh_error *err)
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
	{ "reset", WITH_REASON | WITH_BACKLOG, 0, 1, true, run_reset },
	{ "override", WITH_REASON | WITH_END, 1, 2, true, run_override },
	{ "unoverride", WITH_REASON, 1, 2, true, run_hold_again },
	{ "pauses", 0, 0, 0, false, run_pauses },
	{ "silence", WITH_REASON | WITH_END, 1, INT_MAX, true, run_silence },
	{ "unsilence", WITH_REASON, 1, INT_MAX, true, run_unsilence },
	{ "silences", 0, 0, 0, false, run_silences },
	{ "status", WITH_STATUS, 0, 0, false, run_status },
	{ "baseline", WITH_REASON | WITH_LIST, 0, INT_MAX, true, sh_run_baseline },
	{ "explain", 0, 1, 1, false, run_explain },
	{ "reserve", 0, 0, 0, true, run_reserve },
	{ "learned", 0, 0, 0, false, run_learned },
	{ "promote", WITH_REASON | WITH_TO, 1, INT_MAX, true, sh_run_promote },
	{ "modes", 0, 0, 0, false, sh_run_modes },
	{ "report", WITH_SINCE, 0, 0, false, sh_run_report },
	{ "verify", WITH_HEAD, 0, 1, false, sh_run_verify },
	{ "export", WITH_STRETCH, 0, 0, false, sh_run_export },
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
	"  reset [SCOPE]               let go of the storm brake of all or rule:ID; give\n"
	"                              --reason and --backlog\n"
	"  reset inventory             fewer targets than before are right\n"
	"  override GUARD [SCOPE]      let a guard not hold; give --reason and an end\n"
	"  unoverride GUARD [SCOPE]    let it hold again\n"
	"  pauses                      the pauses, holds, brakes and overrides in force\n"
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
	"  promote SCOPE...            let rule:ID or playbook:ID do more or less; give\n"
	"                              --to and --reason\n"
	"  modes                       what promote said\n"
	"  report                      what would have been done, and what happened\n"
	"                              without it\n"
	"  learned                     what became of repairs, by cause and playbook\n"
	"  verify [FILE]               is the history whole, here or in an export;\n"
	"                              exit 1 when it was tampered with\n"
	"  export                      every entry of the history, with its digest\n"
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
			  const struct sh_ledger_options *o)
{
	const struct {
		const char *name;
		bool given;
		unsigned with;
	} all[] = {
		{ "--since", o->since, WITH_HISTORY | WITH_STRETCH | WITH_SINCE }, { "--target", o->target, WITH_HISTORY },
		{ "-n", o->count, WITH_HISTORY },      { "--reason", o->reason, WITH_REASON },
		{ "--until", o->until, WITH_END | WITH_STRETCH },     { "--for", o->lasts, WITH_END },
		{ "--max-age", o->max_age, WITH_STATUS }, { "--program", o->program, WITH_STATUS },
		{ "--list", o->list, WITH_LIST },        { "--head", o->head, WITH_HEAD },
		{ "--backlog", o->backlog, WITH_BACKLOG }, { "--to", o->to, WITH_TO },
	};
	int n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].given && !(all[i].with & c->with))
			sh_cli_usage_error(cli, "%s does not go with '%s'", all[i].name, c->name);
	while (cli->operand[1 + n])
		n++;
	if (n < c->least)
		sh_cli_usage_error(cli, c->run == run_silence ? "%s: which faults?" : c->run == run_unsilence ?
				   "%s: which silence?" : c->run == run_override || c->run == run_hold_again ?
				   "%s: which guard?" : c->run == sh_run_promote ?
				   "%s: which rule or playbook?" : "%s: which plan?", c->name);
	if (n > c->most)
		sh_cli_usage_error(cli, "%s: '%s' is too much", c->name,
				   cli->operand[1 + c->most]);
	if (o->reason && !*o->reason)
		sh_cli_usage_error(cli, "--reason: empty argument");
}

/* run_status opens the ledger itself: that there is none is an answer there. Some need none. */
static int open_ledger(struct sh_run *r, const struct command *c, struct sh_error *err)
{
	if (c->run == run_status || (c->run == sh_run_baseline && *r->operand && !strcmp(*r->operand, "diff")) ||
	    (c->run == sh_run_verify && *r->operand))
		return 0;
	if (!c->writes || r->o->list)
		return sh_ledger_open_readonly(&r->ledger, r->dir, err);
	if (sh_ledger_open(&r->ledger, r->dir, err) < 0)
		return -1;
	sh_ledger_set_wait(r->ledger, r->cli->opt.lock_wait);
	return 0;
}

static int run_command(struct sh_run *r, const struct command *c, struct sh_error *err)
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
	struct sh_ledger_options o = { 0 };
	struct sh_cli cli = {
		.name = "sh-ledger",
		.summary = "see and control what the toolkit repairs",
		.operands = "[OPTION...] COMMAND [OPERAND...]",
		.commands = command_help,
		.flags = SH_CLI_STATE | SH_CLI_RECORDS_OUT | SH_CLI_FOUND,
	};
	struct poptOption table[] = {
		{ "since", '\0', POPT_ARG_STRING, &o.since, 0,
		  "history, export, report: from this time on, or so long ago", "DURATION|TIME" },
		{ "target", '\0', POPT_ARG_STRING, &o.target, 0, "history: only of this entity",
		  "ENTITY" },
		{ "count", 'n', POPT_ARG_STRING, &o.count, 0, "history: only the last N", "N" },
		{ "reason", '\0', POPT_ARG_STRING, &o.reason, 0,
		  "why, for whoever reads the history", "TEXT" },
		{ "until", '\0', POPT_ARG_STRING, &o.until, 0, "pause, silence, approve, export: the end",
		  "TIME" },
		{ "for", '\0', POPT_ARG_STRING, &o.lasts, 0, "pause, silence, approve: for so long",
		  "DURATION" },
		{ "max-age", '\0', POPT_ARG_STRING, &o.max_age, 0,
		  "status: CRITICAL when no round has finished for so long", "DURATION" },
		{ "program", '\0', POPT_ARG_STRING, &o.program, 0,
		  "status: look at the rounds of this program only", "NAME" },
		{ "backlog", '\0', POPT_ARG_STRING, &o.backlog, 0,
		  "reset: what becomes of the faults that waited: skip, newest or all", "WHAT" },
		{ "to", '\0', POPT_ARG_STRING, &o.to, 0,
		  "promote: observe, ask, act, or configured", "MODE" },
		{ "list", '\0', POPT_ARG_NONE, &o.list, 0, "baseline: show the approved files",
		  NULL },
		{ "head", '\0', POPT_ARG_STRING, &o.head, 0,
		  "verify: this entry, of an earlier verify, must still be there", "SEQ:DIGEST" },
		POPT_TABLEEND
	};
	struct sh_error err = SH_ERROR_INIT;
	struct sh_run r = { .cli = &cli, .o = &o };
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
