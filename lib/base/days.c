/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/days.h"

#define ERA 146097 /* days in 400 years */

int64_t sh_days_of(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct sh_date sh_days_date(int64_t days)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - (ERA - 1)) / ERA, of_era = z - era * ERA;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int month = (int)((5 * of_year + 2) / 153); /* from March */
	int day = (int)(of_year - (153 * month + 2) / 5 + 1);

	month += month < 10 ? 3 : -9;
	return (struct sh_date){ year + era * 400 + (month <= 2), month, day };
}

int64_t sh_days_year(int64_t days)
{
	return sh_days_date(days).year;
}

int sh_days_weekday(int64_t days)
{
	return (int)(((days + 4) % 7 + 7) % 7);
}

int sh_days_in_month(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}
