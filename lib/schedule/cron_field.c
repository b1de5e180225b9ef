/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/cron_field.h"

#include <string.h>
#include <strings.h>

#include "schedule/pattern.h"

static const char *const months[] = { "january", "february", "march",	  "april",   "may",	 "june",    "july",
				      "august",	 "september", "october", "november", "december", NULL };
static const char *const weekdays[] = { "sunday",   "monday", "tuesday",  "wednesday",
					"thursday", "friday", "saturday", NULL };

static const struct range {
	const char *what;
	int min, max;             /* of what a range may name */
	int last;                 /* of "*" and open ends */
	const char *const *names; /* the first is MIN */
} ranges[] = {
	[SH_CRON_SECOND] = { "second", 0, 59, 59, NULL },
	[SH_CRON_MINUTE] = { "minute", 0, 59, 59, NULL },
	[SH_CRON_HOUR] = { "hour", 0, 23, 23, NULL },
	[SH_CRON_DAY] = { "day of the month", 1, 31, 31, NULL },
	[SH_CRON_MONTH] = { "month", 1, 12, 12, months },
	[SH_CRON_WEEKDAY] = { "day of the week", 0, 7, 6, weekdays },
	[SH_CRON_YEAR] = { "year", SH_CRON_FIRST_YEAR, SH_PATTERN_MAX_YEAR, SH_PATTERN_MAX_YEAR, NULL },
};

/* One part of a list: from..to in steps. */
struct part {
	const char *p; /* what is not read yet */
	int from, to, step;
	bool stepped, ranged;
};

