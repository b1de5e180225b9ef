/* SPDX-License-Identifier: MIT */
/* The times and levels with which lines of logs begin. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "collect/log/level.h"
#include "collect/log/stamp.h"
#include "record/fault.h"
#include "tap.h"

static int64_t at(const char *text)
{
	int64_t t = -1;

	sh_time_parse(text, strlen(text), &t);
	return t;
}

struct stamp_case {
	const char *text;
	size_t len; /* 0: no time */
	const char *time;
};

static void check_stamps(const struct stamp_case *c, size_t n, const char *now)
{
	struct sh_stamp_clock clock = { .now = at(now) };

	for (size_t i = 0; i < n; i++) {
		int64_t t = 0;
		size_t len = sh_stamp_parse(&clock, sh_span_of(c[i].text), &t);
		char text[SH_TIME_TEXT];

		sh_time_format(text, t);
		if (!OK(len == c[i].len && t == (c[i].len ? at(c[i].time) : 0), "time of '%s'", c[i].text))
			diag("%zu bytes, %s", len, text);
	}
}

static void test_stamps(void)
{
	static const struct stamp_case cases[] = {
		{ "2026-11-21T05:00:00Z x", 21, "2026-11-21T05:00:00Z" },
		{ "2026-11-21T05:00:00.123456+01:00 x", 33, "2026-11-21T04:00:00.123456Z" },
		{ "2026-11-21 05:00:00,123 ERROR x", 24, "2026-11-21T05:00:00.123Z" },
		{ "2026-11-21 05:00:00.123 UTC [12] LOG", 28, "2026-11-21T05:00:00.123Z" },
		{ "2026-11-21 05:00:00 -0330 x", 26, "2026-11-21T08:30:00Z" },
		{ "2026-11-21 05:00:00 +01 x", 24, "2026-11-21T04:00:00Z" },
		{ "2026-11-21 05:00:00 WARN x", 20, "2026-11-21T05:00:00Z" },
		{ "2026-11-21 05:00:00 UTCX x", 20, "2026-11-21T05:00:00Z" },
		{ "[2026-11-21 05:00:00] x", 22, "2026-11-21T05:00:00Z" },
		{ "[2026-11-21 05:00:00 x", 0, NULL },
		{ "2026/11/21 05:00:00 [warn] x", 20, "2026-11-21T05:00:00Z" },
		{ "2026.11.21 05:00:00: x", 21, "2026-11-21T05:00:00Z" },
		{ "20261121-05:00:00 x", 18, "2026-11-21T05:00:00Z" },
		{ "2026-11/21 05:00:00 x", 0, NULL },
		{ "2026-02-29 05:00:00 x", 0, NULL },
		{ "2026-11-21 25:00:00 x", 0, NULL },
		{ "2026-11-21 05:00:00x", 0, NULL },
		{ "2026-11-21", 0, NULL },
		{ "1969-11-21 05:00:00 x", 0, NULL },
		{ "Nov 21 05:00:00 h x", 16, "2026-11-21T05:00:00Z" },
		{ "Nov  1 05:00:00 h x", 16, "2026-11-01T05:00:00Z" },
		{ "Nov 1 05:00:00 h x", 15, "2026-11-01T05:00:00Z" },
		{ "Nov 21 05:00:00.250 h", 20, "2026-11-21T05:00:00.250Z" },
		{ "Nov 22 04:00:00 ahead", 16, "2026-11-22T04:00:00Z" },
		{ "Nov 23 05:00:00 too far ahead", 16, "2025-11-23T05:00:00Z" },
		{ "Dec 31 23:59:60 leap second", 16, "2026-01-01T00:00:00Z" },
		{ "Feb 29 12:00:00 leap year", 16, "2024-02-29T12:00:00Z" },
		{ "Feb 30 12:00:00 never", 0, NULL },
		{ "Nov 21 2025 05:00:00 cisco", 21, "2025-11-21T05:00:00Z" },
		{ "Sat Nov 21 05:00:00 2025 x", 25, "2025-11-21T05:00:00Z" },
		{ "[Sat Nov 21 05:00:00.123456 2026] [core:error] x", 34, "2026-11-21T05:00:00.123456Z" },
		{ "May be 12:00:00", 0, NULL },
		{ "[21/Nov/2026:05:00:00 +0000] \"GET", 29, "2026-11-21T05:00:00Z" },
		{ "1234:M 21 Nov 2026 05:00:00.123 * Ready", 32, "2026-11-21T05:00:00.123Z" },
		{ "I1121 05:00:00.123456 12 f.go:1] x", 22, "2026-11-21T05:00:00.123456Z" },
		{ "1795000000.5 x", 13, "2026-11-18T11:06:40.500Z" },
		{ "1795000000123 x", 14, "2026-11-18T11:06:40.123Z" },
		{ "12345 x", 0, NULL }, { "17950000001 x", 0, NULL }, { "", 0, NULL }, { "[", 0, NULL },
		{ "2026-11-21T05:00:00.999999999999Z", 33, "2026-11-21T05:00:00.999999999Z" },
	};

	check_stamps(cases, sizeof(cases) / sizeof(*cases), "2026-11-21T12:00:00Z");
}

