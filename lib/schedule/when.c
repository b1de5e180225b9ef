/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/when.h"

#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "schedule/calendar.h"
#include "schedule/cron.h"
#include "schedule/rrule.h"

#define MAX_EVERY (INT64_C(3660) * SH_DAY)

const char *const sh_when_words[] = { "every", "cron", "calendar", "rrule", NULL };

/* "P1W", "P1DT12H30M": years and months have no length of their own. -1 when it is none. */
static int64_t iso_duration(const char *p)
{
	static const char date[] = "WD", time[] = "HMS";
	static const int64_t date_unit[] = { 7 * SH_DAY, SH_DAY }, time_unit[] = { SH_HOUR, SH_MIN, SH_SEC };
	const char *units = date;
	const int64_t *unit = date_unit;
	int64_t sum = 0;

	if (*p++ != 'P' || !*p)
		return -1;
	while (*p) {
		const char *letter;
		int64_t v = 0, digits = 0;

		if (*p == 'T' && units != time && p[1]) {
			units = time;
			unit = time_unit;
			p++;
			continue;
		}
		for (; *p >= '0' && *p <= '9' && ++digits < 10; p++)
			v = v * 10 + (*p - '0');
		letter = digits && *p ? strchr(units, *p) : NULL;
		if (!letter || v > MAX_EVERY / unit[letter - units])
			return -1;
		sum += v * unit[letter - units];
		p++;
	}
	return sum <= 2 * MAX_EVERY ? sum : -1;
}

int64_t sh_when_interval(const char *text)
{
	static const struct {
		const char *word;
		int64_t every;
	} words[] = { { "daily", SH_DAY }, { "weekly", 7 * SH_DAY }, { "monthly", 30 * SH_DAY } };
	int64_t v;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].word) == 0)
			return words[i].every;
	if (*text == 'P')
		v = iso_duration(text);
	else if (sh_parse_i64(text, &v) == 0)
		v = v > 0 && v <= MAX_EVERY / SH_SEC ? v * SH_SEC : -1;
	else if (sh_duration_parse(text, strlen(text), &v) < 0)
		return -1;
	return v >= SH_SEC && v <= MAX_EVERY ? v : -1;
}

static int parse_every(struct sh_when *w, const char *text, struct sh_error *err)
{
	w->every = sh_when_interval(text);
	if (w->every > 0)
		return 0;
	return sh_error_set(err, SH_ERRC_CONFIG,
			    "'every' must be daily, weekly, monthly, a number of seconds or a "
			    "duration such as 6h or PT6H, of 1s at least, not '%.40s'",
			    text);
}

/* The zone of the expression, else of the task, else of the machine. */
static int find_zone(struct sh_when *w, const char *own, const struct sh_when_options *opt,
		     struct sh_zones *zones, struct sh_error *err)
{
	char local[SH_CALENDAR_ZONE];
	const char *name = *own ? own : opt->zone;

	if (!name) {
		sh_zone_local_name(local, sizeof(local));
		name = local;
	}
	w->own_zone = *own != '\0';
	w->zone = sh_zones_get(zones, name, err);
	return w->zone ? 0 : -1;
}

int sh_when_parse(struct sh_when *w, enum sh_when_kind kind, const char *text,
		  const struct sh_when_options *opt, struct sh_zones *zones, struct sh_error *err)
{
	const struct sh_cron_options cron = { opt->seconds, opt->both_days };
	char zone[SH_CALENDAR_ZONE] = "";
	int rc = -1;

	*w = (struct sh_when){ .kind = kind, .dst = { SH_GAP_SHIFTED, SH_OVERLAP_FIRST } };
	switch (kind) {
	case SH_WHEN_EVERY:
		return parse_every(w, text, err);
	case SH_WHEN_CRON:
		rc = sh_cron_parse(&w->rule, text, &cron, err);
		break;
	case SH_WHEN_CALENDAR:
		rc = sh_calendar_parse(&w->rule, text, zone, err);
		w->dst.gap = SH_GAP_SKIP;
		break;
	case SH_WHEN_RRULE:
		rc = sh_rrule_parse(&w->rule, text, zone, err);
		break;
	case SH_WHEN_KINDS:
		break;
	}
	if (rc == 0)
		rc = find_zone(w, zone, opt, zones, err);
	if (opt->dst)
		w->dst = *opt->dst;
	if (rc < 0)
		sh_when_release(w);
	return rc;
}

void sh_when_release(struct sh_when *w)
{
	if (w->rule)
		w->rule->free(w->rule);
	w->rule = NULL;
}

int64_t sh_when_next(const struct sh_when *w, int64_t t)
{
	if (w->kind != SH_WHEN_EVERY)
		return sh_wall_next(w->rule, w->zone, w->dst, t);
	return t < INT64_MAX - w->every ? t + w->every : INT64_MAX;
}
