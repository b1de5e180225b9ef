/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/clock.h"
#include "base/near.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tap.h"

static void instants(void)
{
	static const struct {
		const char *text;
		const char *back; /* NULL: refused */
	} cases[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z" },
		{ "2026-11-21T01:02:03.000004Z", "2026-11-21T01:02:03.000004Z" },
		{ "2026-11-21T01:02:03.1Z", "2026-11-21T01:02:03.100000Z" },
		{ "2026-11-21T01:02:03.123456789Z", "2026-11-21T01:02:03.123456Z" },
		{ "2026-11-21t01:02:03z", "2026-11-21T01:02:03.000000Z" },
		{ "2026-11-21 01:02:03+08:00", "2026-11-20T17:02:03.000000Z" },
		{ "2026-11-20T23:30:00-01:30", "2026-11-21T01:00:00.000000Z" },
		{ "1970-01-01T00:00:00.5+00:01", "1969-12-31T23:59:00.500000Z" },
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z" },
		{ "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z" },
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z" },
		{ "2261-12-31T23:59:59Z", "2261-12-31T23:59:59.000000Z" },
		{ "2023-02-29T00:00:00Z", NULL },
		{ "2100-02-29T00:00:00Z", NULL },
		{ "2026-13-01T00:00:00Z", NULL },
		{ "2026-00-01T00:00:00Z", NULL },
		{ "2026-04-31T00:00:00Z", NULL },
		{ "2026-11-21T24:00:00Z", NULL },
		{ "2026-11-21T01:02:03", NULL },
		{ "2026-11-21T01:02:03.Z", NULL },
		{ "2026-11-21T01:02:03+0800", NULL },
		{ "2026-11-21T01:02:03+24:00", NULL },
		{ "2026-11-21T01:02:03Zx", NULL },
		{ "2262-01-01T00:00:00Z", NULL },
		{ "1969-12-31T23:59:59Z", NULL },
		{ "26-11-21T01:02:03Z", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[SH_TIME_TEXT] = "refused";
		int64_t t = 42;
		int rc = sh_time_parse(cases[i].text, strlen(cases[i].text), &t);

		if (rc == 0)
			sh_time_format(text, t);
		if (cases[i].back)
			OK(!strcmp(text, cases[i].back), "'%s' is %s", cases[i].text, text);
		else
			OK(rc == -EINVAL && t == 42, "'%s' is %s", cases[i].text, text);
	}
}

/* All that an int64_t of nanoseconds reaches, against the C library. */
static void days(void)
{
	int wrong = 0;

	for (int64_t day = -106751; day <= 106751; day++) {
		int64_t t = day * SH_DAY + (day * 7919 % 43200 + 43200) % 43200 * 2 * SH_SEC;
		time_t sec = (time_t)((t - (t % SH_SEC + SH_SEC) % SH_SEC) / SH_SEC);
		char text[SH_TIME_TEXT], want[SH_TIME_TEXT];
		struct tm tm;

		gmtime_r(&sec, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
		wrong += sh_time_format(text, t) != strlen(want) || strcmp(text, want) != 0;
	}
	OK(!wrong, "each day from 1677 to 2262 is that of the C library, %d are not", wrong);
}

/* Where a character is expected a NUL byte is not one; the text need not end in one either. */
/* A time after another is what it is by itself. */
static void near_times(void)
{
	static const char any[] = "0123456789.:-TZz+ t";
	struct sh_time_near near = { 0 };
	uint32_t seed = 1;
	char text[] = "2026-11-21T23:59:58.000000Z";
	bool same = true;

	for (int i = 0; i < 200000 && same; i++) {
		int64_t one = 0, two = 0;
		size_t at, len = sizeof(text) - 1;

		seed = seed * 1664525 + 1013904223;
		at = (seed >> 8) % len;
		if ((seed & 0xE0) == 0) /* now and then it is no time any more, or a new one */
			memcpy(text, "2024-02-29T12:34:60.999999Z", sizeof(text));
		text[at] = any[(seed >> 16) % (at < 20 || at > 25 ? sizeof(any) - 1 : 10)];
		len -= (seed & 0x1C) == 0;
		same = sh_time_parse_near(&near, text, len, &one) == sh_time_parse(text, len, &two) &&
		       one == two;
	}
	OK(same, "a time is parsed beside another as it is by itself: %s", text);
}

/* Each byte at each place of a time that is near. */
static void near_bytes(void)
{
	static const char good[] = "2026-11-21T23:59:58.123456Z";
	int64_t one = 0, two = 0;
	int wrong = 0;

	for (size_t at = 0; at < sizeof(good) - 1; at++)
		for (int c = 0; c < 256; c++) {
			struct sh_time_near near = { 0 };
			char text[sizeof(good)];

			memcpy(text, good, sizeof(text));
			wrong += sh_time_parse_near(&near, text, sizeof(text) - 1, &one) != 0;
			text[at] = (char)c;
			wrong += (sh_time_parse(text, sizeof(text) - 1, &two) == 0) !=
					 (sh_time_parse_near(&near, text, sizeof(text) - 1, &one) == 0) ||
				 (sh_time_parse(text, sizeof(text) - 1, &two) == 0 && one != two);
		}
	OK(!wrong, "whatever stands in it: %d wrong", wrong);
}

static void spans(void)
{
	static const char nul[] = "2026-11-21\0" "01:02:03Z";
	int64_t t;

	OK(sh_time_parse(nul, sizeof(nul) - 1, &t) == -EINVAL, "a NUL byte is no separator");
	OK(sh_time_parse("2026-11-21T01:02:03\0", 20, &t) == -EINVAL, "nor is it a zone");
	OK(sh_time_parse("2026-11-21T01:02:03Zjunk", 20, &t) == 0, "only LEN bytes are read");
}

static void durations(void)
{
	static const struct {
		const char *text;
		int rc;
		int64_t ns;
		const char *back;
	} cases[] = {
		{ "0s", 0, 0, "0s" },
		{ "500ms", 0, 500 * SH_MS, "500ms" },
		{ "90s", 0, 90 * SH_SEC, "1m30s" },
		{ "1h30m", 0, 90 * SH_MIN, "1h30m" },
		{ "1w", 0, 7 * SH_DAY, "7d" },
		{ "1d1ms", 0, SH_DAY + SH_MS, "1d1ms" },
		{ "5m5m", 0, 10 * SH_MIN, "10m" },
		{ "", -EINVAL, 0, NULL },
		{ "5", -EINVAL, 0, NULL },
		{ "ms", -EINVAL, 0, NULL },
		{ "-5s", -EINVAL, 0, NULL },
		{ "5 s", -EINVAL, 0, NULL },
		{ "1.5s", -EINVAL, 0, NULL },
		{ "5y", -EINVAL, 0, NULL },
		{ "5s ", -EINVAL, 0, NULL },
		{ "9999999999999999999s", -ERANGE, 0, NULL },
		{ "999999999999w", -ERANGE, 0, NULL },
		{ "15000w15000w", -ERANGE, 0, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[SH_DURATION_TEXT] = "refused";
		int64_t d = 42, want = cases[i].rc ? 42 : cases[i].ns;
		int rc = sh_duration_parse(cases[i].text, strlen(cases[i].text), &d);

		if (rc == 0)
			sh_duration_format(text, d);
		OK(rc == cases[i].rc && d == want && (rc || !strcmp(text, cases[i].back)),
		   "duration '%s' is %s", cases[i].text, text);
	}
}

static void text_of_durations(void)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ -90 * SH_SEC, "-1m30s" },
		{ 250000, "0.250000ms" },
		{ 1, "0.000001ms" },
		{ 2 * SH_MS + 1, "2ms" },
		{ INT64_MAX, "106751d23h47m16s854ms" },
		{ INT64_MIN, "-106751d23h47m16s854ms" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[SH_DURATION_TEXT];
		size_t n = sh_duration_format(text, cases[i].ns);

		OK(n == strlen(text) && !strcmp(text, cases[i].text), "%" PRId64 " ns is '%s'",
		   cases[i].ns, text);
	}
}

static void times_of_files(void)
{
	const struct timespec usual = { .tv_sec = 1700000000, .tv_nsec = 5 };
	const struct timespec late = { .tv_sec = INT64_C(9999999999999) };
	const struct timespec early = { .tv_sec = INT64_C(-9000000000000), .tv_nsec = 1 };

	OK(sh_clock_of(usual) == 1700000000 * SH_SEC + 5, "a time of a file in ns");
	OK(sh_clock_of(late) == INT64_MAX && sh_clock_of(early) == INT64_MIN,
	   "a year that has no ns is the last or the first that has");
	OK(sh_clock_age(late) < -9e12 && sh_clock_age(early) > 9e12, "its age is told all the same");
}

static void clocks(void)
{
	int64_t before = sh_clock_mono(), after;
	char id[SH_BOOT_ID_TEXT];

	sh_clock_sleep(20 * SH_MS);
	after = sh_clock_mono();
	OK(after - before >= 20 * SH_MS, "a sleep of 20 ms took %" PRId64 " ns", after - before);
	OK(sh_clock_wall() > INT64_C(1700000000) * SH_SEC, "the wall clock is past 2023");
	sh_clock_boot_id(id);
	OK(strlen(id) == 36 && !strpbrk(id, "\n "), "the boot id is '%s'", id);
}

int main(void)
{
	instants();
	days();
	near_times();
	near_bytes();
	spans();
	durations();
	text_of_durations();
	times_of_files();
	clocks();
	return plan_done();
}
