/* SPDX-License-Identifier: MIT */
/*
 * elapse - what time alone brings about
 *
 * Series from which nothing came for too long, functions over time that change with
 * every second, logs that no longer say it, notices that are due again: each series has
 * a time at which it is looked at next (timers.h). Silence of all sources says nothing
 * of one.
 */
#ifndef SH_DETECT_ELAPSE_H
#define SH_DETECT_ELAPSE_H

#include "detect/detector.h"

/*
 * The record R is about to be looked at. Others of the same instant may follow it, so
 * only the instants before are judged as complete.
 */
void sh_elapse_to(struct sh_detector *d, const struct sh_record *r);
/* What is silent up to NOW is. HEARD_ALL: so somebody says who waited for all. */
void sh_elapse_through(struct sh_detector *d, int64_t now, bool heard_all);
/* TIME is the largest from now on. */
void sh_elapse_note(struct sh_detector *d, int64_t time);
/* When time alone will next change something about S, NOW being the time. */
void sh_elapse_reckon(struct sh_detector *d, struct sh_subject *s, int64_t now);

#endif
