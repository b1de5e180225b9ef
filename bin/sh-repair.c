/* SPDX-License-Identifier: MIT */
/* sh-repair - decide what to do, do it, and prove that it helped */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "repair/desk.h"
#include "repair/revert.h"
#include "repair/runner.h"
#include "repair_compare.h"
#include "repair_counters.h"
#include "repair_side.h"

struct options {
	int apply, list, explain, rehearse;
	char *mode, *undo, *compare;
};

struct program {
	struct sh_cli *cli;
	const struct options *o;
	struct sh_side side;
	struct sh_repair_compare compare; /* with --compare only */
	struct sh_desk desk;
	struct sh_writer out;
	bool output_lost;
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int sig)
{
	(void)sig;
	if (++stop_asked > 2)
		_exit(SH_EXIT_SYSTEM); /* the third time: at once; repairs go on by themselves */
}

static void write_lines(void *arg, const char *data, size_t len)
{
	struct program *p = arg;

	if (p->o->compare)
		sh_repair_compare_here(&p->compare, data, len);
	else
		sh_writer_lines(&p->out, data, len);
}

static void say(void *arg, const char *text)
{
	struct program *p = arg;

	sh_cli_error(p->cli, "%s", text);
}

static int on_record(void *arg, struct sh_stream *s, const struct sh_record *r,
		     struct sh_error *err)
{
	struct program *p = arg;

	(void)s;
	if (sh_desk_record(&p->desk, r, err) < 0 ||
	    (p->o->compare && sh_repair_compare_record(&p->compare, r, &p->out, err) < 0))
		return -1;
	return stop_asked ? 1 : 0;
}

static int on_idle(void *arg, struct sh_stream *s)
{
	struct program *p = arg;
	struct sh_error err = SH_ERROR_INIT;

	if (sh_desk_pump(&p->desk, 0, &err) < 0)
		sh_cli_report(p->cli, &err);
	if (stop_asked)
		s->stop = true;
	return 500;
}

/* That nobody gets the output is said once. */
static void flush(struct program *p)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_writer_flush(&p->out, &err) == 0 || p->output_lost)
		return;
	p->output_lost = true;
	sh_cli_report(p->cli, &err);
}

/* Once: nothing more is begun of what waits. Twice: what is under way ends, and is undone. */
static void heed_signals(struct program *p)
{
	if (stop_asked && sh_desk_drop_waiting(&p->desk))
		sh_cli_warn(p->cli, "stopped: what waited was left undone");
	if (stop_asked > 1)
		sh_desk_halt(&p->desk);
}

/* Everything that was begun ends before we do. */
static void drain(struct program *p)
{
	struct sh_error err = SH_ERROR_INIT;

	heed_signals(p);
	while (!sh_desk_is_idle(&p->desk)) {
		if (sh_desk_pump(&p->desk, 200, &err) < 0)
			sh_cli_report(p->cli, &err);
		sh_error_clear(&err);
		heed_signals(p);
		flush(p);
	}
	if (sh_desk_pump(&p->desk, 0, &err) < 0)
		sh_cli_report(p->cli, &err);
}

static int exit_code(const struct program *p)
{
	static const struct {
		unsigned bit;
		int code;
	} order[] = { { SH_OUTCOME_ENVIRONMENT, SH_EXIT_SYSTEM },
		      { SH_OUTCOME_FAILED, SH_EXIT_FAILED },
		      { SH_OUTCOME_ROLLED_BACK, SH_EXIT_ROLLED_BACK },
		      { SH_OUTCOME_UNVERIFIED, SH_EXIT_UNVERIFIED },
		      { SH_OUTCOME_WAITING, SH_EXIT_WAITING },
		      { SH_OUTCOME_REFUSED, SH_EXIT_REFUSED } };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (p->desk.bits & order[i].bit)
			return order[i].code;
	return SH_EXIT_OK;
}

static void catch_signals(void)
{
	const struct sigaction ask = { .sa_handler = on_signal };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &ask, NULL);
	sigaction(SIGTERM, &ask, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
}

