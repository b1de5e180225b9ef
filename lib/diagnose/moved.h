/* SPDX-License-Identifier: MIT */
/*
 * moved - which metrics of an entity left their usual range, most first
 *
 * For one machine without neighbours, by the departure of change.h: a metric that only
 * spikes counts as well, which a median does not see.
 */
#ifndef SH_DIAGNOSE_MOVED_H
#define SH_DIAGNOSE_MOVED_H

#include <jansson.h>

#include "diagnose/clue.h"

#define SH_MOVED_MOST 50

/* [{"metric","departure","exceedance","deviation","before","after"}], NULL when there are none. A new reference. */
json_t *sh_moved(const struct sh_past_entity *e, const struct sh_moment *when);

#endif
