/* SPDX-License-Identifier: MIT */
/*
 * tally - what processes use, added up under a name: of the program, or of the user
 *
 * Names are borrowed and must live as long as the tally. Nothing is allocated
 * for a process.
 */
#ifndef SH_COLLECT_TALLY_H
#define SH_COLLECT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "collect/host/pstat.h"

/* What one process did since the last reading; NaN: unknown. */
struct sh_use {
	double cpu; /* seconds of processor time a second */
	double io;  /* bytes a second */
};

struct sh_tally_entry {
	const char *name; /* NULL: a free place */
	uint64_t count, threads, memory;
	double cpu, io;              /* of those where it is known; NaN: of none */
	const struct sh_pstat *busiest, *largest; /* by cpu and memory; borrowed */
	double busiest_cpu;
};

struct sh_tally {
	struct sh_tally_entry *place; /* owned; open addressing */
	size_t places, n;
};

/* MOST: how many different names there can be. */
void sh_tally_init(struct sh_tally *t, size_t most);
void sh_tally_release(struct sh_tally *t);
void sh_tally_add(struct sh_tally *t, const char *name, const struct sh_pstat *p, struct sh_use u);
/* NULL when there is none of that name. */
const struct sh_tally_entry *sh_tally_find(const struct sh_tally *t, const char *name);

#endif
