/* SPDX-License-Identifier: MIT */
/*
 * cron - the five fields of a crontab, and what later schedulers added to them
 *
 * minute hour day-of-month month day-of-week, or @hourly and its like. Names of
 * months and weekdays; lists; ranges, which may go over the end (Sat-Mon); steps,
 * also from one value on (5/15); "?" for "*". Of the month: L the last day, L-3 three
 * days before it, 15W the weekday nearest to the 15th, LW the last weekday. Of the
 * week: Fri#2 the second Friday, Fri#-1 the last but none, FriL the last; 0 and 7 are
 * Sunday. With seconds: a field of seconds before, and one of years may be behind.
 *
 * Where both day fields are restricted, one that fits is enough (POSIX); a field is
 * not restricted when it is "*", "?" or a step over all that takes every value.
 */
#ifndef SH_SCHEDULE_CRON_H
#define SH_SCHEDULE_CRON_H

#include <stdbool.h>

#include "base/error.h"
#include "schedule/wall.h"

struct sh_cron_options {
	bool seconds;   /* six fields, the first of seconds, or seven with years */
	bool both_days; /* both day fields must fit: what Vixie's cron does where one of them begins with "*" */
};

/* SH_ERRC_CONFIG says which field is wrong. */
int sh_cron_parse(struct sh_wall_rule **out, const char *text, const struct sh_cron_options *opt,
		  struct sh_error *err);

#endif
