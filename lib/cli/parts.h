/* SPDX-License-Identifier: MIT */
/*
 * parts - what the files of lib/cli share; for nobody else
 *
 * popt never stores into the caller's variables: the table it gets is a copy
 * whose entries only say which option came, and options.c stores. So a string
 * option given twice leaks nothing, and switches count.
 */
#ifndef SH_CLI_PARTS_H
#define SH_CLI_PARTS_H

#include <popt.h>
#include <stddef.h>

#include "cli/cli.h"

/* The texts of common options that are converted after parsing; owned by the string list below. */
struct sh_cli_texts {
	char *state, *lock, *reject, *max_record, *now, *output, *color, *burst;
	char **config;
	int help, version, dump;
};

struct sh_cli_parsed {
	struct poptOption *table; /* own options, then common ones; owned, ends with POPT_TABLEEND */
	struct poptOption *shadow; /* what popt sees; owned */
	size_t own, n;             /* entries of the program's own, and all */
	struct sh_cli_texts text;
	char **string;             /* every option argument that was given; owned */
	size_t strings, cap;
	char ***list;              /* variables that hold lists we allocated */
	size_t lists, list_cap;
};

/* start.c */
void sh_cli_start(void);

/* common.c: the entries for FLAGS, written to OUT (room for SH_CLI_COMMON_MAX); returns how many. */
#define SH_CLI_COMMON_MAX 32
size_t sh_cli_common_table(struct sh_cli *cli, struct poptOption *out);
/* Turn the texts into values; usage errors name the option. */
void sh_cli_common_values(struct sh_cli *cli);

/* help.c: on standard output. */
void sh_cli_help(const struct sh_cli *cli);
void sh_cli_version(const struct sh_cli *cli);
void sh_cli_dump_options(const struct sh_cli *cli);

/* exit.c: keep the more serious of the code noted so far and CODE. */
void sh_cli_note(struct sh_cli *cli, int code);

/* options.c */
void sh_cli_parsed_free(struct sh_cli_parsed *p);

#endif
