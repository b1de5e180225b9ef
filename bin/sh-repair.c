/* SPDX-License-Identifier: MIT */
/* sh-repair - decide what to do, do it, and prove that it helped */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "record/json.h"
#include "repair/counts.h"
#include "repair/pool.h"
#include "repair/revert.h"
#include "repair/runner.h"
#include "repair/settle.h"
#include "setup.h"

struct options {
	int apply, list;
	char *mode, *undo;
};

/* What a child does: a request, or the settling of what an earlier run left open. */
struct work {
	struct sh_request request;
	char *settle; /* the target of which all is settled; NULL: a request */
};

struct barrier {
	uint64_t serial; /* jobs up to it must be finished */
	char *line;
	size_t len;
};

struct program {
	struct sh_cli *cli;
	const struct options *o;
	struct sh_repairer r;
	struct sh_pool pool;
	struct sh_stream stream;
	struct sh_writer out;
	struct barrier *barrier;
	size_t barriers, cap;
	unsigned bits;
	bool output_lost;
	bool saw_live; /* records other than plans came: a round of the loop */
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int sig)
{
	(void)sig;
	if (stop_asked++)
		_exit(SH_EXIT_SYSTEM); /* the second time: at once; repairs go on by themselves */
}

static void free_work(void *p)
{
	struct work *w = p;

	sh_request_release(&w->request);
	free(w->settle);
	free(w);
}

static const char *target_of(const struct work *w)
{
	return w->settle ? w->settle : w->request.target;
}

static void emit_to_fd(void *arg, const char *line, size_t len)
{
	/* Nobody may be listening any more; the ledger has it. */
	if (sh_write_all(*(int *)arg, line, len) < 0)
		return;
}

/* Children open the ledger for themselves: no open one may cross the fork. */
static void suspend_ledger(void *arg)
{
	struct program *p = arg;

	sh_ledger_suspend(p->r.ledger);
}

/* In a child. */
static int run_work(void *arg, void *work, int fd)
{
	struct program *p = arg;
	struct work *w = work;
	struct sh_repairer r = p->r;
	struct sh_runner x = { .r = &r, .emit = emit_to_fd, .arg = &fd, .acts = true };
	struct sh_error err = SH_ERROR_INIT;
	int rc = sh_ledger_open(&r.ledger, r.state_dir, &err);

	if (rc == 0)
		rc = w->settle ? sh_settle(&x, w->settle, &err) :
				 sh_runner_apply(&x, &w->request, &err);
	if (rc < 0) {
		x.bits |= SH_OUTCOME_ENVIRONMENT;
		sh_cli_error(p->cli, "%s: %s", target_of(w), err.text);
		sh_runner_notice(&x, "critical", w->request.fault_id, "'%s' is not repaired: %s",
				 target_of(w), err.text);
	}
	sh_ledger_close(r.ledger);
	return (int)x.bits;
}

static void on_lines(void *arg, const char *data, size_t len)
{
	struct program *p = arg;

	sh_writer_lines(&p->out, data, len);
}

static void release_barriers(struct program *p)
{
	uint64_t oldest = sh_pool_oldest(&p->pool);
	size_t n = 0;

	while (n < p->barriers && p->barrier[n].serial < oldest) {
		sh_writer_line(&p->out, p->barrier[n].line, p->barrier[n].len);
		free(p->barrier[n++].line);
	}
	if (!n)
		return;
	memmove(p->barrier, p->barrier + n, (p->barriers - n) * sizeof(*p->barrier));
	p->barriers -= n;
}

static void on_ended(void *arg, const struct sh_job *job, int bits)
{
	struct program *p = arg;

	p->bits |= bits < 0 ? SH_OUTCOME_ENVIRONMENT : (unsigned)bits;
	if (bits < 0)
		sh_cli_error(p->cli, "the repair of '%s' died; the next run settles it",
			     job->target);
}

static int submit(struct program *p, struct work *w, struct sh_error *err)
{
	return sh_pool_submit(&p->pool, target_of(w), w, err);
}

static void emit_here(void *arg, const char *line, size_t len)
{
	struct program *p = arg;

	sh_writer_lines(&p->out, line, len);
}

static int plan_only(struct program *p, struct work *w, struct sh_error *err)
{
	struct sh_runner x = { .r = &p->r, .emit = emit_here, .arg = p };
	int rc = sh_runner_plan(&x, &w->request, err);

	/* Without --apply there was nothing to fail at. */
	p->bits |= x.bits & ~(unsigned)SH_OUTCOME_FAILED;
	free_work(w);
	return rc;
}

/*
 * The ledger knows which faults are open, and since when a target is healthy. On a
 * full disk that may be lost: the repair, which may use all of the reserve, is not.
 */
