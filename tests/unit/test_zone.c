/* SPDX-License-Identifier: MIT */
/* Time zones: against the C library in every zone of a list, and at the edges. */
#include "config.h"

#include "base/zone.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/zone_rule.h"
#include "tap.h"

static struct sh_zone *zone_of(const char *name)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_zone *z = NULL;

	OK(sh_zone_open(&z, name, &err) == 0, "%s opens %s", name, err.text);
	return z;
}

static int32_t library_offset(int64_t t)
{
	time_t seconds = (time_t)t;
	struct tm tm;

	return localtime_r(&seconds, &tm) ? (int32_t)tm.tm_gmtoff : INT32_MAX;
}

static void same_as_the_library(const char *name)
{
	const int64_t from = -1600000000, to = 4200000000; /* 1919 to 2103 */
	struct sh_zone *z = zone_of(name);
	int64_t bad = INT64_MIN;

	setenv("TZ", name, 1);
	tzset();
	for (int64_t t = from; z && t < to; t += 7201)
		if (sh_zone_offset(z, t) != library_offset(t))
			bad = t;
	OK(bad == INT64_MIN, "%s: as the library, at %lld too", name, (long long)bad);
	sh_zone_free(z);
}

/* Every change that an hourly walk sees, and no other; found from both sides. */
static void same_changes(const char *name)
{
	struct sh_zone *z = zone_of(name);
	const int64_t from = 0, to = 4200000000;
	int64_t bad = INT64_MIN, next = z ? sh_zone_next_change(z, from) : INT64_MAX;
	size_t n = 0;

	for (int64_t t = from + 900; z && t < to; t += 900) {
		if (sh_zone_offset(z, t) == sh_zone_offset(z, t - 900))
			continue;
		n++;
		if (next != t || sh_zone_last_change(z, t + 899) != t || sh_zone_last_change(z, t - 1) >= t)
			bad = t;
		next = sh_zone_next_change(z, t);
	}
	OK(n > 0 && bad == INT64_MIN && next >= to, "%s: %zu changes are found, at %lld too", name, n, (long long)bad);
	sh_zone_free(z);
}

static int64_t at(const char *text)
{
	int64_t t = -1;

	sh_time_parse(text, strlen(text), &t);
	return t / SH_SEC;
}

static void test_instants(void)
{
	struct sh_zone *z = zone_of("Europe/Berlin");

	if (!z)
		return;
	OK(sh_zone_instant(z, at("2026-01-10T12:00:00Z"), false) == at("2026-01-10T11:00:00Z"), "in winter");
	OK(sh_zone_instant(z, at("2026-07-10T12:00:00Z"), false) == at("2026-07-10T10:00:00Z"), "in summer");
	OK(sh_zone_instant(z, at("2026-10-25T02:30:00Z"), false) == at("2026-10-25T00:30:00Z"), "shown twice, first");
	OK(sh_zone_instant(z, at("2026-10-25T02:30:00Z"), true) == at("2026-10-25T01:30:00Z"), "shown twice, later");
	OK(sh_zone_instant(z, at("2026-03-29T02:30:00Z"), false) == at("2026-03-29T01:30:00Z"), "never shown");
	OK(sh_zone_instant(z, at("2099-07-10T12:00:00Z"), false) == at("2099-07-10T10:00:00Z"), "by the rule");
	sh_zone_free(z);
}

static void test_names(void)
{
	static const char *const bad[] = { "", "Nowhere/City", "/etc/passwd", "../zoneinfo/UTC", "Europe", "x y" };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_zone *z;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		OK(sh_zone_open(&z, bad[i], &err) < 0 && err.code == SH_ERRC_CONFIG && !z, "'%s': %s", bad[i],
		   err.text);
		sh_error_clear(&err);
	}
	z = zone_of("UTC");
	OK(z && sh_zone_offset(z, 0) == 0, "UTC needs no file");
	sh_zone_free(z);
}

static void test_rules(void)
{
	static const char *const bad[] = { "", "C1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
					   "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-200",
					   "<+03", "CET-1CEST,M3.5.0,M10.5.0x", "CET-1CEST,J400,J1" };
	struct sh_zone_rule r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		OK(!sh_zone_rule_parse(&r, bad[i], strlen(bad[i])), "no rule: '%s'", bad[i]);
	OK(sh_zone_rule_parse(&r, "<+03>-3\nrest", 12) && sh_zone_rule_offset(&r, 0) == 10800, "a fixed one");
	OK(sh_zone_rule_parse(&r, "A\0BC3", 5) == false, "no zero bytes");
	OK(sh_zone_rule_parse(&r, "AAA3BBB,J60/0,300/1:30", 22) &&
		   sh_zone_rule_offset(&r, at("2024-03-01T02:59:59Z")) == -10800 &&
		   sh_zone_rule_offset(&r, at("2024-03-01T03:00:00Z")) == -7200 &&
		   sh_zone_rule_offset(&r, at("2024-10-27T03:29:59Z")) == -7200 &&
		   sh_zone_rule_offset(&r, at("2024-10-27T03:30:00Z")) == -10800,
	   "days of the year");
}

int main(void)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
					     "Asia/Kolkata", "Africa/Casablanca", "America/Nuuk", "Pacific/Apia",
					     "Europe/Dublin", "America/Santiago", "Asia/Kathmandu", "Asia/Tehran" };

	if (access(ZONEINFO_DIR "/Europe/Berlin", R_OK) < 0)
		skip_all("no time zones on this system");
	same_changes("Europe/Berlin");
	same_changes("Australia/Lord_Howe");
	same_changes("America/Sao_Paulo");
	same_changes("Pacific/Apia");
	same_changes("Africa/Casablanca");
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		same_as_the_library(zones[i]);
	test_instants();
	test_names();
	test_rules();
	return plan_done();
}
