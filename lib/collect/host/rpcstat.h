/* SPDX-License-Identifier: MIT */
/*
 * rpcstat - the numbers of /proc/net/rpc/nfs and nfsd
 *
 * Lines of a word and its numbers, "rpc 1218785755 374636 1218815394"; which
 * number is what, is a table of the caller.
 */
#ifndef SH_COLLECT_RPCSTAT_H
#define SH_COLLECT_RPCSTAT_H

#include "collect/collector.h"
#include "collect/host/nfsproc.h"

struct sh_rpcstat {
	const char *line;
	size_t index; /* among its numbers, from 0 */
	const char *metric;
	const char *dims[5]; /* NULL-terminated; none: a number of the host as such */
};

/* The number of a line; false where there is none. */
bool sh_rpcstat_value(struct sh_span text, const char *line, size_t index, uint64_t *out);
/*
 * Samples of the host with the numbers of TABLE that are there, and GROUP's
 * requests_total by procedure. LOOKUP says which lines count procedures.
 */
void sh_rpcstat_write(struct sh_collect *c, const char *group, const struct sh_rpcstat *table,
		      size_t n, const struct sh_nfsproc *(*lookup)(struct sh_span word));

#endif