static void note_fault(struct program *p, json_t *fault)
{
	struct sh_error err = SH_ERROR_INIT;
	const char *fingerprint = sh_json_str(fault, "fingerprint", NULL);
	const char *status = sh_json_str(fault, "status", "open");
	const char *target = sh_json_str(fault, "entity", NULL);
	const char *text = sh_json_str(fault, "time", "");
	bool resolved = !strcmp(status, "resolved");
	int64_t time = 0;

	if (!p->o->apply || !fingerprint || !target || !strcmp(status, "pending"))
		return;
	sh_time_parse(text, strlen(text), &time);
	if (sh_ledger_fault_put(p->r.ledger, fingerprint, resolved ? "resolved" : "open", time,
				fault, &err) < 0 ||
	    sh_counts_health(&p->r, target, fingerprint, resolved, time, &err) < 0)
		sh_cli_warn(p->cli, "fault of '%s' is not noted: %s", target, err.text);
}

static bool is_resolved(const json_t *fault)
{
	const char *status = sh_json_str(fault, "status", "open");

	return !strcmp(status, "resolved") || !strcmp(status, "pending");
}

/* 1: a request was made of it; 0: nothing to do; -1. */
static int make_request(struct program *p, const struct sh_record *r, json_t *record,
			struct sh_request *q, struct sh_error *err)
{
	switch (r->kind) {
	case SH_KIND_DIAGNOSIS:
		note_fault(p, json_object_get(record, "fault"));
		if (is_resolved(json_object_get(record, "fault")))
			return 0;
		return sh_request_from_diagnosis(q, record, err) < 0 ? -1 : 1;
	case SH_KIND_FAULT:
		note_fault(p, record);
		if (is_resolved(record))
			return 0;
		return sh_request_from_fault(q, record, err) < 0 ? -1 : 1;
	case SH_KIND_PLAN:
		/* "No playbook" is an answer, not a plan. */
		if (!strcmp(sh_json_str(record, "decision", ""), "none"))
			return 0;
		return sh_request_from_plan(q, record, err) < 0 ? -1 : 1;
	default:
		return 0;
	}
}

static int on_request(struct program *p, const struct sh_record *r, bool *eaten,
		      struct sh_error *err)
{
	struct work *w = sh_calloc(1, sizeof(*w));
	json_t *record = sh_record_json(r);
	int made = make_request(p, r, record, &w->request, err);

	json_decref(record);
	*eaten = made == 1;
	if (made != 1) {
		free(w);
		return made;
	}
	return p->o->apply ? submit(p, w, err) : plan_only(p, w, err);
}

static int keep_barrier(struct program *p, const struct sh_record *r)
{
	sh_grow(p->barrier, p->barriers, p->cap);
	p->barrier[p->barriers++] = (struct barrier){
		p->pool.serial, sh_strndup(r->line.p, r->line.len), r->line.len
	};
	return 0;
}

static int pump(struct program *p, int timeout, struct sh_error *err)
{
	int rc = p->o->apply ? sh_pool_pump(&p->pool, timeout, err) : 0;

	release_barriers(p);
	return rc;
}

static int on_record(void *arg, struct sh_stream *s, const struct sh_record *r,
		     struct sh_error *err)
{
	struct program *p = arg;
	bool wanted = r->kind == SH_KIND_DIAGNOSIS || r->kind == SH_KIND_FAULT ||
		      r->kind == SH_KIND_PLAN;
	bool eaten = r->kind == SH_KIND_EVENT || r->kind == SH_KIND_EDGE;

	(void)s;
	p->saw_live |= r->kind != SH_KIND_PLAN;
	if (r->kind == SH_KIND_BARRIER)
		return keep_barrier(p, r), pump(p, 0, err);
	if (wanted && on_request(p, r, &eaten, err) < 0)
		return -1;
	if (!eaten || p->cli->opt.pass)
		sh_writer_line(&p->out, r->line.p, r->line.len);
	if (stop_asked)
		return 1;
	return pump(p, 0, err);
}

static int on_idle(void *arg, struct sh_stream *s)
{
	struct program *p = arg;
	struct sh_error err = SH_ERROR_INIT;

	if (pump(p, 0, &err) < 0)
		sh_cli_report(p->cli, &err);
	if (stop_asked)
		s->stop = true;
	return 500;
}

