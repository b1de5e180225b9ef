/* SPDX-License-Identifier: MIT */
/* When something is due: cases by hand, and patterns against a walk over every minute. */
#include "config.h"

#include "schedule/when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "schedule/calendar.h"

#include "tap.h"

static int64_t at(const char *text)
{
	int64_t t = -1;

	sh_time_parse(text, strlen(text), &t);
	return t;
}

static const struct one {
	enum sh_when_kind kind;
	const char *text, *zone, *dst, *from, *want; /* WANT NULL: never */
} ones[] = {
	{ SH_WHEN_EVERY, "P1DT6H", "UTC", NULL, "2026-01-01T00:00:00Z", "2026-01-02T06:00:00Z" },
	{ SH_WHEN_CRON, "0 0 L * *", "UTC", NULL, "2024-02-01T00:00:00Z", "2024-02-29T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 L-2 * *", "UTC", NULL, "2024-02-01T00:00:00Z", "2024-02-27T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 LW * *", "UTC", NULL, "2026-02-01T00:00:00Z", "2026-02-27T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 1W * *", "UTC", NULL, "2026-07-31T00:00:00Z", "2026-08-03T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 31W * *", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 * * Fri#2", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-05-08T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 * July friday", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-07-03T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 * * FriL", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z" },
	{ SH_WHEN_CRON, "0 0 * * fri#-2", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-05-22T00:00:00Z" },
	{ SH_WHEN_CRON, "5/20 22-1 * * *", "UTC", NULL, "2026-05-01T01:45:00Z", "2026-05-01T22:05:00Z" },
	{ SH_WHEN_CRON, "0 12 13 * Fri", "UTC", NULL, "2026-05-02T00:00:00Z", "2026-05-08T12:00:00Z" },
	{ SH_WHEN_CRON, "0 0 30 2 *", "UTC", NULL, "2026-05-02T00:00:00Z", NULL },
	{ SH_WHEN_CRON, "0 0 29 2 0", "UTC", NULL, "2026-05-02T00:00:00Z", "2027-02-07T00:00:00Z" },
	{ SH_WHEN_CRON, "@yearly", "UTC", NULL, "2026-05-02T00:00:00Z", "2027-01-01T00:00:00Z" },
	/* A whole day that was left out, and the half hour of Lord Howe. */
	{ SH_WHEN_CRON, "0 12 30 12 *", "Pacific/Apia", "skip/first", "2011-12-01T00:00:00Z", "2012-12-29T22:00:00Z" },
	{ SH_WHEN_CRON, "0 12 30 12 *", "Pacific/Apia", "at_change/first", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z" },
	{ SH_WHEN_CRON, "0 12 30 12 *", "Pacific/Apia", "shifted/first", "2011-12-01T00:00:00Z", "2011-12-30T22:00:00Z" },
	{ SH_WHEN_CRON, "10 2 * * *", "Australia/Lord_Howe", "shifted/first", "2024-10-05T12:00:00Z", "2024-10-05T15:40:00Z" },
	{ SH_WHEN_CRON, "45 1 * * *", "Australia/Lord_Howe", "skip/second", "2024-04-06T12:00:00Z", "2024-04-06T15:15:00Z" },
	{ SH_WHEN_CRON, "45 1 * * *", "Australia/Lord_Howe", "skip/first", "2024-04-06T12:00:00Z", "2024-04-06T14:45:00Z" },
	/* Far behind the tables of zone files: by their rule. */
	{ SH_WHEN_CRON, "30 2 31 3 *", "Europe/Berlin", "at_change/first", "2199-03-30T12:00:00Z", "2199-03-31T01:00:00Z" },
	{ SH_WHEN_CALENDAR, "Sun *-*~07/1 12:00", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-05-31T12:00:00Z" },
	{ SH_WHEN_CALENDAR, "*:*:0.25/20", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-05-01T00:00:00.25Z" },
	{ SH_WHEN_CALENDAR, "Fri *-*-13 09:00 Europe/Berlin", "UTC", NULL, "2026-05-01T00:00:00Z", "2026-11-13T08:00:00Z" },
	{ SH_WHEN_CALENDAR, "2020-*-*", "UTC", NULL, "2026-05-01T00:00:00Z", NULL },
	{ SH_WHEN_RRULE, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=18", "UTC", NULL,
	  "2026-05-01T00:00:00Z", "2026-05-29T18:00:00Z" },
	{ SH_WHEN_RRULE, "DTSTART;TZID=Europe/Berlin:20260105T220000 RRULE:FREQ=WEEKLY;INTERVAL=2", "UTC", NULL,
	  "2026-01-06T00:00:00Z", "2026-01-19T21:00:00Z" },
	{ SH_WHEN_RRULE, "DTSTART:20260105T220000 FREQ=WEEKLY EXDATE:20260112T220000", "UTC", NULL,
	  "2026-01-06T00:00:00Z", "2026-01-19T22:00:00Z" },
	{ SH_WHEN_RRULE, "DTSTART:20260105T220000 FREQ=DAILY;COUNT=3", "UTC", NULL, "2026-01-07T22:00:00Z", NULL },
};

static void test_ones(void)
{
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_dst dst = { SH_GAP_SKIP, SH_OVERLAP_FIRST };
		struct sh_when_options opt = { .zone = ones[i].zone, .dst = ones[i].dst ? &dst : NULL };
		int64_t want = ones[i].want ? at(ones[i].want) : INT64_MAX, got = 0;
		struct sh_zones zones;
		struct sh_when w;

		sh_zones_init(&zones);
		if (ones[i].dst && !sh_dst_parse(&dst, ones[i].dst))
			diag("no policy: %s", ones[i].dst);
		if (sh_when_parse(&w, ones[i].kind, ones[i].text, &opt, &zones, &err) == 0) {
			got = sh_when_next(&w, at(ones[i].from));
			sh_when_release(&w);
		}
		if (!OK(got == want, "%s in %s", ones[i].text, ones[i].zone))
			diag("got %lld, not %lld %s", (long long)(got / SH_SEC), (long long)(want / SH_SEC), err.text);
		sh_zones_release(&zones);
	}
}

static void test_refused(void)
{
	static const struct {
		enum sh_when_kind kind;
		const char *text;
	} cases[] = {
		{ SH_WHEN_EVERY, "P1M" }, { SH_WHEN_EVERY, "PT" }, { SH_WHEN_EVERY, "P" }, { SH_WHEN_EVERY, "500ms" },
		{ SH_WHEN_CRON, "" }, { SH_WHEN_CRON, "* * * *" }, { SH_WHEN_CRON, "60 * * * *" },
		{ SH_WHEN_CRON, "*/0 * * * *" }, { SH_WHEN_CRON, "1- * * * *" }, { SH_WHEN_CRON, "1,, * * * *" },
		{ SH_WHEN_CRON, "* * * janu-jun *" }, { SH_WHEN_CRON, "* * 0 * *" }, { SH_WHEN_CRON, "* * * * 8" },
		{ SH_WHEN_CRON, "* * * * 1#6" }, { SH_WHEN_CRON, "1_0 * * * *" }, { SH_WHEN_CRON, "@often" },
		{ SH_WHEN_CRON, "* * 32W * *" }, { SH_WHEN_CRON, "* * L-31 * *" },
		{ SH_WHEN_CALENDAR, "" }, { SH_WHEN_CALENDAR, "7" }, { SH_WHEN_CALENDAR, "121212:1:2" },
		{ SH_WHEN_CALENDAR, "2000-03-05.23 00:00:00" }, { SH_WHEN_CALENDAR, "2000-03-05 00:00.1:00" },
		{ SH_WHEN_CALENDAR, "00:00:00/0.00000001" }, { SH_WHEN_CALENDAR, "00:00:00.0..00.9" },
		{ SH_WHEN_CALENDAR, "2016~11-22" }, { SH_WHEN_CALENDAR, "*-*~5/5" }, { SH_WHEN_CALENDAR, "Monday.. 12:00" },
		{ SH_WHEN_CALENDAR, "Monday.." }, { SH_WHEN_CALENDAR, "-00:+00/-5" }, { SH_WHEN_CALENDAR, "*~29" },
		{ SH_WHEN_CALENDAR, "*~16..31" }, { SH_WHEN_CALENDAR, "12..1/2-*" }, { SH_WHEN_CALENDAR, "20/4:00" },
		{ SH_WHEN_CALENDAR, "00:00/60" }, { SH_WHEN_CALENDAR, "00:00:2300" }, { SH_WHEN_CALENDAR, "*:4,30:*,5" },
		{ SH_WHEN_CALENDAR, "@88588582097858858" }, { SH_WHEN_CALENDAR, "2016- 11- 24 12: 30: 00" },
		{ SH_WHEN_RRULE, "" }, { SH_WHEN_RRULE, "FREQ=NEVER" }, { SH_WHEN_RRULE, "DTSTART:tomorrow FREQ=DAILY" },
		{ SH_WHEN_RRULE, "FREQ=HOURLY;BYHOUR=3" }, { SH_WHEN_RRULE, "FREQ=DAILY;COUNT=20000" },
		{ SH_WHEN_RRULE, "FREQ=DAILY FREQ=WEEKLY" }, { SH_WHEN_RRULE, "FREQ=DAILY EXDATE:22603112T220000" },
	};
	const struct sh_when_options opt = { .zone = "UTC" };
	struct sh_zones zones;

	sh_zones_init(&zones);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_when w;

		OK(sh_when_parse(&w, cases[i].kind, cases[i].text, &opt, &zones, &err) < 0 && err.code == SH_ERRC_CONFIG,
		   "no %s: '%s'", sh_when_words[cases[i].kind], cases[i].text);
	}
	sh_zones_release(&zones);
}

/* Fields of a cron line made of nothing but numbers, so that a walk can judge them itself. */
struct plain {
	int minute, hour, day, month, weekday; /* -1: any */
};

static bool fits(const struct plain *p, time_t t)
{
	struct tm tm;

	localtime_r(&t, &tm);
	return (p->minute < 0 || p->minute == tm.tm_min) && (p->hour < 0 || p->hour == tm.tm_hour) &&
	       (p->month < 0 || p->month == tm.tm_mon + 1) &&
	       (p->day < 0 && p->weekday < 0 ? true :
		p->day < 0 ? p->weekday == tm.tm_wday :
		p->weekday < 0 ? p->day == tm.tm_mday :
				 p->weekday == tm.tm_wday || p->day == tm.tm_mday);
}

static int pick(int min, int max)
{
	return rand() % 3 ? -1 : min + rand() % (max - min + 1);
}

static void write_field(char **p, int v)
{
	*p += v < 0 ? sprintf(*p, "* ") : sprintf(*p, "%d ", v);
}

/* Under skip/both an instant is due exactly when its clock shows it. */
static void test_walk(const char *zone)
{
	const struct sh_dst dst = { SH_GAP_SKIP, SH_OVERLAP_BOTH };
	const struct sh_when_options opt = { .zone = zone, .dst = &dst };
	const time_t start = 1711000000, end = start + 86400 * 240; /* over both changes of 2024 */
	struct sh_zones zones;
	long bad = 0, found = 0;

	sh_zones_init(&zones);
	setenv("TZ", zone, 1);
	tzset();
	for (int n = 0; n < 12; n++) {
		struct plain p = { pick(0, 59), pick(0, 3), pick(1, 31), pick(1, 12), pick(0, 6) };
		struct sh_error err = SH_ERROR_INIT;
		char text[80], *out = text;
		struct sh_when w;
		int64_t next;

		write_field(&out, p.minute);
		write_field(&out, p.hour);
		write_field(&out, p.day);
		write_field(&out, p.month);
		write_field(&out, p.weekday);
		if (sh_when_parse(&w, SH_WHEN_CRON, text, &opt, &zones, &err) < 0) {
			bad++;
			continue;
		}
		next = sh_when_next(&w, start * SH_SEC);
		for (time_t t = start - start % 60 + 60; t < end; t += 60) {
			if (!fits(&p, t))
				continue;
			found++;
			bad += next != t * SH_SEC;
			next = sh_when_next(&w, t * SH_SEC);
		}
		bad += next < end * SH_SEC;
		sh_when_release(&w);
	}
	OK(!bad && found > 200, "%s: %ld times as a walk over the minutes finds them, %ld not", zone, found - bad, bad);
	sh_zones_release(&zones);
}

static void test_normal_form(void)
{
	static const char *const cases[][2] = {
		{ "Sat,Thu,Mon-Wed,Sat-Sun", "Mon..Thu,Sat,Sun *-*-* 00:00:00" },
		{ "Mon,Sun 12-*-* 2,1:23", "Mon,Sun 2012-*-* 01,02:23:00" },
		{ "Wed *-1", "Wed *-*-01 00:00:00" },
		{ "Wed, 17:48", "Wed *-*-* 17:48:00" },
		{ "10-15", "*-10-15 00:00:00" },
		{ "mon,fri *-1/2-1,3 *:30:45", "Mon,Fri *-01/2-01,03 *:30:45" },
		{ "Sat,Sun 08:05:40", "Sat,Sun *-*-* 08:05:40" },
		{ "semi-annually", "*-01,07-01 00:00:00" },
		{ "*:*:3.33/10.05", "*-*-* *:*:03.330000/10.050000" },
		{ "Monday *-*~3,1 9..17/2:0", "Mon *-*~01,03 09..17/2:00:00" },
		{ "*:2/3", "*-*-* *:02/3:00" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
		struct sh_error err = SH_ERROR_INIT;
		char zone[SH_CALENDAR_ZONE];
		struct sh_wall_rule *r = NULL;

		if (sh_calendar_parse(&r, cases[i][0], zone, &err) == 0) {
			sh_calendar_format(r, &out);
			r->free(r);
		}
		if (!OK(!strcmp(sh_buf_str(&out), cases[i][1]), "normal form of %s", cases[i][0]))
			diag("%s %s", sh_buf_str(&out), err.text);
	}
}

int main(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_zone *z;

	if (sh_zone_open(&z, "Australia/Lord_Howe", &err) < 0) {
		printf("1..0 # SKIP no time zones on this system\n");
		return 0;
	}
	sh_zone_free(z);
	test_ones();
	test_refused();
	test_normal_form();
	srand(1);
	test_walk("UTC");
	test_walk("Europe/Berlin");
	test_walk("Australia/Lord_Howe");
	test_walk("America/New_York");
	return plan_done();
}
