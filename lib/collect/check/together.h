/* SPDX-License-Identifier: MIT */
/* together - many checks side by side, each with its own time limit */
#ifndef SH_COLLECT_CHECK_TOGETHER_H
#define SH_COLLECT_CHECK_TOGETHER_H

#include "collect/check/job.h"

#define SH_TOGETHER_MAX 100 /* under way at once, four descriptors each */

/* Make all N; records come in the order of the jobs. The jobs are released. */
void sh_together_run(struct sh_collect *c, struct sh_job *job, size_t n);

#endif
