/* SPDX-License-Identifier: MIT */
/*
 * clock - when the clock of a source was set back
 *
 * A record that is not newer than the last of its series is a repetition, and
 * dropped. Three in a row of a series, rising among themselves and all more than
 * a minute behind it, are of a clock that was set back: what is remembered of the
 * series then moves with it. Durations hold where they were, warm-up and functions
 * over time begin anew. Where no record at all was on time meanwhile, the clock of
 * all was set back, and everything moves at once.
 */
#ifndef SH_DETECT_CLOCK_H
#define SH_DETECT_CLOCK_H

#include "detect/detector.h"

/*
 * R, of ORIGIN of S, is late: true when it is the one by which a step is known, and
 * is to be judged after all; false when it is to be dropped.
 */
bool sh_clock_stepped(struct sh_detector *d, const struct sh_record *r, struct sh_subject *s,
		      struct sh_origin *origin);
/* A record at TIME is taken. */
void sh_clock_on_time(struct sh_detector *d, int64_t time);

#endif
