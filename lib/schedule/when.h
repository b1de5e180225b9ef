/* SPDX-License-Identifier: MIT */
/*
 * when - the times at which something is due, in whichever language they were written
 *
 *	every     a distance: daily (24 hours), weekly, monthly (30 days), seconds, 6h, PT6H
 *	cron      the fields of a crontab, see cron.h
 *	calendar  systemd's calendar expressions, see calendar.h
 *	rrule     recurrence rules of RFC 5545, see rrule.h
 *
 * All but the first are of a time zone. What happens when its clocks are changed:
 * cron and rrule shifted/first unless said otherwise, as RFC 5545 has it (but where
 * cron's minute or hour begins with "*", what clocks show counts, as often as they do), calendar skip/first as systemd.
 */
#ifndef SH_SCHEDULE_WHEN_H
#define SH_SCHEDULE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "schedule/wall.h"
#include "schedule/zones.h"

enum sh_when_kind { SH_WHEN_EVERY, SH_WHEN_CRON, SH_WHEN_CALENDAR, SH_WHEN_RRULE, SH_WHEN_KINDS };
extern const char *const sh_when_words[]; /* "every", …; NULL-terminated */

struct sh_when {
	enum sh_when_kind kind;
	int64_t every;              /* ns, of SH_WHEN_EVERY */
	struct sh_wall_rule *rule;  /* of the others; owned */
	const struct sh_zone *zone; /* borrowed */
	bool own_zone;              /* the expression names it */
	struct sh_dst dst;
};

struct sh_when_options {
	const char *zone;         /* NULL: what this machine shows; a zone in the expression stands above */
	const struct sh_dst *dst; /* NULL: the default of the language */
	bool seconds, both_days;  /* of cron */
};

/* Zones are taken from ZONES, which W must not outlive. SH_ERRC_CONFIG. */
int sh_when_parse(struct sh_when *w, enum sh_when_kind kind, const char *text,
		  const struct sh_when_options *opt, struct sh_zones *zones, struct sh_error *err);
void sh_when_release(struct sh_when *w);
/* The first instant after T; of "every" that long after T. INT64_MAX: never. */
int64_t sh_when_next(const struct sh_when *w, int64_t t);

/* "daily", "30" (seconds), "6h", "P1DT6H": ns from one second to ten years, or -1. */
int64_t sh_when_interval(const char *text);

#endif
