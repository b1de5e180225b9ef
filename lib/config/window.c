/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/zone.h"

#define DAY	 86400
#define EVERY	 0x7f
#define FORM	 "must be such as Sun 02:00-04:00 Europe/Berlin or daily 22:00-06:00"

struct sh_window {
	unsigned days; /* bit 0 is Sunday */
	int start, end; /* seconds of the day; end above start, beyond a day on the next one */
	struct sh_zone *zone;
};

static int weekday(const char *s)
{
	static const char *const names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

	for (int i = 0; i < 7; i++)
		if (!strncmp(s, names[i], 3))
			return i;
	return -1;
}

/* "Mon-Fri,Sun": LEN bytes. */
static bool parse_days(unsigned *days, const char *s, size_t len)
{
	const char *end = s + len;

	*days = len == 5 && !strncmp(s, "daily", 5) ? EVERY : 0;
	while (!(*days == EVERY && len == 5) && s < end) {
		int from = end - s >= 3 ? weekday(s) : -1, to = from;

		if (from < 0)
			return false;
		s += 3;
		if (s < end && *s == '-') {
			to = end - s >= 4 ? weekday(s + 1) : -1;
			s += 4;
		}
		if (to < 0 || (s < end && *s != ',') || s + 1 == end)
			return false;
		for (int d = from;; d = (d + 1) % 7) {
			*days |= 1u << d;
			if (d == to)
				break;
		}
		s++;
	}
	return *days != 0;
}

static bool parse_hours(struct sh_window *w, const char *s, int *used)
{
	unsigned h1, m1, h2, m2;

	*used = 0;
	if (sscanf(s, "%2u:%2u-%2u:%2u%n", &h1, &m1, &h2, &m2, used) != 4 || !*used || h1 > 23 ||
	    m1 > 59 || m2 > 59 || h2 * 60 + m2 > 24 * 60 || (h1 == h2 && m1 == m2))
		return false;
	w->start = (int)(h1 * 3600 + m1 * 60);
	w->end = (int)(h2 * 3600 + m2 * 60);
	if (w->end <= w->start)
		w->end += DAY;
	return true;
}

int sh_window_parse(struct sh_window **out, const char *text, struct sh_error *err)
{
	struct sh_window *w = sh_calloc(1, sizeof(*w));
	size_t days = strcspn(text, " ");
	const char *hours = text + days + strspn(text + days, " "), *zone;
	int used = 0;

	*out = w;
	if (parse_days(&w->days, text, days) && parse_hours(w, hours, &used)) {
		zone = hours + used + strspn(hours + used, " ");
		if (!*zone || (zone > hours + used && *zone)) {
			if (sh_zone_open(&w->zone, *zone ? zone : "UTC", err) == 0)
				return 0;
			sh_window_free(w);
			*out = NULL;
			return -1;
		}
	}
	sh_window_free(w);
	*out = NULL;
	return sh_error_set(err, SH_ERRC_CONFIG, "'%.60s' " FORM, text);
}

void sh_window_free(struct sh_window *w)
{
	if (!w)
		return;
	sh_zone_free(w->zone);
	free(w);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

bool sh_window_covers(const struct sh_window *w, int64_t t, int64_t *end)
{
	int64_t second = floor_div(t, SH_SEC);
	int64_t today = floor_div(second + sh_zone_offset(w->zone, second), DAY);
	bool covered = false;

	/* One that began yesterday may last; two that touch are one after the other. */
	for (int64_t day = today - 1; day <= today; day++) {
		int64_t midnight = day * DAY, from, to;

		if (!(w->days >> ((day % 7 + 11) % 7) & 1))
			continue;
		from = sh_zone_instant(w->zone, midnight + w->start, false);
		to = sh_zone_instant(w->zone, midnight + w->end, true);
		if (second < from || second >= to)
			continue;
		*end = to * SH_SEC;
		covered = true;
	}
	return covered;
}

int64_t sh_window_next(const struct sh_window *w, int64_t t)
{
	int64_t second = floor_div(t, SH_SEC);
	int64_t today = floor_div(second + sh_zone_offset(w->zone, second), DAY);

	/* A week and a day has each weekday, and one more where clocks are changed. */
	for (int64_t day = today; day <= today + 8; day++) {
		int64_t from = sh_zone_instant(w->zone, day * DAY + w->start, false);

		if (w->days >> ((day % 7 + 11) % 7) & 1 && from > second)
			return from * SH_SEC;
	}
	return INT64_MAX;
}
