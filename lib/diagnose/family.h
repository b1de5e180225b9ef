/* SPDX-License-Identifier: MIT */
/*
 * family - what a metric speaks of, by its name
 *
 * Latency and errors spread from an entity to whoever calls it; resources are its
 * own; traffic is what others ask of it. Names are GROUP.NAME, letters of either case.
 */
#ifndef SH_DIAGNOSE_FAMILY_H
#define SH_DIAGNOSE_FAMILY_H

#include <stdbool.h>

enum sh_family {
	SH_FAMILY_ERROR,
	SH_FAMILY_LATENCY,
	SH_FAMILY_TRAFFIC,
	SH_FAMILY_RESOURCE, /* everything else */
	SH_FAMILIES,
};

enum sh_family sh_family_of(const char *metric);
/* 1: bad when it rises, -1: bad when it falls, 0: not known. */
int sh_family_direction(const char *metric);
/* Without dims: its number names something, a process, and is neither more nor less than another. */
bool sh_family_is_a_name(const char *metric);
/* A part of what there is in percent: at 100 it is used up. */
bool sh_family_is_share(const char *metric);
/* It was measured by a caller about what it calls. */
bool sh_family_is_of_callee(const char *metric);

#endif
