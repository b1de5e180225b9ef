/* SPDX-License-Identifier: MIT */
/*
 * hours - when something may run, and when not
 *
 * A list of windows as in silences, "Sun 02:00-04:00 Europe/Berlin", and of maps with
 * a time in one of the languages of when.h and how long it lasts from there on:
 * {calendar: "*-12-24 18:00", for: 3d}.
 */
#ifndef SH_SCHEDULE_HOURS_H
#define SH_SCHEDULE_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/node.h"
#include "config/window.h"
#include "schedule/when.h"

struct sh_hours_item {
	struct sh_window *window; /* owned; NULL: the other two */
	struct sh_when when;
	int64_t lasts;
};

struct sh_hours {
	struct sh_hours_item *item; /* owned */
	size_t n;
};

/* The member KEY of MAP, a list or one; absent: none. OPT is for those that name no zone. */
int sh_hours_load(struct sh_hours *h, const struct sh_node *map, const char *key,
		  const struct sh_when_options *opt, struct sh_zones *zones, struct sh_error *err);
void sh_hours_release(struct sh_hours *h);
/* Until when both allow it again: T itself when it may run; INT64_MAX: never. No ALLOW at all is always. */
int64_t sh_hours_open(const struct sh_hours *allow, const struct sh_hours *block, int64_t t);

#endif