static bool take_number(struct part *t, int max, int *out)
{
	const char *start = t->p;

	for (*out = 0; *t->p >= '0' && *t->p <= '9' && *out <= max; t->p++)
		*out = *out * 10 + (*t->p - '0');
	return t->p > start && *out <= max;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A number, or a name of which the first three letters or all are there. */
static bool take_value(struct part *t, const struct range *r, int *out)
{
	for (int i = 0; r->names && r->names[i]; i++) {
		size_t len = strlen(r->names[i]);

		if (strncasecmp(t->p, r->names[i], len) != 0)
			len = 3;
		if (strncasecmp(t->p, r->names[i], len) != 0)
			continue;
		if (is_letter(t->p[len]) && t->p[len] != 'L' && t->p[len] != 'l')
			return false;
		t->p += len;
		*out = r->min + i;
		return true;
	}
	return take_number(t, r->max, out) && *out >= r->min;
}

/* "*", "?", "5", "1-5", and a step behind. What else is there is the caller's. */
static bool take_part(struct part *t, const struct range *r)
{
	t->step = 1;
	t->stepped = t->ranged = false;
	if (*t->p == '*' || *t->p == '?') {
		t->p++;
		t->from = r->min;
		t->to = r->last;
		t->ranged = true;
	} else {
		if (!take_value(t, r, &t->from))
			return false;
		t->to = t->from;
		if (*t->p == '-') {
			t->p++;
			t->ranged = true;
			if (!take_value(t, r, &t->to))
				return false;
		}
	}
	if (*t->p != '/')
		return true;
	t->p++;
	t->stepped = true;
	if (!t->ranged)
		t->to = r->last > t->from ? r->last : t->from;
	return take_number(t, r->max, &t->step) && t->step > 0;
}

static void add_bit(uint64_t *bits, const struct range *r, int value)
{
	int bit = value;

	if (r->max == 7 && value == 7)
		bit = 0;
	if (r->min == SH_CRON_FIRST_YEAR)
		bit -= r->min;
	bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* A range that ends before it begins goes over the end. */
static void add_part(uint64_t *bits, const struct range *r, const struct part *t)
{
	int size = r->last - r->min + 1, to = t->to < t->from ? t->to + size : t->to;

	for (int v = t->from; v <= to; v += t->step)
		add_bit(bits, r, v > r->max || (v > r->last && t->to < t->from) ? v - size : v);
}

static int fail(const struct range *r, const char *text, struct sh_error *err)
{
	return sh_error_set(err, SH_ERRC_CONFIG, "'%.40s' is no %s (%d to %d)", text, r->what, r->min, r->max);
}

int sh_cron_field_bits(enum sh_cron_kind kind, const char *text, uint64_t *bits, struct sh_error *err)
{
	const struct range *r = &ranges[kind];
	struct part t = { .p = text };

	memset(bits, 0, (kind == SH_CRON_YEAR ? SH_CRON_YEAR_WORDS : 1) * sizeof(*bits));
	for (;;) {
		if (!take_part(&t, r))
			return fail(r, text, err);
		add_part(bits, r, &t);
		if (!*t.p)
			return 0;
		if (*t.p++ != ',')
			return fail(r, text, err);
	}
}

static bool take_letter(struct part *t, char upper)
{
	if (*t->p != upper && *t->p != upper + ('a' - 'A'))
		return false;
	t->p++;
	return true;
}

/* "L", "L-3", "LW", "15W"; a plain part otherwise. */
static bool take_day(struct part *t, struct sh_cron_days *d)
{
	const struct range *r = &ranges[SH_CRON_DAY];
	uint64_t bits = 0;
	int back = 0;

	if (take_letter(t, 'L')) {
		if (take_letter(t, 'W')) {
			d->nearest |= UINT64_C(1) << 32;
			return true;
		}
		if (*t->p == '-') {
			t->p++;
			if (!take_number(t, 30, &back))
				return false;
		}
		d->before_last |= 1u << back;
		return true;
	}
	if (!take_part(t, r))
		return false;
	if (!t->ranged && !t->stepped && take_letter(t, 'W')) {
		d->nearest |= UINT64_C(1) << t->from;
		return true;
	}
	add_part(&bits, r, t);
	d->month |= (uint32_t)bits;
	return true;
}

/* "Fri#2", "Fri#-1", "FriL"; a plain part otherwise; "L" alone is Saturday, the last of a week. */
static bool take_weekday(struct part *t, struct sh_cron_days *d)
{
	const struct range *r = &ranges[SH_CRON_WEEKDAY];
	uint64_t bits = 0;
	bool last;
	int n = 1;

	if (take_letter(t, 'L')) {
		d->week |= 1 << 6;
		return true;
	}
	if (!take_part(t, r))
		return false;
	last = !t->ranged && !t->stepped && take_letter(t, 'L');
	if (!last && !t->ranged && !t->stepped && *t->p == '#') {
		t->p++;
		last = *t->p == '-';
		t->p += last;
		if (!take_number(t, 5, &n) || !n)
			return false;
		if (!last) {
			d->any_nth = true;
			d->nth[t->from % 7] |= (uint8_t)(1 << n);
			return true;
		}
	}
	if (last) {
		d->any_nth = true;
		d->nth_last[t->from % 7] |= (uint8_t)(1 << n);
		return true;
	}
	add_part(&bits, r, t);
	d->week |= (uint8_t)bits;
	return true;
}

static int read_days(struct sh_cron_days *d, const char *text, enum sh_cron_kind kind,
		     bool (*take)(struct part *t, struct sh_cron_days *d), struct sh_error *err)
{
	struct part t = { .p = text };

	for (;;) {
		if (!take(&t, d))
			return fail(&ranges[kind], text, err);
		if (!*t.p)
			return 0;
		if (*t.p++ != ',')
			return fail(&ranges[kind], text, err);
	}
}

/* "*", "?", "star-slash-1". */
static bool is_open(const char *text)
{
	return !strcmp(text, "*") || !strcmp(text, "?") || !strcmp(text, "*/1");
}

int sh_cron_field_days(struct sh_cron_days *d, const char *month, const char *week, struct sh_error *err)
{
	memset(d, 0, sizeof(*d));
	d->any_month = is_open(month);
	d->any_week = is_open(week);
	if (read_days(d, month, SH_CRON_DAY, take_day, err) < 0)
		return -1;
	return read_days(d, week, SH_CRON_WEEKDAY, take_weekday, err);
}