static int settle_open(struct program *p, struct sh_error *err)
{
	struct sh_open_targets open;
	int rc = sh_settle_find(p->r.ledger, &open, err);

	for (size_t i = 0; rc == 0 && i < open.n; i++) {
		struct work *w = sh_calloc(1, sizeof(*w));

		w->settle = sh_strdup(open.target[i]);
		rc = submit(p, w, err);
	}
	sh_settle_release(&open);
	return rc;
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

/* Everything that was begun ends before we do. */
static void drain(struct program *p)
{
	struct sh_error err = SH_ERROR_INIT;

	if (stop_asked && sh_pool_drop_waiting(&p->pool))
		sh_cli_warn(p->cli, "stopped: what waited was left undone");
	while (!sh_pool_is_idle(&p->pool)) {
		if (pump(p, 200, &err) < 0)
			sh_cli_report(p->cli, &err);
		sh_error_clear(&err);
		flush(p);
	}
	release_barriers(p);
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
		if (p->bits & order[i].bit)
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

static int run(struct program *p)
{
	struct sh_error err = SH_ERROR_INIT;

	catch_signals();
	sh_writer_init(&p->out, STDOUT_FILENO);
	sh_stream_init(&p->stream, &p->out);
	sh_cli_stream(p->cli, &p->stream, &p->out);
	p->stream.ops.record = on_record;
	p->stream.ops.idle = on_idle;
	p->stream.ops.arg = p;
	p->pool = (struct sh_pool){ .run = run_work,
				    .free_work = free_work,
				    .before_fork = suspend_ledger,
				    .lines = on_lines,
				    .ended = on_ended,
				    .arg = p };
	if (sh_pool_init(&p->pool, &err) < 0)
		sh_cli_die(p->cli, &err);
	p->stream.wake_fd = p->pool.epoll;
	if ((p->o->apply && settle_open(p, &err) < 0) || sh_stream_run(&p->stream, &err) < 0) {
		p->output_lost = p->out.error != 0;
		sh_cli_report(p->cli, &err);
		sh_error_clear(&err);
	}
	drain(p);
	if (p->o->apply && p->saw_live &&
	    sh_ledger_round(p->r.ledger, "sh-repair", sh_clock_wall(), &err) < 0)
		sh_cli_report(p->cli, &err);
	flush(p);
	sh_pool_release(&p->pool);
	sh_writer_release(&p->out);
	free(p->barrier);
	return exit_code(p);
}

static void open_ledger(struct program *p, char **state_dir)
{
	struct sh_error err = SH_ERROR_INIT;

	if (p->o->apply || p->o->undo) {
		*state_dir = sh_cli_state_dir(p->cli);
		if (sh_ledger_open(&p->r.ledger, *state_dir, &err) < 0)
			sh_cli_die(p->cli, &err);
	} else if (p->cli->opt.state) {
		*state_dir = sh_strdup(p->cli->opt.state);
		if (sh_ledger_open_readonly(&p->r.ledger, *state_dir, &err) < 0 &&
		    err.code != SH_ERRC_UNAVAILABLE)
			sh_cli_die(p->cli, &err);
	}
	p->r.state_dir = *state_dir;
}

/* An operator takes a repair back. */
static int revert(struct program *p)
{
	struct sh_runner x = { .r = &p->r, .emit = emit_here, .arg = p, .acts = true };
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
		{ "undo", '\0', POPT_ARG_STRING, &o.undo, 0,
		  "take back a finished repair, as far as its actions can", "PLAN_ID" },
		POPT_TABLEEND
	};
	struct program p = { .cli = &cli, .o = &o };
	struct sh_setup setup = { 0 };
	struct sh_playbooks playbooks;
	struct sh_actions actions;
	char *state_dir = NULL, *bindir = sh_repair_bindir();
	int code = SH_EXIT_OK;
	size_t errors;

	sh_cli_parse(&cli, argc, argv, table);
	p.r.mode = mode_option(&cli, o.mode);
	errors = sh_setup_load(&setup, &cli);
	sh_actions_init(&actions);
	errors += sh_playbooks_load(&playbooks, &setup.config, &actions, sh_setup_report, &cli);
	p.r.config = &setup.config;
	p.r.site = &setup.site;
	p.r.playbooks = &playbooks;
	p.r.actions = &actions;
	p.r.host = sh_cli_host();
	p.r.bindir = bindir;
	p.r.config_paths = (const char *const *)cli.opt.config;
	p.r.no_stock = cli.opt.no_stock;
	p.r.now = cli.opt.now;
	if (o.list) {
		list_playbooks(&playbooks);
	} else if (cli.opt.check) {
		code = errors ? SH_EXIT_USAGE : SH_EXIT_OK;
	} else {
		open_ledger(&p, &state_dir);
		code = o.undo ? revert(&p) : run(&p);
		sh_ledger_close(p.r.ledger);
	}
	sh_playbooks_release(&playbooks);
	sh_actions_release(&actions);
	sh_setup_release(&setup);
	free(state_dir);
	free(bindir);
	return sh_cli_finish(&cli, code);
}
