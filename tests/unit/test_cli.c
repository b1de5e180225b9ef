/* SPDX-License-Identifier: MIT */
/* Options, messages and exit codes: each case is a program of its own, in a child. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/escape.h"
#include "tap.h"

enum { EVERYTHING = 0x7f };

/* What the child does once its options are read; its standard output is compared. */
static int program(int argc, char **argv, unsigned flags)
{
	char *field = (char *)(void *)(uintptr_t) "none", **many = NULL;
	int swap = 0, level = 0;
	struct poptOption table[] = {
		{ "field", 'f', POPT_ARG_STRING, &field, 0, "field to look at", "NAME" },
		{ "many", 'm', POPT_ARG_ARGV, &many, 0, "one of many", "X" },
		{ "swap", 0, POPT_ARG_NONE, &swap, 0, "swap", NULL },
		{ "low", 0, POPT_ARG_VAL, &level, 7, "low", NULL },
		POPT_TABLEEND,
	};
	struct sh_cli cli = { .name = "sh-t", .summary = "try", .operands = "[FILE...]", .flags = flags };
	char *dir;

	sh_cli_parse(&cli, argc, argv, table);
	printf("field=%s swap=%d level=%d many=", field, swap, level);
	for (int i = 0; many && many[i]; i++)
		printf("%s;", many[i]);
	printf(" operands=");
	for (int i = 0; cli.operand[i]; i++)
		printf("%s;", cli.operand[i]);
	printf(" verbose=%d quiet=%d lock=%lld now=%lld max=%llu text=%d color=%d pass=%d strict=%d",
	       cli.opt.verbose, cli.opt.quiet, (long long)cli.opt.lock_wait,
	       (long long)cli.opt.now, (unsigned long long)cli.opt.max_record, cli.opt.text,
	       cli.opt.color, cli.opt.pass, cli.opt.strict);
	dir = sh_cli_state_dir(&cli);
	printf(" state=%s config=", dir);
	free(dir);
	for (int i = 0; cli.opt.config && cli.opt.config[i]; i++)
		printf("%s;", cli.opt.config[i]);
	printf(" host=%s\n", sh_cli_host());
	sh_cli_warn(&cli, "warned \033[31m");
	sh_cli_verbose(&cli, "spoken");
	return sh_cli_finish(&cli, SH_EXIT_OK);
}

struct outcome {
	int status;
	struct sh_buf out, err;
};

static void read_all(int fd, struct sh_buf *b)
{
	ssize_t n;

	sh_buf_clear(b);
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, sh_buf_reserve(b, 4096), 4096)) > 0)
		b->len += (size_t)n;
	sh_buf_addstr(b, "");
}

static int scratch_file(void)
{
	char name[] = "/tmp/test_cli.XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	if (fd >= 0)
		unlink(name);
	return fd;
}

/* Run BODY(argv) in a child whose outputs are files; SETUP may spoil its descriptors first. */
static void run(struct outcome *o, const char *const *args, unsigned flags, const char *stdout_path,
		void (*setup)(void))
{
	int out = scratch_file(), err = scratch_file(), status = 0;
	int argc = 0;
	pid_t pid;

	while (args[argc])
		argc++;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(stdout_path ? open(stdout_path, O_WRONLY | O_CLOEXEC) : out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		if (setup)
			setup();
		exit(program(argc, (char **)(void *)(uintptr_t)args, flags));
	}
	waitpid(pid, &status, 0);
	o->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	read_all(out, &o->out);
	read_all(err, &o->err);
	close(out);
	close(err);
}

static bool has(const struct sh_buf *b, const char *part)
{
	return !part || (*part ? strstr(sh_buf_str(b), part) != NULL : b->len == 0);
}

