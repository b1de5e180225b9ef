/* SPDX-License-Identifier: MIT */
/*
 * firing - the open faults of rules in PromQL, from which others may follow
 *
 * An alert is known by its address; the fault that it makes may become another, as the
 * entity that it was measured on is part of what a fault is.
 */
#ifndef SH_DETECT_FIRING_H
#define SH_DETECT_FIRING_H

#include "base/map.h"
#include "detect/sources.h"
#include "record/fault.h"

struct sh_firing {
	struct sh_sources *sources; /* borrowed; NULL: nothing follows from anything */
	struct sh_map print;        /* address -> fingerprint; owned */
};

void sh_firing_init(struct sh_firing *f);
void sh_firing_release(struct sh_firing *f);
/* FAULT is what was told of ALERT now; resolved, the alert is over. */
void sh_firing_told(struct sh_firing *f, const void *alert, const struct sh_fault *fault);

#endif
