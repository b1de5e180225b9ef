/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/rrule.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/days.h"
#include "base/mem.h"

#define MAX_EXCEPTIONS 1000
#define LAST_YEAR      2261

struct rrule {
	struct sh_wall_rule rule;
	struct icalrecurrencetype what;
	struct icaltimetype start;
	int64_t *except; /* owned; shown times */
	size_t exceptions, cap;
};

static struct icaltimetype time_of(int64_t local)
{
	int64_t days = local / SH_DAY - (local % SH_DAY < 0), rest = local - days * SH_DAY;
	struct sh_date d = sh_days_date(days);
	struct icaltimetype t = icaltime_null_time();

	t.year = (int)d.year;
	t.month = d.month;
	t.day = d.day;
	t.hour = (int)(rest / SH_HOUR);
	t.minute = (int)(rest % SH_HOUR / SH_MIN);
	t.second = (int)(rest % SH_MIN / SH_SEC);
	return t;
}

static int64_t local_of(const struct icaltimetype *t)
{
	return sh_days_of(t->year, t->month, t->day) * SH_DAY + t->hour * SH_HOUR + t->minute * SH_MIN +
	       t->second * SH_SEC;
}

static bool is_excepted(const struct rrule *r, int64_t local)
{
	for (size_t i = 0; i < r->exceptions; i++)
		if (r->except[i] == local)
			return true;
	return false;
}

static int64_t next(const struct sh_wall_rule *rule, int64_t local)
{
	const struct rrule *r = (const struct rrule *)(const void *)rule;
	int64_t from = local / SH_SEC * SH_SEC + (local % SH_SEC > 0 ? SH_SEC : 0), found = INT64_MAX;
	struct icalrecur_iterator_impl *it = icalrecur_iterator_new(r->what, r->start);

	if (!it)
		return INT64_MAX;
	/* What is counted is counted from the start. */
	if (!r->what.count && from > local_of(&r->start))
		icalrecur_iterator_set_start(it, time_of(from));
	for (size_t turn = 0; turn <= SH_RRULE_COUNT + r->exceptions; turn++) {
		struct icaltimetype t = icalrecur_iterator_next(it);

		if (icaltime_is_null_time(t) || t.year > LAST_YEAR)
			break;
		found = local_of(&t);
		if (found >= from && !is_excepted(r, found))
			break;
		found = INT64_MAX;
	}
	icalrecur_iterator_free(it);
	return found;
}

static void free_rrule(struct sh_wall_rule *rule)
{
	struct rrule *r = (struct rrule *)(void *)rule;

	free(r->except);
	free(r);
}

