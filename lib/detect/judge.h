/* SPDX-License-Identifier: MIT */
/* judge - one rule on one series: decide, count, and write the fault where one is due */
#ifndef SH_DETECT_JUDGE_H
#define SH_DETECT_JUDGE_H

#include "detect/detector.h"
#include "detect/look.h"

/* How a rule fared on the records so far. */
struct sh_fared {
	bool known;        /* true or false at least once */
	char missing[128]; /* what was absent when it was first unknown, "" never */
};

/* d->value holds what rules read. */
void sh_judge_rule(struct sh_detector *d, struct sh_look *l, size_t rule);
/* When the silence of a log ends what a rule on it counted; INT64_MAX never. */
int64_t sh_judge_log_due(const struct sh_rule *rule, const struct sh_watched *w);
/* It has come: the fault is over, or the hits that were too few are forgotten. */
void sh_judge_log_end(struct sh_detector *d, struct sh_look *l, struct sh_watched *w);
/* Write the fault of W with this status from its picture. */
void sh_judge_write(struct sh_detector *d, const struct sh_rule *rule, struct sh_watched *w,
		    enum sh_fault_status status, int64_t time);

#endif
