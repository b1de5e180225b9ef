/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/stamp.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

#define QUARTER 900 /* s: offsets of zones change at quarters of an hour */

/* What is left of the text, and what was read of it. */
struct stamp {
	const char *p, *end;
	int year, month, day, hour, minute, second; /* month from 1; year 0: not said */
	int64_t ns;
	bool zoned;
	int offset; /* seconds east of UTC */
};

static bool take(struct stamp *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Whether one of these is next. */
static bool sees(const struct stamp *s, const char *any)
{
	return s->p < s->end && *s->p && strchr(any, *s->p);
}

static bool take_any(struct stamp *s, const char *any)
{
	if (!sees(s, any))
		return false;
	s->p++;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Exactly N digits. */
static bool digits(struct stamp *s, int n, int *out)
{
	int v = 0;

	if (s->end - s->p < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (!is_digit(s->p[i]))
			return false;
		v = 10 * v + (s->p[i] - '0');
	}
	s->p += n;
	*out = v;
	return true;
}

/* One of names of three letters each; its number from 0, or -1. */
static int short_name(struct stamp *s, const char *names, int n)
{
	if (s->end - s->p < 3)
		return -1;
	for (int i = 0; i < n; i++) {
		if (memcmp(s->p, names + (ptrdiff_t)3 * i, 3))
			continue;
		s->p += 3;
		return i;
	}
	return -1;
}

static bool month_name(struct stamp *s)
{
	s->month = short_name(s, "JanFebMarAprMayJunJulAugSepOctNovDec", 12) + 1;
	return s->month > 0;
}

/* "21", "1" and " 1". */
static bool day_of_month(struct stamp *s)
{
	take(s, ' ');
	return digits(s, 2, &s->day) || digits(s, 1, &s->day);
}

static void fraction(struct stamp *s)
{
	int64_t scale = SH_SEC / 10;

	if (s->end - s->p < 2 || !sees(s, ".,") || !is_digit(s->p[1]))
		return;
	for (s->p++; s->p < s->end && is_digit(*s->p); s->p++, scale /= 10)
		s->ns += (*s->p - '0') * scale;
}

static bool clock_time(struct stamp *s)
{
	if (!digits(s, 2, &s->hour) || !take(s, ':') || !digits(s, 2, &s->minute) ||
	    !take(s, ':') || !digits(s, 2, &s->second))
		return false;
	fraction(s);
	return true;
}

/* "+0100", "+01:00", "+01". */
static bool numeric_zone(struct stamp *s)
{
	struct stamp at = *s;
	int sign = take(&at, '-') ? -1 : 1, hours, minutes = 0;

	if (sign > 0 && !take(&at, '+'))
		return false;
	if (!digits(&at, 2, &hours))
		return false;
	if ((take(&at, ':') || sees(&at, "0123456789")) && !digits(&at, 2, &minutes))
		return false;
	if (hours > 15 || minutes > 59 || sees(&at, "0123456789"))
		return false;
	s->p = at.p;
	s->zoned = true;
	s->offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool named_zone(struct stamp *s, const char *name)
{
	size_t len = strlen(name);

	if (!len || (size_t)(s->end - s->p) < len || memcmp(s->p, name, len) ||
	    ((size_t)(s->end - s->p) > len && is_letter(s->p[len])))
		return false;
	s->p += len;
	return true;
}

/* One blank may be before it. Names other than these and our own say nothing certain. */
static void zone(struct stamp *s)
{
	const char *before = s->p;

	take(s, ' ');
	if (numeric_zone(s))
		return;
	if (named_zone(s, "Z") || named_zone(s, "UTC") || named_zone(s, "GMT")) {
		s->zoned = true;
		return;
	}
	if (s->p == s->end || !is_letter(*s->p)) {
		s->p = before;
		return;
	}
	tzset();
	if (!named_zone(s, tzname[0]) && !named_zone(s, tzname[1]))
		s->p = before;
}

static bool is_valid(const struct stamp *s)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = s->year % 4 == 0 && (s->year % 100 != 0 || s->year % 400 == 0);

	return s->year >= 1970 && s->year <= 2261 && s->month >= 1 && s->month <= 12 && s->day >= 1 &&
	       s->day <= length[s->month - 1] + (s->month == 2 && leap) && s->hour <= 23 &&
	       s->minute <= 59 && s->second <= 60;
}

/* The offset of local time when the clock on the wall shows WALL, seconds as if it were UTC. */
static int64_t local_offset(struct sh_stamp_clock *clock, const struct stamp *s, int64_t wall)
{
	struct tm tm = { .tm_year = s->year - 1900, .tm_mon = s->month - 1, .tm_mday = s->day,
			 .tm_hour = s->hour, .tm_min = s->minute / 15 * 15, .tm_isdst = -1 };
	int64_t quarter = wall / QUARTER;

	if (!clock->known || clock->quarter != quarter) {
		clock->offset = quarter * QUARTER - (int64_t)mktime(&tm);
		clock->quarter = quarter;
		clock->known = true;
	}
	return clock->offset;
}

static bool instant(struct sh_stamp_clock *clock, const struct stamp *s, int64_t *time)
{
	struct tm tm = { .tm_year = s->year - 1900, .tm_mon = s->month - 1, .tm_mday = s->day,
			 .tm_hour = s->hour, .tm_min = s->minute };
	int64_t wall, t;

	if (!is_valid(s))
		return false;
	wall = (int64_t)timegm(&tm);
	t = wall - (s->zoned ? s->offset : local_offset(clock, s, wall)) + s->second;
	if (t <= 0 || __builtin_mul_overflow(t, SH_SEC, &t) || __builtin_add_overflow(t, s->ns, &t))
		return false;
	*time = t;
	return true;
}

/* The latest year in which there is such a day that is not ahead of us. */
static bool without_year(struct sh_stamp_clock *clock, struct stamp *s, int64_t *time)
{
	int64_t now = clock->now ? clock->now : sh_clock_wall(), t;
	time_t seconds = (time_t)(now / SH_SEC + 86400);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	s->year = tm.tm_year + 1900;
	for (int i = 0; i < 9; i++, s->year--) {
		if (!instant(clock, s, &t) || t > now + SH_DAY)
			continue;
		*time = t;
		return true;
	}
	return false;
}

/* The year that may stand behind: "Nov 21 05:00:00 2026". */
static void trailing_year(struct stamp *s)
{
	struct stamp at = *s;

	if (take(&at, ' ') && digits(&at, 4, &at.year) && at.year >= 1970 &&
	    !sees(&at, "0123456789:.-/"))
		*s = at;
}

/* "Nov 21 05:00:00", "Sat Nov 21 05:00:00.123 2026", "Nov 21 2026 05:00:00". */
static bool read_month_first(struct sh_stamp_clock *clock, struct stamp *s, int64_t *time)
{
	struct stamp at;

	if (short_name(s, "SunMonTueWedThuFriSat", 7) >= 0 && !take(s, ' '))
		return false;
	if (!month_name(s) || !take(s, ' ') || !day_of_month(s) || !take(s, ' '))
		return false;
	at = *s;
	if (digits(&at, 4, &at.year) && take(&at, ' '))
		*s = at;
	if (!clock_time(s))
		return false;
	if (!s->year)
		trailing_year(s);
	return s->year ? instant(clock, s, time) : without_year(clock, s, time);
}

/* "2026-11-21T05:00:00.123456+01:00", "2026/11/21 05:00:00", "2026-11-21 05:00:00,123 CET", "20261121-05:00:00" */
static bool read_year_first(struct sh_stamp_clock *clock, struct stamp *s, int64_t *time)
{
	char separator = '\0';

	if (!digits(s, 4, &s->year))
		return false;
	if (sees(s, "-/."))
		separator = *s->p++;
	if (!digits(s, 2, &s->month) || (separator && !take(s, separator)) ||
	    !digits(s, 2, &s->day) || !take_any(s, "T t_-:") || !clock_time(s))
		return false;
	zone(s);
	return instant(clock, s, time);
}

/* "21/Nov/2026:05:00:00 +0100", "21 Nov 2026 05:00:00.123", "21-Nov-2026 05:00:00.123" */
static bool read_day_first(struct sh_stamp_clock *clock, struct stamp *s, int64_t *time)
{
	if (!digits(s, 2, &s->day) || !take_any(s, "/ -") || !month_name(s) ||
	    !take_any(s, "/ -") || !digits(s, 4, &s->year) || !take_any(s, ": ") || !clock_time(s))
		return false;
	zone(s);
	return instant(clock, s, time);
}

/* glog's "I1121 05:00:00.123456", whose letter is the level (sh_level_glog). */
static bool read_glog(struct sh_stamp_clock *clock, struct stamp *s, int64_t *time)
{
	return take_any(s, "IWEF") && digits(s, 2, &s->month) && digits(s, 2, &s->day) &&
	       take(s, ' ') && clock_time(s) && without_year(clock, s, time);
}

/* Ten digits are seconds, thirteen milliseconds: from 2001 to 2286, as nothing else is likely to be. */
static bool read_epoch(struct sh_stamp_clock *clock, struct stamp *s, int64_t *time)
{
	int64_t v = 0;
	int n = 0;

	(void)clock;
	for (; s->p < s->end && is_digit(*s->p) && n < 14; s->p++, n++)
		v = 10 * v + (*s->p - '0');
	if ((n != 10 && n != 13) || v < (n == 10 ? INT64_C(1000000000) : INT64_C(1000000000000)))
		return false;
	if (n == 10)
		fraction(s);
	if (s->p < s->end && !sees(s, " \t]"))
		return false;
	return !__builtin_mul_overflow(v, n == 10 ? SH_SEC : SH_MS, &v) &&
	       !__builtin_add_overflow(v, s->ns, time);
}

/* Redis: "1234:M 21 Nov 2026 05:00:00.123 * Ready": the time comes second. */
static const char *after_role(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && is_digit(*p))
		p++;
	if (p == start || end - p < 4 || *p != ':' || !is_letter(p[1]) || p[2] != ' ')
		return start;
	return p + 3;
}

/* Where the text behind a time begins, which closes its bracket; NULL when it is none after all. */
static const char *behind(const struct stamp *s, bool bracket)
{
	const char *p = s->p;

	if (bracket && (p == s->end || *p++ != ']'))
		return NULL;
	if (!bracket && p < s->end && (is_digit(*p) || is_letter(*p)))
		return NULL;
	if (!bracket && p < s->end && *p == ':')
		p++;
	while (p < s->end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static size_t parse(struct sh_stamp_clock *clock, struct sh_span text, int64_t *time,
		    bool (*read)(struct sh_stamp_clock *, struct stamp *, int64_t *))
{
	const char *end = text.p + text.len;
	bool bracket = text.len && *text.p == '[';
	const char *p = text.p + bracket;
	struct stamp s = { .p = read == read_day_first ? after_role(p, end) : p, .end = end };
	int64_t t;

	if (!read(clock, &s, &t))
		return 0;
	p = behind(&s, bracket);
	if (!p)
		return 0;
	*time = t;
	return (size_t)(p - text.p);
}

size_t sh_stamp_parse(struct sh_stamp_clock *clock, struct sh_span text, int64_t *time)
{
	char first = text.len > 1 ? text.p[text.p[0] == '['] : '\0';
	size_t n;

	if (!is_digit(first)) {
		if (!is_letter(first))
			return 0;
		n = parse(clock, text, time, read_month_first);
		return n ? n : parse(clock, text, time, read_glog);
	}
	n = parse(clock, text, time, read_year_first);
	if (!n)
		n = parse(clock, text, time, read_day_first);
	return n ? n : parse(clock, text, time, read_epoch);
}

size_t sh_stamp_parse_bsd(struct sh_stamp_clock *clock, struct sh_span text, int64_t *time)
{
	return text.len && text.p[0] != '[' ? parse(clock, text, time, read_month_first) : 0;
}
