/* SPDX-License-Identifier: MIT */
/*
 * program - a check's own program: commands and plugins
 *
 * It has a process group of its own, a clean environment, and until its time
 * limit; what it leaves of its group when it ends is killed. Of its output a
 * first part is kept and the rest read and forgotten, so that a chatty one never
 * blocks.
 */
#ifndef SH_COLLECT_CHECK_PROGRAM_H
#define SH_COLLECT_CHECK_PROGRAM_H

#include "base/buf.h"
#include "collect/check/job.h"
#include "collect/format/format.h"

/* INPUT (NULL none) and ARGV must live as long as the child. */
int sh_program_start(struct sh_job_run *run, const char *const *argv, const struct sh_buf *input,
		     struct sh_error *err);
/*
 * Why it did not end as a program that has done its work does, with an exit code
 * of at most HIGHEST; PROGRAM is its path. False when it did.
 */
bool sh_program_failed(const struct sh_job_run *run, const char *program, int highest,
		       struct sh_buf *why);

/* What was bad in its output: the first few parts become failures of the collector, the rest is counted. */
struct sh_program_bad {
	struct sh_collect *c;
	const char *name; /* of the check */
	uint64_t n;
};
void sh_program_bad(struct sh_program_bad *b, uint64_t line, const struct sh_error *err);
void sh_program_bad_end(struct sh_program_bad *b);

#endif
