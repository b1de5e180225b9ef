/* SPDX-License-Identifier: MIT */
/*
 * calendar - the calendar expressions of systemd.time(7): "Mon..Fri *-*-* 09:00 Europe/Berlin"
 *
 * Weekdays, year-month-day or year-month~day from the end of the month, hour:minute:second
 * with up to six decimals; lists, ranges with "..", steps; daily and its like; @seconds.
 */
#ifndef SH_SCHEDULE_CALENDAR_H
#define SH_SCHEDULE_CALENDAR_H

#include "base/buf.h"
#include "base/error.h"
#include "schedule/wall.h"

#define SH_CALENDAR_ZONE 64

/*
 * ZONE becomes the name of the zone at the end of the expression, "" when there is
 * none. SH_ERRC_CONFIG.
 */
int sh_calendar_parse(struct sh_wall_rule **out, const char *text, char zone[SH_CALENDAR_ZONE],
		      struct sh_error *err);
/* The normal form, without zone. */
void sh_calendar_format(const struct sh_wall_rule *r, struct sh_buf *out);

#endif
