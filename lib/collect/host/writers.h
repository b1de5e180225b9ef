/* SPDX-License-Identifier: MIT */
/* writers - which processes have files open for writing */
#ifndef SH_COLLECT_WRITERS_H
#define SH_COLLECT_WRITERS_H

#include "collect/collector.h"

struct sh_written {
	const char *path;           /* borrowed; NULL: no file */
	const struct sh_pstat *who; /* the oldest, but process 1; NULL: nobody that can be seen */
};

/* Find who writes N files, in one look at the descriptors of all processes. */
void sh_writers_find(struct sh_collect *c, struct sh_written *file, size_t n);

#endif
