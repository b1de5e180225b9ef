/* SPDX-License-Identifier: MIT */
/*
 * candidates - of all rules those that have something to say about a sample, judged
 *
 * What was picked from the line names the rules that read it; gates (gates.h) and
 * needs (needs.h) take away those that are known without a look to be false, or not
 * to be known, as long as nothing is remembered of them.
 */
#ifndef SH_DETECT_CANDIDATES_H
#define SH_DETECT_CANDIDATES_H

#include "detect/detector.h"
#include "detect/look.h"

/* A look at S for the record R; to be released with sh_look_release. */
struct sh_look sh_candidates_look(struct sh_detector *d, const struct sh_record *r,
				  struct sh_subject *s, int64_t now);
/* The rules of d->candidate. */
void sh_candidates_judge(struct sh_detector *d, struct sh_look *l);
/* The rules that what was picked of the sample R concerns. */
void sh_candidates_judge_sample(struct sh_detector *d, const struct sh_record *r,
				struct sh_subject *s);

#endif
