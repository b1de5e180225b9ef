/* SPDX-License-Identifier: MIT */
/*
 * days - the proleptic Gregorian calendar as days since 1 January 1970
 *
 * After Howard Hinnant, "chrono-compatible low-level date algorithms".
 */
#ifndef SH_BASE_DAYS_H
#define SH_BASE_DAYS_H

#include <stdint.h>

struct sh_date {
	int64_t year;
	int month, day; /* from 1 */
};

int64_t sh_days_of(int64_t year, int month, int day);
struct sh_date sh_days_date(int64_t days);
int64_t sh_days_year(int64_t days);
/* Sunday is 0. */
int sh_days_weekday(int64_t days);
/* How many days the month has. */
int sh_days_in_month(int64_t year, int month);

#endif
