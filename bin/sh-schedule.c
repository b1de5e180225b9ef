/* SPDX-License-Identifier: MIT */
/* sh-schedule - run preventive maintenance when it is due, through sh-repair */
#include "config.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "config/config.h"
#include "config/silence.h"
#include "config/site.h"
#include "schedule/scheduler.h"
#include "schedule/task.h"
#include "schedule_convert.h"
#include "schedule_explain.h"

struct options {
	int once, list, seconds;
	char *now, *as, *timezone, *dst, *count, *jobs;
};

#define DEFAULT_JOBS 4
#define MAX_JOBS     100

enum verb { VERB_WATCH, VERB_ONCE, VERB_LIST, VERB_NEXT, VERB_RUN, VERB_EXPLAIN, VERB_IMPORT, VERB_EXPORT };

struct loaded {
	struct sh_config config;
	struct sh_site site;
	struct sh_schedule schedule;
	struct sh_silences silences;
};

static void report_further(void *arg, const struct sh_error *e)
{
	struct sh_error copy = *e;

	sh_cli_report(arg, &copy);
}

/* Every error is told: each stage reports its further ones itself, and here its first. */
static int load(struct sh_cli *cli, struct loaded *l)
{
	const struct sh_config_options opt = {
		.paths = (const char *const *)cli->opt.config,
		.no_stock = cli->opt.no_stock,
	};
	struct sh_error err = SH_ERROR_INIT;
	int bad = 0;

	if (sh_config_load(&l->config, &opt, report_further, cli, &err) < 0)
		bad = sh_cli_report(cli, &err);
	if (sh_site_load_all(&l->site, &l->config, report_further, cli, &err) < 0)
		bad = sh_cli_report(cli, &err);
	if (sh_schedule_load(&l->schedule, &l->config, report_further, cli, &err) < 0)
		bad = sh_cli_report(cli, &err);
	if (sh_silences_load(&l->silences, &l->config, report_further, cli))
		bad = SH_EXIT_USAGE;
	return bad;
}

static void release(struct loaded *l)
{
	sh_silences_release(&l->silences);
	sh_schedule_release(&l->schedule);
	sh_site_release(&l->site);
	sh_config_release(&l->config);
}

static enum verb read_verb(struct sh_cli *cli, const struct options *o)
{
	const char *word = cli->operand[0];

	if (word && strcmp(word, "-") == 0 && !cli->operand[1] && !o->list)
		word = NULL; /* records are read beside */
	if (o->once && (o->list || word))
		sh_cli_usage_error(cli, "--once stands alone, or with '-'");
	if (word && !cli->operand[1] && (strcmp(word, "status") == 0 || strcmp(word, "check") == 0))
		return VERB_LIST;
	if (!word)
		return o->once ? VERB_ONCE : o->list ? VERB_LIST : VERB_WATCH;
	if (!o->list && strcmp(word, "next") == 0 && !cli->operand[1])
		return VERB_NEXT;
	if (!o->list && strcmp(word, "run") == 0 && cli->operand[1] && !cli->operand[2])
		return VERB_RUN;
	if (!o->list && strcmp(word, "import") == 0 && cli->operand[1] && cli->operand[2])
		return VERB_IMPORT;
	if (!o->list && strcmp(word, "export") == 0 && cli->operand[1] && !cli->operand[2])
		return VERB_EXPORT;
	if (!o->list && strcmp(word, "explain") == 0 && cli->operand[1] && !cli->operand[2])
		return VERB_EXPLAIN;
	sh_cli_usage_error(cli, "wanted nothing, 'next', 'run TASK' or 'explain EXPRESSION' instead of '%s'", word);
}

static void say(void *arg, const char *task, const char *text)
{
	const struct sh_cli *cli = arg;

	while (*text) {
		int len = (int)strcspn(text, "\n");

		sh_cli_verbose(cli, "%s: %.*s", task, len, text);
		text += len + (text[len] == '\n');
	}
}

/* Between the records of a stream. */
struct between {
	struct sh_scheduler *s;
	struct sh_error *err;
	bool failed;
	bool once; /* nothing is begun before the end of the input */
};

/* Every record goes on: whoever comes next has the same to decide by. */
static int take_record(void *arg, struct sh_stream *stream, const struct sh_record *r, struct sh_error *err)
{
	struct between *b = arg;

	sh_writer_line(stream->out, r->line.p, r->line.len);
	return sh_scheduler_record(b->s, r, err);
}

