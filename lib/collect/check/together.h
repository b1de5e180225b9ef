/* SPDX-License-Identifier: MIT */
/*
 * together - many checks side by side, each with its own time limit
 *
 * Between two rounds some may stay under way, so that one that hangs delays
 * nothing but itself.
 */
#ifndef SH_COLLECT_CHECK_TOGETHER_H
#define SH_COLLECT_CHECK_TOGETHER_H

#include "collect/check/job.h"

#define SH_TOGETHER_MAX 100 /* under way at once, four descriptors each */

struct sh_together;

struct sh_together *sh_together_new(void);
/* Ends what is under way, without a word; T may be NULL. */
void sh_together_free(struct sh_collect *c, struct sh_together *t);
/* Have a copy of JOB made, whose target is taken over; not when the same is still to be made. */
void sh_together_add(struct sh_together *t, const struct sh_job *job);
/*
 * Make them. Records come in the order in which the jobs were added, except that
 * at UNTIL (sh_clock_mono, 0: never) those that have not ended are left for the
 * next call.
 */
void sh_together_run(struct sh_collect *c, struct sh_together *t, int64_t until);

#endif
