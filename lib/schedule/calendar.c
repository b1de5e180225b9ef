/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/days.h"
#include "base/mem.h"
#include "schedule/calendar_chain.h"
#include "schedule/pattern.h"

#define FIRST_YEAR 1970
#define LAST_YEAR  2199
#define EVERY_DAY  0x7f

struct calendar {
	struct sh_pattern p;
	unsigned weekdays; /* bit 0 is Monday */
	bool from_end;     /* days count from the end of the month */
	struct sh_chain year, month, day, hour, minute, second;
};

static const struct calendar *calendar_of(const struct sh_pattern *p)
{
	return (const struct calendar *)(const void *)p;
}

static int64_t next_year(const struct sh_pattern *p, int64_t year)
{
	int64_t found = sh_chain_next(&calendar_of(p)->year, year < FIRST_YEAR ? FIRST_YEAR : year);

	return found > LAST_YEAR ? -1 : found;
}

static int64_t next_second(const struct sh_pattern *p, int64_t ns)
{
	int64_t found = sh_chain_next(&calendar_of(p)->second, (ns + 999) / 1000);

	return found >= 60 * SH_CHAIN_SECOND ? -1 : found * 1000;
}

/* The days that one link names in a month of LAST days. */
static uint32_t days_of_link(const struct sh_chain_link *l, int last, bool from_end)
{
	int64_t start = l->start, stop = l->stop < 0 ? last : l->stop;
	uint32_t set = 0;

	if (from_end) {
		int64_t first = l->stop < 0 ? last + 1 - l->start : last + 1 - l->stop;

		stop = l->stop < 0 ? last : last + 1 - l->start;
		start = first;
	}
	for (int64_t day = start; day <= stop && day <= last; day += l->repeat) {
		if (day >= 1)
			set |= 1u << day;
		if (!l->repeat)
			break;
	}
	return set;
}

static uint32_t days_of(const struct sh_pattern *p, int64_t year, int month)
{
	const struct calendar *c = calendar_of(p);
	int last = sh_days_in_month(year, month);
	uint32_t set = c->day.n ? 0 : (uint32_t)((UINT64_C(2) << last) - 2);

	for (size_t i = 0; i < c->day.n; i++)
		set |= days_of_link(&c->day.link[i], last, c->from_end);
	if (c->weekdays != EVERY_DAY) /* bit 6 is Sunday here */
		set &= sh_pattern_weekdays((c->weekdays << 1 | c->weekdays >> 6) & EVERY_DAY,
					   sh_days_weekday(sh_days_of(year, month, 1)));
	return set;
}

static void free_calendar(struct sh_wall_rule *r)
{
	struct calendar *c = (struct calendar *)(void *)r;

	sh_chain_release(&c->year);
	sh_chain_release(&c->month);
	sh_chain_release(&c->day);
	sh_chain_release(&c->hour);
	sh_chain_release(&c->minute);
	sh_chain_release(&c->second);
	free(c);
}

static const char *const day_names[] = { "Monday",   "Tuesday", "Wednesday", "Thursday",
					 "Friday",   "Saturday", "Sunday" };

/* A weekday, short or whole, or -1; what follows must not be a letter. */
static int take_weekday(const char **p)
{
	for (int i = 0; i < 7; i++) {
		size_t len = strlen(day_names[i]);

		if (strncasecmp(*p, day_names[i], len) != 0)
			len = 3;
		if (strncasecmp(*p, day_names[i], len) != 0)
			continue;
		*p += len;
		return **p && !strchr(" ,.-", **p) ? -1 : i;
	}
	return -1;
}

/* "Mon..Wed,Fri" and the blanks behind; nothing is every day. */
static bool take_weekdays(struct calendar *c, const char **p)
{
	while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z')) {
		int from = take_weekday(p), to = from;

		if (from < 0)
			return false;
		if (**p == '-' || !strncmp(*p, "..", 2)) {
			*p += **p == '-' ? 1 : 2;
			to = take_weekday(p);
			if (to < from)
				return false;
		}
		for (int d = from; d <= to; d++)
			c->weekdays |= 1u << d;
		if (**p == ',')
			(*p)++;
		else if (**p && **p != ' ')
			return false;
		if (**p == ' ')
			break;
	}
	*p += strspn(*p, " ");
	if (!c->weekdays)
		c->weekdays = EVERY_DAY;
	return true;
}