static int turn_between(void *arg, struct sh_stream *stream)
{
	struct between *b = arg;

	if (!b->once && sh_scheduler_turn(b->s, b->err) < 0)
		b->failed = true;
	stream->stop = b->failed || b->s->stopping;
	return -1;
}

/* Until the input ends; then what is asked for is run, and awaited. */
static int read_records(struct sh_cli *cli, struct sh_scheduler *s, bool once, struct sh_error *err)
{
	struct between b = { s, err, false, once };
	struct sh_stream stream;

	sh_stream_init(&stream, s->out);
	sh_cli_stream(cli, &stream, s->out);
	stream.wake_fd = once ? -1 : s->alarm.epoll;
	stream.ops.record = take_record;
	stream.ops.idle = turn_between;
	stream.ops.arg = &b;
	if (!once)
		sh_scheduler_ready(s);
	if (sh_stream_run(&stream, err) < 0 || b.failed)
		return -1;
	return sh_scheduler_once(s, err);
}

/* A task that runs is awaited before a signal is heeded: sh-repair finishes or undoes its step. */
static int act(struct sh_cli *cli, struct sh_scheduler *s, enum verb verb, const struct sh_scheduled *task,
	       struct sh_error *err)
{
	int rc = sh_scheduler_open(s, err);

	if (rc == 0 && sh_scheduler_begin(s, err) == 0) {
		if (verb == VERB_RUN)
			rc = sh_scheduler_run(s, task, err);
		else if (cli->operand[0])
			rc = read_records(cli, s, verb == VERB_ONCE, err);
		else
			rc = verb == VERB_ONCE ? sh_scheduler_once(s, err) : sh_scheduler_watch(s, err);
		sh_alarm_release(&s->alarm);
	} else {
		rc = -1;
	}
	sh_scheduler_close(s);
	return rc;
}

static int look(struct sh_scheduler *s, size_t max, struct sh_error *err)
{
	struct sh_error problem = SH_ERROR_INIT;
	int rc;

	if (sh_state_open_readonly(&s->state, s->place.state_dir, "schedule", &problem) < 0 &&
	    problem.code != SH_ERRC_UNAVAILABLE) {
		*err = problem;
		return -1;
	}
	rc = sh_scheduler_open(s, err);
	if (rc == 0)
		rc = sh_scheduler_list(s, max, err);
	sh_scheduler_close(s);
	sh_state_close(s->state);
	return rc;
}

static int work(struct sh_cli *cli, const struct options *o, enum verb verb, struct sh_scheduler *s,
		struct sh_error *err)
{
	const struct sh_scheduled *task = NULL;
	int rc;

	if (verb == VERB_NEXT)
		return look(s, o->count ? (size_t)sh_cli_integer(cli, "count", o->count, 1, INT32_MAX) : 1, err);
	if (verb == VERB_LIST)
		return look(s, SIZE_MAX, err);
	if (verb == VERB_RUN && !(task = sh_schedule_find(s->schedule, cli->operand[1])))
		sh_cli_usage_error(cli, "there is no task '%s'; --list shows them", cli->operand[1]);
	if (sh_state_open(&s->state, s->place.state_dir, "schedule", cli->opt.lock_wait, err) < 0)
		return -1;
	rc = act(cli, s, verb, task, err);
	sh_state_close(s->state);
	return rc;
}

/* --now, else SH_NOW: only where nothing is waited for. */
static int64_t virtual_now(struct sh_cli *cli, const struct options *o, enum verb verb)
{
	int64_t now = cli->opt.now;

	if (o->now && sh_time_parse(o->now, strlen(o->now), &now) < 0)
		sh_cli_usage_error(cli, "--now: '%s' is not an RFC 3339 time", o->now);
	if (o->now && verb == VERB_WATCH)
		sh_cli_usage_error(cli, "--now is for --once, --list, 'next' and 'run'");
	return verb == VERB_WATCH ? 0 : now;
}