static void read_records(struct program *p)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_stream s;

	sh_stream_init(&s, &p->out);
	sh_cli_stream(p->cli, &s, &p->out);
	s.ops.record = on_record;
	s.ops.idle = on_idle;
	s.ops.arg = p;
	s.wake_fd = sh_desk_wake_fd(&p->desk);
	if (sh_stream_run(&s, &err) < 0) {
		p->output_lost = p->out.error != 0;
		sh_cli_report(p->cli, &err);
	}
}

static int run(struct program *p)
{
	struct sh_error err = SH_ERROR_INIT;

	catch_signals();
	sh_writer_init(&p->out, STDOUT_FILENO);
	p->desk = (struct sh_desk){ .r = &p->side.r,
				    .applies = p->o->apply,
				    .rehearses = p->o->rehearse || p->o->compare,
				    .passes = p->cli->opt.pass,
				    .write = write_lines,
				    .say = say,
				    .arg = p };
	if (sh_desk_open(&p->desk, &err) < 0)
		sh_cli_report(p->cli, &err);
	else
		read_records(p);
	drain(p);
	if (p->o->apply && p->desk.saw_live &&
	    sh_ledger_round(p->side.r.ledger, "sh-repair", sh_clock_wall(), &err) < 0)
		sh_cli_report(p->cli, &err);
	if (p->o->compare)
		sh_repair_compare_end(&p->compare, &p->out, p->side.r.now);
	flush(p);
	sh_desk_close(&p->desk);
	sh_writer_release(&p->out);
	return exit_code(p);
}

static void open_ledger(struct program *p, char **state_dir)
{
	struct sh_error err = SH_ERROR_INIT;

	if (p->o->rehearse || p->o->compare) {
		*state_dir = sh_strdup_or_null(p->cli->opt.state);
		if (sh_ledger_open_copy(&p->side.r.ledger, *state_dir, &err) < 0)
			sh_cli_die(p->cli, &err);
	} else if (p->o->explain) {
		*state_dir = sh_cli_state_dir(p->cli);
		if (sh_ledger_open_readonly(&p->side.r.ledger, *state_dir, &err) < 0)
			sh_cli_die(p->cli, &err);
	} else if (p->o->apply || p->o->undo) {
		*state_dir = sh_cli_state_dir(p->cli);
		if (sh_ledger_open(&p->side.r.ledger, *state_dir, &err) < 0)
			sh_cli_die(p->cli, &err);
	} else if (p->cli->opt.state) {
		*state_dir = sh_strdup(p->cli->opt.state);
		if (sh_ledger_open_readonly(&p->side.r.ledger, *state_dir, &err) < 0 &&
		    err.code != SH_ERRC_UNAVAILABLE)
			sh_cli_die(p->cli, &err);
	}
	p->side.r.state_dir = *state_dir;
}

/* An operator takes a repair back. */
static int revert(struct program *p)
{
	struct sh_runner x = { .r = &p->side.r, .emit = write_lines, .arg = p, .acts = true };
	struct sh_error err = SH_ERROR_INIT;
	int code = SH_EXIT_OK;

	sh_writer_init(&p->out, STDOUT_FILENO);
	sh_cli_writer(p->cli, &p->out);
	if (sh_revert(&x, p->o->undo, &err) < 0)
		code = sh_cli_report(p->cli, &err);
	if (sh_writer_flush(&p->out, &err) < 0)
		code = sh_cli_report(p->cli, &err);
	sh_writer_release(&p->out);
	return code;
}

/* What the guards have counted for each target, or without one what they count. */
static int explain(struct program *p)
{
	struct sh_error err = SH_ERROR_INIT;
	int code = SH_EXIT_OK;

	sh_writer_init(&p->out, STDOUT_FILENO);
	sh_cli_writer(p->cli, &p->out);
	if (!p->cli->operand[0])
		sh_counters_list(&p->out, &p->side.r);
	for (size_t i = 0; code == SH_EXIT_OK && p->cli->operand[i]; i++)
		if (sh_counters_explain(&p->out, &p->side.r, p->cli->operand[i], &err) < 0)
			code = sh_cli_report(p->cli, &err);
	if (sh_writer_flush(&p->out, &err) < 0)
		code = sh_cli_report(p->cli, &err);
	sh_writer_release(&p->out);
	return code;
}