static bool is_set(const short *by)
{
	return by[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

/* Parts that leave steps out rather than add some to each. */
static bool is_narrowed(const struct icalrecurrencetype *r)
{
	if (r->freq > ICAL_HOURLY_RECURRENCE)
		return false;
	return is_set(r->by_day) || is_set(r->by_month) || is_set(r->by_month_day) || is_set(r->by_year_day) ||
	       is_set(r->by_week_no) || is_set(r->by_hour) ||
	       (r->freq < ICAL_HOURLY_RECURRENCE && is_set(r->by_minute)) ||
	       (r->freq < ICAL_MINUTELY_RECURRENCE && is_set(r->by_second));
}

static int read_rule(struct rrule *r, const char *text, struct sh_error *err)
{
	struct icalrecur_iterator_impl *it;

	icalerror_set_errors_are_fatal(0);
	r->what = icalrecurrencetype_from_string(text);
	if (r->what.freq == ICAL_NO_RECURRENCE)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%.80s' is no recurrence rule (RFC 5545, 3.3.10)", text);
	if (is_narrowed(&r->what))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "'%.80s': write FREQ=DAILY with BYHOUR, BYMINUTE and BYSECOND", text);
	if (r->what.count > SH_RRULE_COUNT)
		return sh_error_set(err, SH_ERRC_CONFIG, "COUNT is at most %d", SH_RRULE_COUNT);
	it = icalrecur_iterator_new(r->what, r->start);
	if (!it)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%.80s' never comes true", text);
	icalrecur_iterator_free(it);
	return 0;
}

/* The next word of *TEXT, cut off; NULL at its end. */
static char *next_word(char **text, const char *separators)
{
	char *word = *text + strspn(*text, separators);

	*text = word + strcspn(word, separators);
	if (**text)
		*(*text)++ = '\0';
	return *word ? word : NULL;
}

/* "20261228T220000", and "Z" behind it for UTC. */
static bool read_time(const char *text, char zone[SH_RRULE_ZONE], struct icaltimetype *out)
{
	size_t len = strlen(text);

	*out = icaltime_from_string(text);
	if (icaltime_is_null_time(*out) || out->year < 1970 || out->year > LAST_YEAR || out->month < 1 ||
	    out->month > 12 || out->day < 1 || out->day > sh_days_in_month(out->year, out->month) ||
	    out->hour < 0 || out->hour > 23 || out->minute < 0 || out->minute > 59 || out->second < 0 ||
	    out->second > 59)
		return false;
	if (len && text[len - 1] == 'Z')
		snprintf(zone, SH_RRULE_ZONE, "UTC");
	out->is_date = 0;
	out->zone = NULL;
	return true;
}

static bool read_exceptions(struct rrule *r, char *text, char zone[SH_RRULE_ZONE])
{
	for (char *word; (word = next_word(&text, ","));) {
		struct icaltimetype t;

		if (r->exceptions == MAX_EXCEPTIONS || !read_time(word, zone, &t))
			return false;
		sh_grow(r->except, r->exceptions, r->cap);
		r->except[r->exceptions++] = local_of(&t);
	}
	return true;
}

/* "NAME:value" or "NAME;TZID=zone:value"; NULL when WORD is not of that name. */
static char *value_of(char *word, const char *name, char zone[SH_RRULE_ZONE])
{
	size_t len = strlen(name);
	char *colon;

	if (strncasecmp(word, name, len) != 0)
		return NULL;
	if (word[len] == ':')
		return word + len + 1;
	colon = strchr(word + len, ':');
	if (!colon || strncasecmp(word + len, ";TZID=", 6) != 0 || (size_t)(colon - word) - len - 6 >= SH_RRULE_ZONE)
		return NULL;
	*colon = '\0';
	snprintf(zone, SH_RRULE_ZONE, "%s", word + len + 6);
	return colon + 1;
}

static int parse(struct rrule *r, char *text, char zone[SH_RRULE_ZONE], struct sh_error *err)
{
	char *rule = NULL, *value;

	for (char *word; (word = next_word(&text, " \t\r\n"));) {
		if ((value = value_of(word, "DTSTART", zone))) {
			if (!read_time(value, zone, &r->start))
				return sh_error_set(err, SH_ERRC_CONFIG, "'%.40s' is no DTSTART", value);
		} else if ((value = value_of(word, "EXDATE", zone))) {
			if (!read_exceptions(r, value, zone))
				return sh_error_set(err, SH_ERRC_CONFIG, "'%.40s' is no list of times", value);
		} else if (!rule) {
			value = value_of(word, "RRULE", zone);
			rule = value ? value : word;
		} else {
			return sh_error_set(err, SH_ERRC_CONFIG, "'%.40s' is none of DTSTART RRULE EXDATE", word);
		}
	}
	return read_rule(r, rule ? rule : "", err);
}

int sh_rrule_parse(struct sh_wall_rule **out, const char *text, char zone[SH_RRULE_ZONE],
		   struct sh_error *err)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(text);
	struct rrule *r = sh_calloc(1, sizeof(*r));

	zone[0] = '\0';
	r->rule.next = next;
	r->rule.free = free_rrule;
	r->start = time_of(0);
	*out = &r->rule;
	if (parse(r, copy, zone, err) == 0)
		return 0;
	free_rrule(&r->rule);
	*out = NULL;
	return -1;
}
