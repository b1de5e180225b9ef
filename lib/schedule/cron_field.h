/* SPDX-License-Identifier: MIT */
/* cron_field - one field of a crontab line as the set of values that it names */
#ifndef SH_SCHEDULE_CRON_FIELD_H
#define SH_SCHEDULE_CRON_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define SH_CRON_FIELDS	   7
#define SH_CRON_FIRST_YEAR 1970
#define SH_CRON_YEAR_WORDS 5 /* of 64 years */

enum sh_cron_kind {
	SH_CRON_SECOND,
	SH_CRON_MINUTE,
	SH_CRON_HOUR,
	SH_CRON_DAY,
	SH_CRON_MONTH,
	SH_CRON_WEEKDAY,
	SH_CRON_YEAR,
};

/* What both day fields say. */
struct sh_cron_days {
	bool any_month, any_week; /* the field leaves all open */
	uint32_t month;           /* bits 1 to 31 */
	uint32_t before_last;     /* bit 0: the last day; 3: three days before it */
	uint64_t nearest;         /* the weekday nearest to the day of bit 1 to 31; 32: to the last day */
	uint8_t week;             /* bit 0 is Sunday */
	bool any_nth;             /* one of the following is set */
	uint8_t nth[7];           /* per weekday, bits 1 to 5 */
	uint8_t nth_last[7];      /* counted from the end of the month */
};

/* Into BITS, one word but for years. SH_ERRC_CONFIG names the field. */
int sh_cron_field_bits(enum sh_cron_kind kind, const char *text, uint64_t *bits, struct sh_error *err);
int sh_cron_field_days(struct sh_cron_days *d, const char *month, const char *week, struct sh_error *err);

#endif
