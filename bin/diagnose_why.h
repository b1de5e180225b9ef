/* SPDX-License-Identifier: MIT */
/* diagnose_why - sh-diagnose --why: what is known of one entity, as text on standard output */
#ifndef SH_BIN_DIAGNOSE_WHY_H
#define SH_BIN_DIAGNOSE_WHY_H

#include "cli/cli.h"
#include "diagnose/diagnoser.h"

struct sh_diagnose_why {
	struct sh_cli *cli;
	struct sh_diagnoser *diagnoser;
	struct sh_history *history; /* the state's, where there is one, is loaded into it */
	struct sh_graph *graph;
	const char *entity;
	/* Take a record in that is neither fault nor diagnosis. */
	int (*remember)(void *arg, const struct sh_record *r, struct sh_error *err);
	void *arg;
};

/*
 * Read the state, without locking or changing it, and the files; standard input where
 * there is neither. Tell what is known. Returns the exit code: with -e 1 when the
 * entity, or what it needs, shows anything; 2 when nothing is known of the entity.
 */
int sh_diagnose_why(const struct sh_diagnose_why *w);

#endif