static const struct {
	const char *title;
	const char *args[8];
	int status;
	const char *out, *err; /* a part of it, "" nothing at all, NULL anything */
} cases[] = {
	{ "no option", { NULL }, 0, "field=none swap=0 level=0 many= operands= verbose=0", NULL },
	{ "an option twice: the last", { "-f", "a", "--field=b", NULL }, 0, "field=b ", NULL },
	{ "a list keeps all", { "-m1", "--many", "2", "-m", "3", NULL }, 0, "many=1;2;3; ", NULL },
	{ "switches count", { "-vv", "-v", NULL }, 0, "verbose=3 ", "spoken\n" },
	{ "a value option", { "--low", NULL }, 0, "level=7", NULL },
	{ "operands and options mix", { "x", "--swap", "-", "--", "-f", NULL }, 0, "swap=1 ", NULL },
	{ "after -- all are operands", { "x", "--", "-f", NULL }, 0, "operands=x;-f; ", NULL },
	{ "configuration is a list", { "-c", "a", "--config=b", NULL }, 0, "config=a;b; ", NULL },
	{ "the lock waits ten seconds", { NULL }, 0, "lock=10000000000 ", NULL },
	{ "the lock waits as said", { "--lock", "wait=1m", NULL }, 0, "lock=60000000000 ", NULL },
	{ "the lock may fail at once", { "--lock=fail", NULL }, 0, "lock=0 ", NULL },
	{ "a lock of another form", { "--lock=maybe", NULL }, 2, "", "--lock: 'maybe'" },
	{ "a lock of no duration", { "--lock=wait=010x", NULL }, 2, "", "--lock: '010x'" },
	{ "a virtual clock", { "--now", "2026-11-21T00:00:00Z", NULL }, 0, "now=1795219200000000000 ", NULL },
	{ "a time of no form", { "--now=yesterday", NULL }, 2, "", "--now: 'yesterday'" },
	{ "record size", { "--max-record=64k", NULL }, 0, "max=65536 ", NULL },
	{ "record size of one byte", { "--max-record=1", NULL }, 2, "", "--max-record: '1'" },
	{ "record size beyond all", { "--max-record=99999999999G", NULL }, 2, "", "--max-record" },
	{ "text into a file", { "-otext", NULL }, 0, "text=1 color=0 ", NULL },
	{ "json is the default in a file", { NULL }, 0, "text=0 color=0 ", NULL },
	{ "an unknown output", { "-o", "xml", NULL }, 2, "", "--output: 'xml'" },
	{ "colour always", { "--color=always", NULL }, 0, "color=1 ", NULL },
	{ "an unknown colour", { "--color=blue", NULL }, 2, "", "--color: 'blue'" },
	{ "state is a directory", { "--state", "/s", NULL }, 0, "state=/s ", NULL },
	{ "an empty state", { "--state=", NULL }, 2, "", "--state: empty" },
	{ "warnings are escaped", { NULL }, 0, NULL, "sh-t: warned \\x1b[31m\n" },
	{ "quiet has no warnings", { "-q", NULL }, 0, "quiet=1 ", "" },
	{ "an unknown option", { "--nope", NULL }, 2, "", "sh-t: --nope: unknown option\nsh-t: try 'sh-t --help'\n" },
	{ "a missing argument", { "-f", NULL }, 2, "", "missing argument" },
	{ "an argument too many", { "--swap=1", NULL }, 2, "", "--swap=1" },
	{ "help", { "-h", NULL }, 0, "Usage: sh-t [FILE...]\ntry\n\nOptions:\n  -f, --field=NAME", "" },
	{ "help hides what is hidden", { "--help", NULL }, 0, "--version", "" },
	{ "version", { "-V", NULL }, 0, "sh-t (" PACKAGE_NAME ") " PACKAGE_VERSION "\n", "" },
	{ "help wins over what follows", { "-h", "--nope", NULL }, 0, "Usage", "" },
	{ "the table for programs", { "--dump-options", NULL }, 0, "field\tf\tNAME\tfield to look at\n", "" },
};

static void test_cases(void)
{
	struct outcome o = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *args[10] = { "sh-t" };
		bool good;

		for (size_t j = 0; cases[i].args[j]; j++)
			args[j + 1] = cases[i].args[j];
		run(&o, args, EVERYTHING, NULL, NULL);
		good = OK(o.status == cases[i].status && has(&o.out, cases[i].out) &&
			  has(&o.err, cases[i].err), "%s", cases[i].title);
		if (!good)
			diag("status %d out '%s' err '%s'", o.status, sh_buf_str(&o.out),
			     sh_buf_str(&o.err));
	}
	sh_buf_release(&o.out);
	sh_buf_release(&o.err);
}

static void close_all(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
}

static void leave_a_dead_pipe(void)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return;
	close(fd[0]);
	dup2(fd[1], STDOUT_FILENO);
	signal(SIGPIPE, SIG_IGN);
}

static void test_outputs(void)
{
	const char *help[] = { "sh-t", "--help", NULL };
	const char *plain[] = { "sh-t", NULL };
	struct outcome o = { 0 };

	run(&o, help, EVERYTHING, "/dev/full", NULL);
	OK(o.status == 4 && has(&o.err, "cannot write standard output"), "help on a full device: 4");
	run(&o, plain, EVERYTHING, "/dev/full", NULL);
	OK(o.status == 4 && has(&o.err, "cannot write standard output"), "output on a full device: 4");
	run(&o, help, EVERYTHING, NULL, close_all);
	OK(o.status == 0 && has(&o.err, ""), "closed descriptors are harmless");
	run(&o, help, EVERYTHING, NULL, leave_a_dead_pipe);
	OK(o.status == 128 + SIGPIPE && has(&o.err, ""), "a reader that is gone: no word, even where SIGPIPE was ignored");
	sh_buf_release(&o.out);
	sh_buf_release(&o.err);
}

