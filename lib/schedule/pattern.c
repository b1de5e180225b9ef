/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/pattern.h"

#include "base/clock.h"
#include "base/days.h"

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The first bit of SET from FROM on, or -1. */
static int next_bit(uint64_t set, int from)
{
	set = from < 64 ? set >> from << from : 0;
	return set ? __builtin_ctzll(set) : -1;
}

/* The first time of the day that fits from NS on, or -1. */
static int64_t next_time(const struct sh_pattern *p, int64_t ns)
{
	int hour = (int)(ns / SH_HOUR), minute = (int)(ns % SH_HOUR / SH_MIN);
	int64_t second = ns % SH_MIN;

	for (int h = next_bit(p->hours, hour); h >= 0; h = next_bit(p->hours, h + 1)) {
		int m = next_bit(p->minutes, h == hour ? minute : 0);

		for (; m >= 0; m = next_bit(p->minutes, m + 1)) {
			int64_t s = p->second(p, h == hour && m == minute ? second : 0);

			if (s >= 0)
				return h * SH_HOUR + m * SH_MIN + s;
		}
	}
	return -1;
}

/* The first day that fits from the date on, as days since the epoch; INT64_MAX: none. */
static int64_t next_day(const struct sh_pattern *p, struct sh_date from)
{
	int64_t year = from.year;

	while ((year = p->year(p, year)) >= 0 && year <= SH_PATTERN_MAX_YEAR) {
		int month = next_bit(p->months, year == from.year ? from.month : 1);

		for (; month > 0; month = next_bit(p->months, month + 1)) {
			bool first = year == from.year && month == from.month;
			int day = next_bit(p->days(p, year, month), first ? from.day : 1);

			if (day > 0)
				return sh_days_of(year, month, day);
		}
		year++;
	}
	return INT64_MAX;
}

int64_t sh_pattern_next(const struct sh_wall_rule *r, int64_t local)
{
	const struct sh_pattern *p = (const struct sh_pattern *)(const void *)r;
	int64_t from = floor_div(local, SH_DAY), day = next_day(p, sh_days_date(from)), time;

	if (day == from) {
		time = next_time(p, local - from * SH_DAY);
		if (time >= 0)
			return day * SH_DAY + time;
		day = next_day(p, sh_days_date(from + 1));
	}
	time = day == INT64_MAX ? -1 : next_time(p, 0);
	return time < 0 ? INT64_MAX : day * SH_DAY + time;
}
