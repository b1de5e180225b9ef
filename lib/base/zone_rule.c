/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/zone_rule.h"

#include <string.h>

#include "base/days.h"

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

/* In seconds of local time. */
static int64_t change_in(const struct sh_zone_day *d, int64_t year)
{
	int64_t first = sh_days_of(year, 1, 1), day;

	if (d->form == 'M') {
		int64_t next = d->month == 12 ? sh_days_of(year + 1, 1, 1) : sh_days_of(year, d->month + 1, 1);

		first = sh_days_of(year, d->month, 1);
		day = first + (d->day - sh_days_weekday(first) + 7) % 7 + 7 * (d->week - 1);
		while (day >= next)
			day -= 7;
	} else if (d->form == 'J') {
		bool leap = sh_days_in_month(year, 2) == 29;

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
	year = sh_days_year(local / DAY - (local % DAY < 0));
	begin = change_in(&r->begin, year) - r->standard;
	end = change_in(&r->end, year) - r->summer;
	summer = begin < end ? t >= begin && t < end : t >= begin || t < end;
	return summer ? r->summer : r->standard;
}

/* Both changes of a year, the earlier first. */
static void changes_of(const struct sh_zone_rule *r, int64_t year, int64_t change[2])
{
	int64_t begin = change_in(&r->begin, year) - r->standard;
	int64_t end = change_in(&r->end, year) - r->summer;

	change[0] = begin < end ? begin : end;
	change[1] = begin < end ? end : begin;
}

static int64_t year_at(int64_t t)
{
	return sh_days_year(t / DAY - (t % DAY < 0));
}

int64_t sh_zone_rule_next_change(const struct sh_zone_rule *r, int64_t t)
{
	int64_t year = year_at(t), change[2];

	if (!r->has_summer || r->summer == r->standard)
		return INT64_MAX;
	for (int64_t y = year - 1; y <= year + 1; y++) {
		changes_of(r, y, change);
		for (int i = 0; i < 2; i++)
			if (change[i] > t)
				return change[i];
	}
	return INT64_MAX;
}

int64_t sh_zone_rule_last_change(const struct sh_zone_rule *r, int64_t t)
{
	int64_t year = year_at(t), change[2];

	if (!r->has_summer || r->summer == r->standard)
		return INT64_MIN;
	for (int64_t y = year + 1; y >= year - 1; y--) {
		changes_of(r, y, change);
		for (int i = 1; i >= 0; i--)
			if (change[i] <= t)
				return change[i];
	}
	return INT64_MIN;
}
