/* SPDX-License-Identifier: MIT */
/*
 * zone_rule - when a zone changes its clocks every year, as POSIX writes it
 *
 * "CET-1CEST,M3.5.0,M10.5.0/3" and the forms Jn and n for days; the source of
 * the format is POSIX.1-2017, 8.3, and RFC 8536, 3.3.1 for hours up to 167.
 */
#ifndef SH_BASE_ZONE_RULE_H
#define SH_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sh_zone_day {
	char form;            /* 'M' month, week, weekday; 'J' day without 29 February; 'n' day from 0 */
	int month, week, day;
	int32_t time;         /* seconds of local time */
};

struct sh_zone_rule {
	int32_t standard, summer; /* seconds east of UTC */
	bool has_summer;
	struct sh_zone_day begin, end;
};

/* Up to the newline or LEN bytes. */
bool sh_zone_rule_parse(struct sh_zone_rule *r, const char *text, size_t len);
int32_t sh_zone_rule_offset(const struct sh_zone_rule *r, int64_t t);
/* As sh_zone_next_change() and sh_zone_last_change() of base/zone.h. */
int64_t sh_zone_rule_next_change(const struct sh_zone_rule *r, int64_t t);
int64_t sh_zone_rule_last_change(const struct sh_zone_rule *r, int64_t t);

#endif
