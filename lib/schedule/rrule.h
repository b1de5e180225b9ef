/* SPDX-License-Identifier: MIT */
/*
 * rrule - recurrence rules of RFC 5545, through libical
 *
 * "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=22", or a few words as a calendar file has lines:
 * "DTSTART;TZID=Europe/Berlin:20260105T220000 RRULE:FREQ=WEEKLY;INTERVAL=2
 * EXDATE:20261228T220000". Without DTSTART it counts from 1 January 1970, 00:00.
 *
 * libical searches step by step. So that no search is without end, rules of hours and
 * below may not be narrowed by other parts (FREQ=DAILY with BYHOUR says the same), and
 * COUNT is at most SH_RRULE_COUNT.
 */
#ifndef SH_SCHEDULE_RRULE_H
#define SH_SCHEDULE_RRULE_H

#include "base/error.h"
#include "schedule/wall.h"

#define SH_RRULE_COUNT 10000
#define SH_RRULE_ZONE  64

/* ZONE becomes what DTSTART names, "" when it names none. SH_ERRC_CONFIG. */
int sh_rrule_parse(struct sh_wall_rule **out, const char *text, char zone[SH_RRULE_ZONE],
		   struct sh_error *err);

#endif
