/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/cron.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/days.h"
#include "base/mem.h"
#include "schedule/cron_field.h"
#include "schedule/pattern.h"

struct cron {
	struct sh_pattern p;
	struct sh_cron_days days;
	uint64_t seconds;
	uint64_t years[SH_CRON_YEAR_WORDS]; /* from 1970 on */
	bool any_year, both;
};

static int64_t next_year(const struct sh_pattern *p, int64_t year)
{
	const struct cron *c = (const struct cron *)(const void *)p;

	if (c->any_year)
		return year;
	for (year = year < SH_CRON_FIRST_YEAR ? SH_CRON_FIRST_YEAR : year; year <= SH_PATTERN_MAX_YEAR; year++) {
		int64_t bit = year - SH_CRON_FIRST_YEAR;

		if (c->years[bit / 64] >> (bit % 64) & 1)
			return year;
	}
	return -1;
}

static int64_t next_second(const struct sh_pattern *p, int64_t ns)
{
	const struct cron *c = (const struct cron *)(const void *)p;
	int64_t from = (ns + SH_SEC - 1) / SH_SEC;
	uint64_t set = from < 64 ? c->seconds >> from << from : 0;

	return set ? __builtin_ctzll(set) * SH_SEC : -1;
}

static uint32_t days_of_month(const struct sh_cron_days *d, int weekday, int last)
{
	uint32_t set = d->month;
	int nearest = 0;

	for (int back = 0; back < last && d->before_last; back++)
		if (d->before_last >> back & 1)
			set |= 1u << (last - back);
	for (int day = 1; day <= 32 && d->nearest; day++) {
		int want = day == 32 ? last : day;

		if (!(d->nearest >> day & 1) || want > last)
			continue;
		nearest = (weekday + want - 1) % 7; /* its weekday */
		if (nearest == 6)
			want += want > 1 ? -1 : 2;
		else if (nearest == 0)
			want += want < last ? 1 : -2;
		set |= 1u << want;
	}
	return set;
}

static uint32_t days_of_week(const struct sh_cron_days *d, int weekday, int last)
{
	uint32_t set = sh_pattern_weekdays(d->week, weekday);

	for (int day = 1; day <= last && d->any_nth; day++) {
		int w = (weekday + day - 1) % 7;

		if (d->nth[w] >> ((day - 1) / 7 + 1) & 1 || d->nth_last[w] >> ((last - day) / 7 + 1) & 1)
			set |= 1u << day;
	}
	return set;
}

static uint32_t days_of(const struct sh_pattern *p, int64_t year, int month)
{
	const struct cron *c = (const struct cron *)(const void *)p;
	int weekday = sh_days_weekday(sh_days_of(year, month, 1)), last = sh_days_in_month(year, month);
	uint32_t all = (uint32_t)((UINT64_C(2) << last) - 2);
	uint32_t by_month = c->days.any_month ? all : days_of_month(&c->days, weekday, last) & all;
	uint32_t by_week = c->days.any_week ? all : days_of_week(&c->days, weekday, last) & all;

	if (c->both || c->days.any_month || c->days.any_week)
		return by_month & by_week;
	return by_month | by_week;
}

static void free_cron(struct sh_wall_rule *r)
{
	free(r);
}

/* "@daily" as fields; NULL when it is none. */
static const char *expand(const char *text)
{
	static const char *const words[][2] = {
		{ "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },    { "@midnight", "0 0 * * *" },
		{ "@weekly", "0 0 * * 0" },   { "@monthly", "0 0 1 * *" },  { "@yearly", "0 0 1 1 *" },
		{ "@annually", "0 0 1 1 *" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(text, words[i][0]))
			return words[i][1];
	return NULL;
}

/* Cut TEXT at blanks; the number of fields, one more than fits when there are too many. */
static size_t split(char *text, char *field[SH_CRON_FIELDS])
{
	size_t n = 0;

	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		if (n == SH_CRON_FIELDS)
			return n + 1;
		field[n++] = text;
		text += strcspn(text, " \t");
		if (*text)
			*text++ = '\0';
	}
	return n;
}

static int read_fields(struct cron *c, char *const *field, size_t n, struct sh_error *err)
{
	uint64_t hours = 0, months = 0;

	c->seconds = 1;
	c->any_year = n < SH_CRON_FIELDS || !strcmp(field[SH_CRON_FIELDS - 1], "*");
	if (n > 5 && sh_cron_field_bits(SH_CRON_SECOND, *field++, &c->seconds, err) < 0)
		return -1;
	if (sh_cron_field_bits(SH_CRON_MINUTE, field[0], &c->p.minutes, err) < 0 ||
	    sh_cron_field_bits(SH_CRON_HOUR, field[1], &hours, err) < 0 ||
	    sh_cron_field_bits(SH_CRON_MONTH, field[3], &months, err) < 0 ||
	    sh_cron_field_days(&c->days, field[2], field[4], err) < 0 ||
	    (!c->any_year && sh_cron_field_bits(SH_CRON_YEAR, field[5], c->years, err) < 0))
		return -1;
	c->p.hours = (uint32_t)hours;
	c->p.months = (uint16_t)months;
	c->p.rule.is_rhythm = *field[0] == '*' || *field[1] == '*';
	return 0;
}

static int parse(struct cron *c, const char *text, const struct sh_cron_options *opt, struct sh_error *err)
{
	const char *word = expand(text);
	SH_CLEANUP_FREE char *copy = sh_strdup(word ? word : text);
	char *field[SH_CRON_FIELDS] = { NULL };
	size_t n = split(copy, field);

	if (*text == '@' && !word)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%.40s' is none of @hourly @daily @midnight @weekly "
				    "@monthly @yearly @annually", text);
	if (!word && opt->seconds && n != 6 && n != 7)
		return sh_error_set(err, SH_ERRC_CONFIG, "with seconds it has six fields, or seven with years, not %zu: "
				    "second minute hour day month weekday [year]", n);
	if (!opt->seconds && n != 5)
		return sh_error_set(err, SH_ERRC_CONFIG, "it has five fields, not %zu: minute hour day month weekday%s",
				    n, n == 6 || n == 7 ? " (six or seven with 'seconds: true')" : "");
	return read_fields(c, field, n, err);
}

int sh_cron_parse(struct sh_wall_rule **out, const char *text, const struct sh_cron_options *opt,
		  struct sh_error *err)
{
	struct cron *c = sh_calloc(1, sizeof(*c));

	c->p.rule.next = sh_pattern_next;
	c->p.rule.free = free_cron;
	c->p.year = next_year;
	c->p.days = days_of;
	c->p.second = next_second;
	c->both = opt->both_days;
	*out = &c->p.rule;
	if (parse(c, text, opt, err) == 0)
		return 0;
	free(c);
	*out = NULL;
	return -1;
}