/* Local time, over both changes of daylight saving time. */
static void test_zone(void)
{
	static const struct stamp_case cases[] = {
		{ "2026-07-01 12:00:00 x", 20, "2026-07-01T10:00:00Z" },
		{ "2026-07-01 12:00:00 CEST x", 25, "2026-07-01T10:00:00Z" },
		{ "2026-12-01 12:00:00 x", 20, "2026-12-01T11:00:00Z" },
		{ "2026-12-01T12:00:00Z x", 21, "2026-12-01T12:00:00Z" },
		{ "2026-03-29 01:59:59 x", 20, "2026-03-29T00:59:59Z" },
		{ "2026-03-29 03:00:00 x", 20, "2026-03-29T01:00:00Z" },
		{ "2026-10-25 01:59:59 x", 20, "2026-10-24T23:59:59Z" },
		{ "2026-10-25 03:00:00 x", 20, "2026-10-25T02:00:00Z" },
		{ "Dec 31 23:30:00 h", 16, "2025-12-31T22:30:00Z" },
		{ "Jan  1 00:30:00 h", 16, "2025-12-31T23:30:00Z" },
	};

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	check_stamps(cases, sizeof(cases) / sizeof(*cases), "2026-01-01T12:00:00Z");
	setenv("TZ", "UTC", 1);
	tzset();
}

static void test_levels(void)
{
	static const struct { const char *text; int severity; } cases[] = {
		{ "ERROR [main] x", SH_SEVERITY_HIGH }, { "[error] x", SH_SEVERITY_HIGH },
		{ "[core:error] x", SH_SEVERITY_HIGH }, { "error: x", SH_SEVERITY_HIGH },
		{ "0 [Warning] x", SH_SEVERITY_MEDIUM }, { "level=warning msg=x", SH_SEVERITY_MEDIUM },
		{ "t=1 lvl=\"x\" severity=crit", SH_SEVERITY_CRITICAL }, { "FATAL: x", SH_SEVERITY_CRITICAL },
		{ "INFO no ERROR here", SH_SEVERITY_INFO }, { "<NOTICE> x", SH_SEVERITY_LOW },
		{ "an error occurred", -1 }, { "error_log opened", -1 }, { "/var/log/error.log: x", -1 },
		{ "ERRORS: 0", -1 }, { "PANICKED", -1 }, { "", -1 },
		{ "one two three four five six seven ERROR", -1 }, { "errors=ERROR(1)", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		OK(sh_level_find(sh_span_of(cases[i].text)) == cases[i].severity, "level of '%s'",
		   cases[i].text);
	OK(sh_level_word(sh_span_of("50")) == SH_SEVERITY_HIGH && sh_level_word(sh_span_of("3")) == SH_SEVERITY_HIGH &&
	   sh_level_word(sh_span_of("Warn")) == SH_SEVERITY_MEDIUM && sh_level_word(sh_span_of("W")) == SH_SEVERITY_MEDIUM &&
	   sh_level_word(sh_span_of("60")) == SH_SEVERITY_CRITICAL && sh_level_word(sh_span_of("none")) == -1 &&
	   sh_level_word(SH_SPAN_NONE) == -1, "words of levels");
	OK(sh_level_syslog(-1) == -1 && sh_level_syslog(8) == -1 && sh_level_syslog(2) == SH_SEVERITY_CRITICAL,
	   "priorities");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	test_stamps();
	test_zone();
	test_levels();
	return plan_done();
}
