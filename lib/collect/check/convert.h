/* SPDX-License-Identifier: MIT */
/* convert - what a check ran, fetched or read, by the format it names */
#ifndef SH_COLLECT_CHECK_CONVERT_H
#define SH_COLLECT_CHECK_CONVERT_H

#include "base/span.h"
#include "collect/check/job.h"

struct sh_converted {
	uint64_t bad;     /* parts that were not understood; the first few became failures */
	uint64_t samples; /* series of an exposition */
};

/*
 * Append the records of TEXT. FILE is for messages; STATUS the exit code of the
 * command that wrote it, 0 without one. That the format exists was seen when the
 * site file was read.
 */
struct sh_converted sh_job_convert(struct sh_collect *c, const struct sh_job_run *run,
				   const char *file, int status, struct sh_span text);

#endif