static void test_flags(void)
{
	const char *dump[] = { "sh-t", "--dump-options", NULL };
	static const struct {
		unsigned flag;
		const char *option;
	} only[] = {
		{ SH_CLI_CONFIG, "\nconfig\tc" },       { SH_CLI_STATE, "\nstate\t" },
		{ SH_CLI_RECORDS_IN, "\nstrict\t" },    { SH_CLI_RECORDS_OUT, "\noutput\to" },
		{ SH_CLI_EXPLAIN, "\nexplain\t" },      { SH_CLI_TEST, "\ntest\t" },
		{ SH_CLI_FOUND, "\nexit-status\te" },
	};
	struct outcome o = { 0 };

	for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++) {
		run(&o, dump, only[i].flag, NULL, NULL);
		OK(has(&o.out, only[i].option), "flag gives its option %s", only[i].option + 1);
		run(&o, dump, EVERYTHING & ~only[i].flag, NULL, NULL);
		OK(!has(&o.out, only[i].option), "without the flag there is none");
	}
	sh_buf_release(&o.out);
	sh_buf_release(&o.err);
}

static void test_environment(void)
{
	const char *plain[] = { "sh-t", NULL };
	const char *given[] = { "sh-t", "--state=/given", "--now=2026-11-21T00:00:01Z", NULL };
	struct outcome o = { 0 };

	setenv("SH_STATE", "/env", 1);
	setenv("SH_NOW", "2026-11-21T00:00:00Z", 1);
	setenv("SH_HOST", "h 1@x", 1);
	run(&o, plain, EVERYTHING, NULL, NULL);
	OK(has(&o.out, "state=/env ") && has(&o.out, "now=1795219200000000000 "), "the environment stands in");
	OK(has(&o.out, "host=h-1-x\n"), "a host name cannot break an entity apart");
	run(&o, given, EVERYTHING, NULL, NULL);
	OK(has(&o.out, "state=/given ") && has(&o.out, "now=1795219201000000000 "), "options win over it");
	setenv("SH_NOW", "noon", 1);
	run(&o, plain, EVERYTHING, NULL, NULL);
	OK(o.status == 2 && has(&o.err, "SH_NOW: 'noon'"), "a wrong variable is named");
	unsetenv("SH_NOW");
	unsetenv("SH_STATE");
	unsetenv("SH_HOST");
	sh_buf_release(&o.out);
	sh_buf_release(&o.err);
}

static void test_exit_codes(void)
{
	static const struct {
		enum sh_errc code;
		int exit;
	} table[] = {
		{ SH_ERRC_NONE, 0 },   { SH_ERRC_USAGE, 2 }, { SH_ERRC_CONFIG, 2 },  { SH_ERRC_INPUT, 3 },
		{ SH_ERRC_SYSTEM, 4 }, { SH_ERRC_STATE, 4 }, { SH_ERRC_LOCKED, 75 }, { SH_ERRC_UNAVAILABLE, 4 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		OK(sh_cli_exit_code(table[i].code) == table[i].exit, "error class %d exits %d",
		   (int)table[i].code, table[i].exit);
}

static void test_escape(void)
{
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "plain", "plain" },
		{ "a\nb\tc\rd", "a\\nb\\tc\\rd" },
		{ "\033[2J", "\\x1b[2J" },
		{ "\x7f", "\\x7f" },
		{ "gr\303\274n \344\270\255", "gr\303\274n \344\270\255" },
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\302\233", "\\x9b" },           /* C1: a one-byte CSI */
		{ "\342\200\256evil", "\\u202eevil" },
		{ "\355\240\200", "\\xed\\xa0\\x80" }, /* a surrogate */
		{ "\300\200", "\\xc0\\x80" },      /* overlong */
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sh_buf b = SH_BUF_INIT;

		sh_escape_text(&b, table[i].in, strlen(table[i].in));
		OK(!strcmp(sh_buf_str(&b), table[i].out), "escaped %s", table[i].out);
		sh_buf_release(&b);
	}
	OK(sh_escape_width("gr\303\274n", 5) == 4, "width counts characters");
}

int main(void)
{
	unsetenv("SH_STATE");
	unsetenv("SH_NOW");
	test_cases();
	test_outputs();
	test_flags();
	test_environment();
	test_exit_codes();
	test_escape();
	return plan_done();
}
