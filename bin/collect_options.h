/* SPDX-License-Identifier: MIT */
/* collect_options - the options of sh-collect: their table, and which go together */
#ifndef SH_BIN_COLLECT_OPTIONS_H
#define SH_BIN_COLLECT_OPTIONS_H

#include "cli/cli.h"

struct collect_options {
	char *interval, *count, *gap, *root, *source, *entity, *mark;
	char **from;
	char **select, **drop, **label, **relabel, **convert, *every, *aggregate;
	int list, discover, detail;
};

#define COLLECT_OPTIONS_MAX 32

/* Fill TABLE, which must live as long as O, with the one list of the options. */
void collect_options_table(struct collect_options *o, struct poptOption table[COLLECT_OPTIONS_MAX]);
/* A usage error where options contradict each other. */
void collect_options_check(const struct sh_cli *cli, const struct collect_options *o);

#endif
