/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/zone_rule.h"

#include <string.h>

#define DAY 86400

struct text {
	const char *p, *end;
};

static bool take(struct text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool is_digit(const struct text *t)
{
	return t->p < t->end && *t->p >= '0' && *t->p <= '9';
}

static bool take_number(struct text *t, int max, int *out)
{
	if (!is_digit(t))
		return false;
	for (*out = 0; is_digit(t) && *out <= max; t->p++)
		*out = *out * 10 + (*t->p - '0');
	return *out <= max;
}

/* "CET" or "<+03>". */
static bool skip_name(struct text *t)
{
	const char *from = t->p;

	if (take(t, '<')) {
		while (t->p < t->end && *t->p != '>')
			t->p++;
		return take(t, '>');
	}
	while (t->p < t->end && ((*t->p | 32) >= 'a' && (*t->p | 32) <= 'z'))
		t->p++;
	return t->p - from >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct text *t, int32_t *out)
{
	bool negative = take(t, '-');
	int h, m = 0, s = 0;

	if (!negative)
		take(t, '+');
	if (!take_number(t, 167, &h) || (take(t, ':') && !take_number(t, 59, &m)) ||
	    (take(t, ':') && !take_number(t, 59, &s)))
		return false;
	*out = (negative ? -1 : 1) * (h * 3600 + m * 60 + s);
	return true;
}

static bool take_day(struct text *t, struct sh_zone_day *d)
{
	d->time = 2 * 3600;
	if (!take(t, ','))
		return false;
	d->form = take(t, 'M') ? 'M' : take(t, 'J') ? 'J' : 'n';
	if (d->form == 'M') {
		if (!take_number(t, 12, &d->month) || !take(t, '.') || !take_number(t, 5, &d->week) ||
		    !take(t, '.') || !take_number(t, 6, &d->day) || !d->month || !d->week)
			return false;
	} else if (!take_number(t, 365, &d->day)) {
		return false;
	}
	return !take(t, '/') || take_time(t, &d->time);
}

bool sh_zone_rule_parse(struct sh_zone_rule *r, const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);
	struct text t = { text, newline ? newline : text + len };

	memset(r, 0, sizeof(*r));
	if (!skip_name(&t) || !take_time(&t, &r->standard))
		return false;
	r->standard = -r->standard; /* POSIX counts west */
	if (t.p == t.end)
		return true;
	r->has_summer = true;
	r->summer = r->standard + 3600;
	if (!skip_name(&t))
		return false;
	if (t.p < t.end && *t.p != ',') {
		if (!take_time(&t, &r->summer))
			return false;
		r->summer = -r->summer;
	}
	return take_day(&t, &r->begin) && take_day(&t, &r->end) && t.p == t.end;
}

/* Days since the epoch of a day of the proleptic Gregorian calendar; month 1 to 12. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t year_of(int64_t days)
{
	int64_t year = 1970 + days / 366 - (days < 0);

	while (days_of(year + 1, 1, 1) <= days)
		year++;
	while (days_of(year, 1, 1) > days)
		year--;
	return year;
}

static int weekday_of(int64_t days)
{
	return (int)(((days + 4) % 7 + 7) % 7);
}

/* In seconds of local time. */
static int64_t change_in(const struct sh_zone_day *d, int64_t year)
{
	int64_t first = days_of(year, 1, 1), day;

	if (d->form == 'M') {
		int64_t next = d->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, d->month + 1, 1);

		first = days_of(year, d->month, 1);
		day = first + (d->day - weekday_of(first) + 7) % 7 + 7 * (d->week - 1);
		while (day >= next)
			day -= 7;
	} else if (d->form == 'J') {
		bool leap = days_of(year, 3, 1) - days_of(year, 2, 1) == 29;

		day = first + d->day - 1 + (leap && d->day >= 60);
	} else {
		day = first + d->day;
	}
	return day * DAY + d->time;
}

int32_t sh_zone_rule_offset(const struct sh_zone_rule *r, int64_t t)
{
	int64_t local = t + r->standard, year, begin, end;
	bool summer;

	if (!r->has_summer)
		return r->standard;
	year = year_of(local / DAY - (local % DAY < 0));
	begin = change_in(&r->begin, year) - r->standard;
	end = change_in(&r->end, year) - r->summer;
	summer = begin < end ? t >= begin && t < end : t >= begin || t < end;
	return summer ? r->summer : r->standard;
}