/* "year-month-day", "month~day"; nothing where a time of the day stands. */
static bool take_date(struct calendar *c, const char **p)
{
	struct sh_chain *part[3] = { &c->year, &c->month, &c->day }, read[3] = { { 0 } };
	const char *t = *p;
	size_t n = 0;
	bool good = true;

	while (*t && good) {
		good = sh_chain_parse(&read[n++], &t, 1);
		if (!good || n == 3 || !*t || *t == ' ' || *t == ':')
			break;
		good = (*t == '-' || *t == '~') && !c->from_end;
		c->from_end = *t == '~';
		t++;
	}
	/* One part alone is an hour; a date of two parts is month and day. */
	good = good && (n < 2 || !*t || *t == ' ') && (n != 1 || !*t || *t == ':');
	if (good && n >= 2) {
		for (size_t i = 0; i < n; i++)
			*part[3 - n + i] = read[i];
		*p = t + strspn(t, " ");
		return true;
	}
	for (size_t i = 0; i < n; i++)
		sh_chain_release(&read[i]);
	c->from_end = false;
	return good;
}

static bool take_time(struct calendar *c, const char **p)
{
	if (!**p) {
		sh_chain_set(&c->hour, 0);
		sh_chain_set(&c->minute, 0);
		sh_chain_set(&c->second, 0);
		return true;
	}
	if (!sh_chain_parse(&c->hour, p, 1) || *(*p)++ != ':' || !sh_chain_parse(&c->minute, p, 1))
		return false;
	if (!**p) {
		sh_chain_set(&c->second, 0);
		return true;
	}
	return *(*p)++ == ':' && sh_chain_parse(&c->second, p, SH_CHAIN_SECOND) && !**p;
}

/* "@seconds" as date and time; the zone is UTC. */
static bool take_epoch(struct calendar *c, const char *p)
{
	int64_t t = 0;
	struct sh_date d;
	const char *start = p;

	for (; *p >= '0' && *p <= '9' && t < INT64_C(7258118400); p++)
		t = t * 10 + (*p - '0');
	if (p == start || *p || t >= INT64_C(7258118400)) /* the year 2200 */
		return false;
	d = sh_days_date(t / 86400);
	sh_chain_set(&c->year, d.year);
	sh_chain_set(&c->month, d.month);
	sh_chain_set(&c->day, d.day);
	sh_chain_set(&c->hour, t % 86400 / 3600);
	sh_chain_set(&c->minute, t % 3600 / 60);
	sh_chain_set(&c->second, t % 60 * SH_CHAIN_SECOND);
	c->weekdays = EVERY_DAY;
	return true;
}

static const char *expand(const char *text)
{
	static const char *const words[][2] = {
		{ "minutely", "*:*" },
		{ "hourly", "*:0" },
		{ "daily", "0:0" },
		{ "weekly", "Mon 0:0" },
		{ "monthly", "*-1" },
		{ "quarterly", "1,4,7,10-1" },
		{ "semiannually", "1,7-1" },
		{ "semi-annually", "1,7-1" },
		{ "biannually", "1,7-1" },
		{ "bi-annually", "1,7-1" },
		{ "annually", "1-1" },
		{ "yearly", "1-1" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(text, words[i][0]))
			return words[i][1];
	return text;
}

/* Years of two digits, as people write them. */
static void widen_years(struct sh_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		int64_t *v[] = { &c->link[i].start, &c->link[i].stop };

		for (int k = 0; k < 2; k++)
			if (*v[k] >= 0 && *v[k] < 100)
				*v[k] += *v[k] < 70 ? 2000 : 1900;
	}
}

static uint64_t bits_of(const struct sh_chain *c, int max)
{
	uint64_t set = 0;

	for (int64_t v = 0; (v = sh_chain_next(c, v)) >= 0 && v <= max; v++)
		set |= UINT64_C(1) << v;
	return set;
}

