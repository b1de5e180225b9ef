/* SPDX-License-Identifier: MIT */
/*
 * cli - options, messages and exit codes, the same for every program
 *
 * One popt table per program is the only list of its options: help, completion
 * (through the hidden --dump-options) and the man page test come from it. Only
 * lib/cli and bin print or exit.
 */
#ifndef SH_CLI_CLI_H
#define SH_CLI_CLI_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "record/stream.h"

enum {
	SH_EXIT_OK = 0,
	SH_EXIT_FOUND = 1,        /* only with -e */
	SH_EXIT_USAGE = 2,        /* command line or configuration */
	SH_EXIT_INPUT = 3,        /* bad records; the rest was processed */
	SH_EXIT_SYSTEM = 4,       /* I/O, memory, permission */
	SH_EXIT_FAILED = 5,       /* sh-repair: a step failed */
	SH_EXIT_UNVERIFIED = 6,   /* sh-repair: not verified or unknown */
	SH_EXIT_REFUSED = 7,      /* sh-repair: refused by a guard */
	SH_EXIT_WAITING = 8,      /* sh-repair: waiting for approval */
	SH_EXIT_ROLLED_BACK = 9,  /* sh-repair: undone */
	SH_EXIT_LOCKED = 75,      /* lock or lease not had */
};

/* Which of the common options a program takes. */
enum sh_cli_flags {
	SH_CLI_CONFIG = 1 << 0,   /* -c --no-stock --check */
	SH_CLI_STATE = 1 << 1,    /* --state --lock */
	SH_CLI_RECORDS_IN = 1 << 2, /* --strict --reject --max-record -p/--pass --now --burst, FILE operands */
	SH_CLI_RECORDS_OUT = 1 << 3, /* -o --color */
	SH_CLI_EXPLAIN = 1 << 4,  /* --explain */
	SH_CLI_TEST = 1 << 5,     /* --test */
	SH_CLI_FOUND = 1 << 6,    /* -e/--exit-status */
	SH_CLI_SANDBOX = 1 << 7,  /* --no-sandbox */
};

/* Values of the common options, filled by sh_cli_parse; strings live until sh_cli_finish. */
struct sh_cli_common {
	int verbose, quiet;      /* how often they were given */
	char **config;           /* NULL-terminated, NULL when none; takes part in sh_config_options.paths */
	int no_stock, check, test, explain, strict, pass, exit_status, no_sandbox;
	char *state;             /* --state, else SH_STATE, else NULL */
	int64_t lock_wait;       /* ns */
	char *reject;
	uint64_t max_record;
	int64_t now;             /* --now, else SH_NOW, ns; 0 none */
	bool text;               /* -o text, or a terminal and no -o ndjson */
	bool color;
	int64_t burst;           /* in text: how many that are alike are shown one by one; 0: all */
};

struct sh_cli {
	const char *name;     /* "sh-detect" */
	const char *summary;  /* one line, as in the man page NAME */
	const char *operands; /* "[OPTION...] [FILE...]" */
	unsigned flags;       /* enum sh_cli_flags */
	const char *commands; /* a section of --help, whole lines; NULL none */
	struct sh_cli_common opt;
	const char **operand; /* NULL-terminated, never NULL, lives until sh_cli_finish */
	poptContext popt;     /* internal */
	struct sh_cli_parsed *parsed; /* internal */
	int worst;            /* internal: the exit code noted so far */
	FILE *reject_file;    /* internal */
	long text_day;        /* internal: the day last shown in text, yyyymmdd */
	struct sh_bursts *bursts; /* internal: what text sums up, see burst.h */
	int64_t text_quiet;   /* internal: since when nothing was shown, 0 not known */
};

/*
 * Start-up for every program: opens 0, 1 and 2 if closed, restores SIGPIPE
 * (a program that must outlive its reader ignores it afterwards), installs the
 * allocation handler. Parses; answers -h, -V and --dump-options itself and
 * exits; exits 2 on a mistake. TABLE is the program's own options, NULL for
 * none; it and what it points to must live until sh_cli_finish.
 *
 * Entries are POPT_ARG_NONE (an int, counted up), POPT_ARG_VAL (an int),
 * POPT_ARG_STRING (a char *, the last one given) and POPT_ARG_ARGV (a char **,
 * NULL-terminated, every one given). Numbers and durations are taken as strings
 * and converted below. Strings and lists are freed by sh_cli_finish, never by
 * the program; a variable may start with a literal as its default.
 */
void sh_cli_parse(struct sh_cli *cli, int argc, char **argv, struct poptOption *table);

/* Messages are "NAME: text" on stderr, one write each, control characters escaped. */

/* A warning: silent with -q. */
void sh_cli_warn(const struct sh_cli *cli, const char *fmt, ...) SH_PRINTF(2, 3);
/* An error: always shown. The exit code is the caller's affair. */
void sh_cli_error(const struct sh_cli *cli, const char *fmt, ...) SH_PRINTF(2, 3);
/* Only with -v. */
void sh_cli_verbose(const struct sh_cli *cli, const char *fmt, ...) SH_PRINTF(2, 3);
/* Report, hint at --help, exit 2. */
void sh_cli_usage_error(const struct sh_cli *cli, const char *fmt, ...) SH_PRINTF(2, 3) SH_NORETURN;
/* Report an error and note its exit code; the error is cleared. Returns the code. */
int sh_cli_report(struct sh_cli *cli, struct sh_error *err);
/* Report and exit through sh_cli_finish. */
void sh_cli_die(struct sh_cli *cli, struct sh_error *err) SH_NORETURN;
int sh_cli_exit_code(enum sh_errc code);
/*
 * Flush and close stdout (4 when it cannot be written, silence when the reader
 * went away), free everything, and give the final code: the first that was noted
 * or is CODE of 75, 4, 2, 5, 9, 6, 8, 7, 3, 1, 0.
 */
int sh_cli_finish(struct sh_cli *cli, int code);

/* Option text to values; on a mistake a usage error that names the option. */
int64_t sh_cli_duration(const struct sh_cli *cli, const char *option, const char *text);
int64_t sh_cli_integer(const struct sh_cli *cli, const char *option, const char *text, int64_t min,
		       int64_t max);

/* Give a writer on standard output the text view where it is wanted; sh_cli_stream does it too. */
void sh_cli_writer(struct sh_cli *cli, struct sh_writer *out);

/*
 * Wire a stream to the common options: files, limits, reject, strict, messages,
 * the text view. Sets all of S but ops.record, ops.idle, ops.arg and wake_fd. A
 * usage error when records are wanted from a terminal that nobody named.
 */
void sh_cli_stream(struct sh_cli *cli, struct sh_stream *s, struct sh_writer *out);

/* The state directory a program that needs one uses: --state, SH_STATE, or the default. A new string. */
char *sh_cli_state_dir(const struct sh_cli *cli);

/* This machine's host name, as in records. Borrowed, never empty. SH_HOST overrides. */
const char *sh_cli_host(void);

#endif
