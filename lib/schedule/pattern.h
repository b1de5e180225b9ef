/* SPDX-License-Identifier: MIT */
/*
 * pattern - shown times that fit a year, a month, a day, an hour, a minute and a second
 *
 * What cron's fields and systemd's calendar expressions have in common. The search
 * goes from the year down, so its cost depends on the number of months that do not
 * fit, never on the time that passes.
 */
#ifndef SH_SCHEDULE_PATTERN_H
#define SH_SCHEDULE_PATTERN_H

#include <stdint.h>

#include "schedule/wall.h"

#define SH_PATTERN_MAX_YEAR 2261 /* the last whole one of int64_t nanoseconds */

/* To be the first member of what implements it; rule.next is sh_pattern_next. */
struct sh_pattern {
	struct sh_wall_rule rule;
	uint16_t months; /* bits 1 to 12 */
	uint32_t hours;
	uint64_t minutes;
	/* The first year from YEAR on that fits, or -1. */
	int64_t (*year)(const struct sh_pattern *p, int64_t year);
	/* The days of a month that fit: bits 1 to 31. */
	uint32_t (*days)(const struct sh_pattern *p, int64_t year, int month);
	/* The first ns of a minute from NS on that fits, or -1. */
	int64_t (*second)(const struct sh_pattern *p, int64_t ns);
};

int64_t sh_pattern_next(const struct sh_wall_rule *r, int64_t local);
/* Of WEEKDAYS (bit 0 Sunday) those of a month that begins on FIRST: bits 1 to 31. */
static inline uint32_t sh_pattern_weekdays(uint32_t weekdays, int first)
{
	uint64_t week = (weekdays >> first | weekdays << (7 - first)) & 0x7f;

	return (uint32_t)((week | week << 7 | week << 14 | week << 21 | week << 28) << 1);
}

#endif