static enum sh_mode mode_option(const struct sh_cli *cli, const char *word)
{
	for (int i = 0; word && sh_mode_words[i]; i++)
		if (!strcmp(sh_mode_words[i], word))
			return (enum sh_mode)i;
	if (word)
		sh_cli_usage_error(cli, "--mode: '%s' is none of observe, ask, act", word);
	return SH_MODE_ACT;
}

static void list_playbooks(const struct sh_playbooks *b)
{
	for (size_t i = 0; i < b->n; i++)
		printf("%-24s %-7s %s\n", b->playbook[i].id,
		       sh_risk_words[b->playbook[i].risk],
		       b->playbook[i].title ? b->playbook[i].title : "");
}

static size_t load(struct program *p, const char *bindir)
{
	const struct options *o = p->o;
	size_t errors;

	if ((o->rehearse || o->compare) && (o->apply || o->undo || o->explain))
		sh_cli_usage_error(p->cli, "--rehearse and --compare do nothing: without --apply, --undo and --explain");
	errors = sh_side_load(&p->side, p->cli, (const char *const *)p->cli->opt.config);
	p->side.r.mode = mode_option(p->cli, o->mode);
	p->side.r.bindir = bindir;
	if (o->rehearse || o->compare)
		p->side.r.now = 0;
	return errors;
}

static int run_as_asked(struct program *p, const char *state_dir)
{
	const char *const there[] = { p->o->compare, NULL };
	int code;

	if (!p->o->compare)
		return run(p);
	sh_repair_compare_open(&p->compare, p->cli, there, state_dir);
	p->compare.there.r.mode = p->side.r.mode;
	p->compare.there.r.bindir = p->side.r.bindir;
	p->compare.there.r.now = 0;
	code = run(p);
	sh_repair_compare_close(&p->compare);
	return code;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct sh_cli cli = {
		.name = "sh-repair",
		.summary = "decide what to do, do it, and prove that it helped",
		.operands = "[OPTION...] [FILE...]",
		.flags = SH_CLI_CONFIG | SH_CLI_STATE | SH_CLI_RECORDS_IN | SH_CLI_RECORDS_OUT,
	};
	struct poptOption table[] = {
		{ "apply", '\0', POPT_ARG_NONE, &o.apply, 0,
		  "carry plans out; without it they are only shown", NULL },
		{ "mode", '\0', POPT_ARG_STRING, &o.mode, 0,
		  "the most that is allowed: observe, ask or act", "MODE" },
		{ "list", '\0', POPT_ARG_NONE, &o.list, 0, "list the playbooks and stop", NULL },
		{ "explain", '\0', POPT_ARG_NONE, &o.explain, 0,
		  "show what is counted for the entities named, and what that means", NULL },
		{ "rehearse", '\0', POPT_ARG_NONE, &o.rehearse, 0,
		  "decide as --apply would have at the times of the records, and do nothing", NULL },
		{ "compare", '\0', POPT_ARG_STRING, &o.compare, 0,
		  "rehearse with another configuration too, and write what differs", "PATH" },
		{ "undo", '\0', POPT_ARG_STRING, &o.undo, 0,
		  "take back a finished repair, as far as its actions can", "PLAN_ID" },
		POPT_TABLEEND
	};
	struct program p = { .cli = &cli, .o = &o };
	char *state_dir = NULL, *bindir = sh_repair_bindir();
	int code = SH_EXIT_OK;
	size_t errors;

	sh_cli_parse(&cli, argc, argv, table);
	errors = load(&p, bindir);
	if (o.list) {
		list_playbooks(&p.side.playbooks);
	} else if (cli.opt.check) {
		errors += sh_playbooks_check(&p.side.playbooks, sh_setup_report, &cli);
		code = errors ? SH_EXIT_USAGE : SH_EXIT_OK;
	} else {
		if (!o.explain || cli.operand[0])
			open_ledger(&p, &state_dir);
		code = o.explain ? explain(&p) : o.undo ? revert(&p) : run_as_asked(&p, state_dir);
	}
	sh_side_release(&p.side);
	free(state_dir);
	free(bindir);
	return sh_cli_finish(&cli, code);
}
