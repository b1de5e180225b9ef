/* SPDX-License-Identifier: MIT */
/* diagnose_query - sh-diagnose --query: what the graph of entities says of one */
#ifndef SH_BIN_DIAGNOSE_QUERY_H
#define SH_BIN_DIAGNOSE_QUERY_H

#include "cli/cli.h"
#include "topology/graph.h"

struct sh_diagnose_query {
	struct sh_cli *cli;
	struct sh_graph *graph; /* what the site says; the state, and what is read, goes into it */
	const char *question;	/* "loss:host:a", several entities with spaces between */
};

/*
 * Read the edges of the state, without locking or changing it, and of the files; of
 * standard input where there is neither and it is no terminal. Answer on standard
 * output: notices, or as text a tree. Returns the exit code: with -e 1 when the answer
 * has other entities; 2 when an entity is not known.
 */
int sh_diagnose_query(const struct sh_diagnose_query *q);

#endif
