/* SPDX-License-Identifier: MIT */
/* outcome - what came out of a check: plain bytes, so that a child can hand it over whole */
#ifndef SH_COLLECT_CHECK_OUTCOME_H
#define SH_COLLECT_CHECK_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SH_OUTCOME_METRICS 16

struct sh_outcome {
	char error[240]; /* why it is not ok; "" when it is */
	double time_ms;  /* NaN: none */
	size_t n;
	struct {
		char name[28]; /* check.NAME */
		double value;
	} metric[SH_OUTCOME_METRICS];
};

/* Well, and nothing measured. */
void sh_outcome_init(struct sh_outcome *o);
/* It is not ok; the first reason stands. Bytes that are no ASCII text are shown as '?'. */
void sh_outcome_fail(struct sh_outcome *o, const char *fmt, ...) SH_PRINTF(2, 3);
/* WHAT was last changed AGE seconds ago: not ok where that is longer than MOST (ns, below 0: any). */
void sh_outcome_old(struct sh_outcome *o, int64_t most, double age, const char *what);
/* One more figure; NaN is none. */
void sh_outcome_add(struct sh_outcome *o, const char *name, double value);

#endif
