/* SPDX-License-Identifier: MIT */
/*
 * nfsproc - the procedures of NFS, in the order in which the kernel counts them
 *
 * Lines "proc3 22 N N ..." of /proc/net/rpc/nfs and nfsd. A kernel that knows
 * fewer procedures has shorter lines, a newer one longer ones.
 */
#ifndef SH_COLLECT_NFSPROC_H
#define SH_COLLECT_NFSPROC_H

#include <stddef.h>

#include "base/span.h"

struct sh_nfsproc {
	const char *line;        /* first word of the line */
	const char *proto;       /* version of the protocol */
	const char *const *name; /* "": counted, and never called */
	size_t names;
};

/* The table of a line that begins with WORD; NULL: none of procedures. */
const struct sh_nfsproc *sh_nfsproc_client(struct sh_span word);
const struct sh_nfsproc *sh_nfsproc_server(struct sh_span word);

#endif
