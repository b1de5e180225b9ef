/* SPDX-License-Identifier: MIT */
/*
 * summary - the numbers of one metric in one window, and functions of them
 *
 * avg min max sum last first, and p1 to p99. Quantiles are exact while there are no
 * more values than it may keep; beyond, every second, fourth, ... value is
 * kept, so that memory is bounded and the same input gives the same answer.
 */
#ifndef SH_COLLECT_OUT_SUMMARY_H
#define SH_COLLECT_OUT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SH_SUMMARY_FUNCTIONS 16

struct sh_summary_function {
	char name[8];
	int quantile; /* 1 to 99; 0 none */
};

struct sh_summary_plan {
	struct sh_summary_function function[SH_SUMMARY_FUNCTIONS];
	size_t n;
	bool keeps; /* values, for quantiles */
};

/* "avg,max,p95"; -1 with SH_ERRC_USAGE. */
int sh_summary_plan_parse(struct sh_summary_plan *plan, const char *text, struct sh_error *err);

struct sh_summary {
	double sum, min, max, first, last;
	uint64_t n;
	double *kept; /* owned */
	size_t keeps, cap;
	uint64_t stride; /* one of so many is kept */
};

/* At most LIMIT values are kept, where the plan wants any. */
void sh_summary_add(struct sh_summary *t, const struct sh_summary_plan *plan, double value, size_t limit);
/* There must be a value. May put the kept values in order. */
double sh_summary_get(struct sh_summary *t, const struct sh_summary_function *f);
void sh_summary_release(struct sh_summary *t);

#endif
