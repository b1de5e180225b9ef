/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/instant.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "tap.h"

/* Every day of the years 1 to 9999 against the C library. */
static void test_calendar(void)
{
	int64_t first = INT64_C(-62135596800), last = INT64_C(253402300799);
	int64_t bad = 0;

	for (int64_t sec = first; sec <= last; sec += 86399) {
		struct sh_civil c = sh_instant_civil((struct sh_instant){ sec, 0 }, 0);
		time_t t = (time_t)sec;
		struct tm tm;

		gmtime_r(&t, &tm);
		if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
		    c.weekday != tm.tm_wday || c.yearday != tm.tm_yday || c.hour != tm.tm_hour ||
		    c.minute != tm.tm_min || c.second != tm.tm_sec)
			bad++;
	}
	OK(bad == 0, "the calendar is the C library's (%lld differences)", (long long)bad);
}

static void test_text(void)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} cases[] = {
		{ "2026-11-21T01:02:03Z", "2026-11-21T01:02:03Z" },
		{ "2026-11-21t01:02:03.500z", "2026-11-21T01:02:03.5Z" },
		{ "2026-11-21T01:02:03.000000001Z", "2026-11-21T01:02:03.000000001Z" },
		{ "2026-11-21T01:02:03+05:30", "2026-11-20T19:32:03Z" },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
		{ "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z" },
		{ "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z" },
		{ "1900-02-29T00:00:00Z", NULL },
		{ "0000-01-01T00:00:00Z", NULL },
		{ "9999-12-31T23:59:59-00:01", NULL },
		{ "2026-13-01T00:00:00Z", NULL },
		{ "2026-00-01T00:00:00Z", NULL },
		{ "2026-01-32T00:00:00Z", NULL },
		{ "2026-01-01T24:00:00Z", NULL },
		{ "2026-01-01T00:60:00Z", NULL },
		{ "2026-01-01T00:00:60Z", NULL },
		{ "2026-01-01T00:00:00.Z", NULL },
		{ "2026-01-01T00:00:00", NULL },
		{ "2026-01-01T00:00:00Zx", NULL },
		{ "2026-01-01 00:00:00Z", NULL },
		{ "2026-01-01T00:00:00+24:00", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
		struct sh_instant t;
		int r = sh_instant_parse(sh_span_of(cases[i].text), &t);

		if (!r)
			sh_instant_format(t, &out);
		OK(cases[i].want ? !r && !strcmp(sh_buf_str(&out), cases[i].want) : r < 0,
		   "'%s' is %s", cases[i].text, cases[i].want ? cases[i].want : "refused");
	}
}

static void test_durations(void)
{
	static const struct {
		const char *text;
		int64_t want;
		int r;
	} cases[] = {
		{ "1h", SH_HOUR, 0 },          { "1h30m", SH_HOUR + 30 * SH_MIN, 0 },
		{ "1.5h", 90 * SH_MIN, 0 },    { "-1.5s", -1500 * SH_MS, 0 },
		{ "+2d", 2 * SH_DAY, 0 },      { "0.25ms", 250000, 0 },
		{ ".5s", 500 * SH_MS, 0 },     { "1.s", SH_SEC, 0 },
		{ "10us1ns", 10001, 0 },       { "0", 0, 0 },
		{ "1.23456789s", 1234567890, 0 }, { "9223372036854775807ns", INT64_MAX, 0 },
		{ "9223372036854775808ns", 0, -1 }, { "9223372037s", 0, -1 },
		{ "", 0, -1 },                 { "-", 0, -1 },
		{ "s", 0, -1 },                { ".s", 0, -1 },
		{ "1", 0, -1 },                { "1h ", 0, -1 },
		{ "1x", 0, -1 },               { "--1s", 0, -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns = 0;
		int r = sh_duration_parse_cel(sh_span_of(cases[i].text), &ns);

		OK((r < 0) == (cases[i].r < 0) && (r < 0 || ns == cases[i].want), "duration '%s'",
		   cases[i].text);
	}
}

static void test_sums(void)
{
	struct sh_instant t = { 0, 0 }, u;
	int64_t ns;

	OK(!sh_instant_add(t, -1, &u) && u.sec == -1 && u.ns == 999999999, "one nanosecond before");
	OK(!sh_instant_add(u, 1, &u) && u.sec == 0 && u.ns == 0, "and back");
	OK(!sh_instant_diff(u, (struct sh_instant){ -1, 500000000 }, &ns) && ns == 500 * SH_MS,
	   "half a second apart");
	OK(sh_instant_diff((struct sh_instant){ INT64_C(10000000000), 0 }, t, &ns) < 0,
	   "more than 292 years apart is out of range");
}

int main(void)
{
	test_calendar();
	test_text();
	test_durations();
	test_sums();
	return plan_done();
}