static bool is_finished(struct calendar *c)
{
	widen_years(&c->year);
	sh_chain_normalize(&c->year);
	sh_chain_normalize(&c->month);
	sh_chain_normalize(&c->day);
	sh_chain_normalize(&c->hour);
	sh_chain_normalize(&c->minute);
	sh_chain_normalize(&c->second);
	c->from_end = c->from_end && c->day.n;
	if (!sh_chain_is_valid(&c->year, FIRST_YEAR, LAST_YEAR, false) ||
	    !sh_chain_is_valid(&c->month, 1, 12, false) || !sh_chain_is_valid(&c->day, 1, 31, c->from_end) ||
	    !sh_chain_is_valid(&c->hour, 0, 23, false) || !sh_chain_is_valid(&c->minute, 0, 59, false) ||
	    !sh_chain_is_valid(&c->second, 0, 60 * SH_CHAIN_SECOND - 1, false))
		return false;
	c->p.months = (uint16_t)(bits_of(&c->month, 12) & ~UINT64_C(1));
	c->p.hours = (uint32_t)bits_of(&c->hour, 23);
	c->p.minutes = bits_of(&c->minute, 59);
	return true;
}

/* A last word that is a zone is cut off. */
static void cut_zone(char *text, char zone[SH_CALENDAR_ZONE])
{
	char *space = strrchr(text, ' ');
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_zone *z;

	zone[0] = '\0';
	if (!space || strlen(space + 1) >= SH_CALENDAR_ZONE || strpbrk(space + 1, ":*~,"))
		return;
	snprintf(zone, SH_CALENDAR_ZONE, "%s", !strcasecmp(space + 1, "UTC") ? "UTC" : space + 1);
	if ((*zone >= '0' && *zone <= '9') || sh_zone_open(&z, zone, &ignored) < 0) {
		zone[0] = '\0';
		return;
	}
	sh_zone_free(z);
	while (space > text && *space == ' ')
		*space-- = '\0';
}

static bool parse(struct calendar *c, const char *text, char zone[SH_CALENDAR_ZONE])
{
	SH_CLEANUP_FREE char *copy = sh_strdup(text);
	const char *p;

	cut_zone(copy, zone);
	p = expand(copy);
	if (!*p)
		return false;
	if (*p == '@') {
		if (*zone || !take_epoch(c, p + 1))
			return false;
		snprintf(zone, SH_CALENDAR_ZONE, "UTC");
		return is_finished(c);
	}
	return take_weekdays(c, &p) && take_date(c, &p) && take_time(c, &p) && is_finished(c);
}

int sh_calendar_parse(struct sh_wall_rule **out, const char *text, char zone[SH_CALENDAR_ZONE],
		      struct sh_error *err)
{
	struct calendar *c = sh_calloc(1, sizeof(*c));

	c->p.rule.next = sh_pattern_next;
	c->p.rule.free = free_calendar;
	c->p.year = next_year;
	c->p.days = days_of;
	c->p.second = next_second;
	*out = &c->p.rule;
	if (parse(c, text, zone))
		return 0;
	free_calendar(&c->p.rule);
	*out = NULL;
	return sh_error_set(err, SH_ERRC_CONFIG,
			    "'%.80s' is no calendar expression such as Mon..Fri *-*-* 09:00:00", text);
}

static void add_weekdays(struct sh_buf *out, unsigned set)
{
	const char *separator = "";

	for (int d = 0; d < 7; d++) {
		int end = d;

		if (!(set >> d & 1))
			continue;
		while (end < 6 && set >> (end + 1) & 1)
			end++;
		sh_buf_addf(out, "%s%.3s", separator, day_names[d]);
		separator = ",";
		if (end - d >= 2) {
			sh_buf_addf(out, "..%.3s", day_names[end]);
			d = end;
		}
	}
	sh_buf_addch(out, ' ');
}

void sh_calendar_format(const struct sh_wall_rule *r, struct sh_buf *out)
{
	const struct calendar *c = (const struct calendar *)(const void *)r;

	if (c->weekdays != EVERY_DAY)
		add_weekdays(out, c->weekdays);
	sh_chain_format(&c->year, out, 4, 1);
	sh_buf_addch(out, '-');
	sh_chain_format(&c->month, out, 2, 1);
	sh_buf_addch(out, c->from_end ? '~' : '-');
	sh_chain_format(&c->day, out, 2, 1);
	sh_buf_addch(out, ' ');
	sh_chain_format(&c->hour, out, 2, 1);
	sh_buf_addch(out, ':');
	sh_chain_format(&c->minute, out, 2, 1);
	sh_buf_addch(out, ':');
	sh_chain_format(&c->second, out, 2, SH_CHAIN_SECOND);
}
