/* SPDX-License-Identifier: MIT */
/* probe - how long one small read and one durable write take on a file system */
#ifndef SH_COLLECT_PROBE_H
#define SH_COLLECT_PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct sh_probe {
	double read_ms, write_ms; /* averages; NaN when none was done */
	size_t reads, writes;
};

/*
 * Time a few fsync'd writes and direct reads of 4 KiB in a file of its own in
 * DIR, which has no name (or loses it at once). Takes at most LIMIT ns: an
 * operation that has not ended by then counts with the time it waited, a lower
 * bound. *stuck is the pid of a child that could not be ended, else 0.
 */
int sh_probe_run(const char *dir, int64_t limit, struct sh_probe *out, pid_t *stuck,
		 struct sh_error *err);

#endif