static int run(struct sh_cli *cli, const struct options *o, const struct loaded *l)
{
	SH_CLEANUP_FREE char *state_dir = sh_cli_state_dir(cli);
	enum verb verb = read_verb(cli, o);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_writer out;
	struct sh_scheduler s = {
		.schedule = &l->schedule,
		.site = &l->site,
		.silences = &l->silences,
		.place = { sh_cli_host(), state_dir, (const char *const *)cli->opt.config,
			   cli->opt.no_stock },
		.out = &out,
		.now = virtual_now(cli, o, verb),
		.places = o->jobs ? (unsigned)sh_cli_integer(cli, "jobs", o->jobs, 1, MAX_JOBS) : DEFAULT_JOBS,
		.say = say,
		.arg = cli,
	};
	int rc;

	sh_writer_init(&out, STDOUT_FILENO);
	sh_cli_writer(cli, &out);
	rc = work(cli, o, verb, &s, &err);
	sh_writer_release(&out);
	if (rc < 0)
		return sh_cli_report(cli, &err);
	if (s.failed && cli->opt.exit_status)
		return SH_EXIT_FOUND;
	return s.failed && verb == VERB_RUN ? SH_EXIT_FAILED : 0;
}

static int explain(struct sh_cli *cli, const struct options *o)
{
	const int64_t now = virtual_now(cli, o, VERB_EXPLAIN);
	const struct explain_options e = {
		.as = o->as, .timezone = o->timezone, .dst = o->dst, .count = o->count,
		.seconds = o->seconds, .now = now || o->now ? now : sh_clock_wall(),
	};

	return schedule_explain(cli, &e, cli->operand[1]);
}

static const char command_help[] =
	"  next                        which task runs next, and what it waits for\n"
	"  status                      all tasks, and how each ran last\n"
	"  check                       validate the configuration\n"
	"  run TASK                    run one now, due or not\n"
	"  explain EXPRESSION          what a time expression means, and when it is due\n"
	"  import crontab|cron.d|timer FILE...\n"
	"                              write the tasks that those would be\n"
	"  export crontab|timer        write what would run the tasks\n";

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct sh_cli cli = {
		.name = "sh-schedule",
		.summary = "run preventive maintenance when it is due",
		.operands = "[OPTION...] [- | COMMAND]",
		.commands = command_help,
		.flags = SH_CLI_CONFIG | SH_CLI_STATE | SH_CLI_RECORDS_OUT | SH_CLI_FOUND,
	};
	struct poptOption table[] = {
		{ "once", '\0', POPT_ARG_NONE, &o.once, 0, "run what is due, then exit", NULL },
		{ "list", '\0', POPT_ARG_NONE, &o.list, 0,
		  "show when each task runs next, and how it ran last", NULL },
		{ "jobs", '\0', POPT_ARG_STRING, &o.jobs, 0,
		  "so many runs at once (default: 4)", "N" },
		{ "now", '\0', POPT_ARG_STRING, &o.now, 0,
		  "take TIME (RFC 3339) for the clock", "TIME" },
		{ "as", '\0', POPT_ARG_STRING, &o.as, 0,
		  "explain: read it as every, cron, calendar or rrule", "LANGUAGE" },
		{ "timezone", '\0', POPT_ARG_STRING, &o.timezone, 0,
		  "explain: in this time zone", "ZONE" },
		{ "dst", '\0', POPT_ARG_STRING, &o.dst, 0,
		  "explain: where clocks change, such as shifted/first", "POLICY" },
		{ "seconds", '\0', POPT_ARG_NONE, &o.seconds, 0,
		  "explain: cron's fields begin with seconds", NULL },
		{ "count", '\0', POPT_ARG_STRING, &o.count, 0,
		  "next: so many tasks (1); explain: times (5)", "N" },
		POPT_TABLEEND
	};
	struct loaded l = { 0 };
	int code;

	sh_cli_parse(&cli, argc, argv, table);
	virtual_now(&cli, &o, read_verb(&cli, &o)); /* mistakes on the command line come first */
	if (read_verb(&cli, &o) == VERB_EXPLAIN)
		return sh_cli_finish(&cli, explain(&cli, &o));
	if (read_verb(&cli, &o) == VERB_IMPORT)
		return sh_cli_finish(&cli, schedule_import(&cli, cli.operand + 1));
	if (cli.operand[0] && strcmp(cli.operand[0], "check") == 0)
		cli.opt.check = 1;
	code = load(&cli, &l);
	signal(SIGPIPE, SIG_IGN); /* a reader that vanishes must not stop a task half way */
	if (!code && !cli.opt.check && read_verb(&cli, &o) == VERB_EXPORT)
		code = schedule_export(&cli, &l.schedule, cli.operand[1]);
	else if (!code && !cli.opt.check)
		code = run(&cli, &o, &l);
	release(&l);
	return sh_cli_finish(&cli, code);
}
