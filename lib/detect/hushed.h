/* SPDX-License-Identifier: MIT */
/*
 * hushed - an open fault that nobody is to act on, and what happens when that ends
 *
 * When the reason has ended, the next answer that is not a clear one is written at
 * once; where none comes the fault is written after a while as it stands. So what
 * stays bad is told, and what recovers with its reason is not.
 */
#ifndef SH_DETECT_HUSHED_H
#define SH_DETECT_HUSHED_H

#include <stdbool.h>

#include "detect/detector.h"
#include "detect/watched.h"

/* Before W is written with STATUS: its picture says whether, and why, it is suppressed. */
void sh_hushed_mark(struct sh_detector *d, struct sh_watched *w, enum sh_fault_status status, int64_t now);
/* Whether W, which was written as suppressed and is open, is to be written now: nothing holds any more. */
bool sh_hushed_is_over(struct sh_detector *d, struct sh_watched *w, int64_t now);
/* Time alone: look again at those of S whose turn it is. */
void sh_hushed_look(struct sh_detector *d, struct sh_subject *s, int64_t now);

static inline bool sh_hushed_is(const struct sh_watched *w)
{
	return w->hushed.again != 0;
}

#endif
