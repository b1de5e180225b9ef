/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/instant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define FIRST_SECOND INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DAY_SECONDS  INT64_C(86400)

bool sh_instant_is_valid(struct sh_instant t)
{
	return t.sec >= FIRST_SECOND && t.sec <= LAST_SECOND;
}

static bool is_leap(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

/* Days from 1970-01-01; the year is taken to begin in March, so that the leap day is its last. */
static int64_t days_of_date(int64_t y, int month, int day)
{
	int64_t m = (month + 9) % 12;

	y -= month <= 2;
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static bool take_digits(struct sh_span *s, int n, int *out)
{
	int v = 0;

	if (s->len < (size_t)n)
		return false;
	for (int i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	s->p += n;
	s->len -= (size_t)n;
	*out = v;
	return true;
}

static bool take_char(struct sh_span *s, const char *any)
{
	if (!s->len || !*s->p || !strchr(any, *s->p))
		return false;
	s->p++;
	s->len--;
	return true;
}

static bool take_date(struct sh_span *s, int64_t *sec)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, m, d;

	if (!take_digits(s, 4, &y) || !take_char(s, "-") || !take_digits(s, 2, &m) ||
	    !take_char(s, "-") || !take_digits(s, 2, &d))
		return false;
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > length[m - 1] + (m == 2 && is_leap(y)))
		return false;
	*sec = days_of_date(y, m, d) * DAY_SECONDS;
	return true;
}

static bool take_time(struct sh_span *s, struct sh_instant *t)
{
	int32_t scale = 100000000;
	int h, m, sec;

	if (!take_digits(s, 2, &h) || !take_char(s, ":") || !take_digits(s, 2, &m) ||
	    !take_char(s, ":") || !take_digits(s, 2, &sec) || h > 23 || m > 59 || sec > 59)
		return false;
	t->sec += h * 3600 + m * 60 + sec;
	if (!take_char(s, "."))
		return true;
	if (!s->len || *s->p < '0' || *s->p > '9')
		return false;
	for (int digit; take_digits(s, 1, &digit); scale /= 10)
		t->ns += digit * scale;
	return true;
}

static bool take_offset(struct sh_span *s, int64_t *offset)
{
	int h, m, sign;

	*offset = 0;
	if (take_char(s, "Zz"))
		return true;
	if (!s->len)
		return false;
	sign = *s->p == '-' ? -1 : 1;
	if (!take_char(s, "+-") || !take_digits(s, 2, &h) || !take_char(s, ":") ||
	    !take_digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*offset = sign * (h * 3600 + m * 60);
	return true;
}

int sh_instant_parse(struct sh_span s, struct sh_instant *out)
{
	struct sh_instant t = { 0, 0 };
	int64_t offset;

	if (!take_date(&s, &t.sec) || !take_char(&s, "Tt") || !take_time(&s, &t) ||
	    !take_offset(&s, &offset) || s.len)
		return -EINVAL;
	t.sec -= offset;
	if (!sh_instant_is_valid(t))
		return -ERANGE;
	*out = t;
	return 0;
}

struct sh_civil sh_instant_civil(struct sh_instant t, int64_t offset)
{
	int64_t sec = t.sec + offset, days = sec / DAY_SECONDS, rest = sec % DAY_SECONDS;
	int64_t year, day, m;
	struct sh_civil c;

	if (rest < 0) {
		rest += DAY_SECONDS;
		days--;
	}
	day = days + 719468; /* from 0000-03-01; years 0 and later only, so it is not negative */
	year = (10000 * day + 14780) / 3652425;
	if (day < year * 365 + year / 4 - year / 100 + year / 400)
		year--;
	day -= year * 365 + year / 4 - year / 100 + year / 400;
	m = (day * 100 + 52) / 3060;
	c.month = (int)((m + 2) % 12 + 1);
	c.year = year + (m + 2) / 12;
	c.day = (int)(day - (m * 306 + 5) / 10 + 1);
	c.weekday = (int)(((days + 4) % 7 + 7) % 7);
	c.yearday = (int)(days - days_of_date(c.year, 1, 1));
	c.hour = (int)(rest / 3600);
	c.minute = (int)(rest / 60 % 60);
	c.second = (int)(rest % 60);
	return c;
}

void sh_instant_format(struct sh_instant t, struct sh_buf *out)
{
	struct sh_civil c = sh_instant_civil(t, 0);
	char digits[16];
	int n = 9;

	sh_buf_addf(out, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour,
		    c.minute, c.second);
	if (t.ns) {
		snprintf(digits, sizeof(digits), "%09" PRId32, t.ns);
		while (digits[n - 1] == '0')
			n--;
		sh_buf_addf(out, ".%.*s", n, digits);
	}
	sh_buf_addch(out, 'Z');
}

int sh_instant_add(struct sh_instant t, int64_t ns, struct sh_instant *out)
{
	int64_t rest = t.ns + ns % SH_SEC;

	t.sec += ns / SH_SEC;
	if (rest < 0) {
		rest += SH_SEC;
		t.sec--;
	} else if (rest >= SH_SEC) {
		rest -= SH_SEC;
		t.sec++;
	}
	t.ns = (int32_t)rest;
	*out = t;
	return sh_instant_is_valid(t) ? 0 : -ERANGE;
}

int sh_instant_diff(struct sh_instant a, struct sh_instant b, int64_t *ns)
{
	int64_t d;

	if (__builtin_mul_overflow(a.sec - b.sec, SH_SEC, &d) ||
	    __builtin_add_overflow(d, (int64_t)a.ns - b.ns, &d))
		return -ERANGE;
	*ns = d;
	return 0;
}

static int64_t take_unit(struct sh_span *s)
{
	static const struct {
		char name[3];
		int64_t ns;
	} unit[] = { { "ns", 1 },      { "us", 1000 },   { "ms", SH_MS }, { "s", SH_SEC },
		     { "m", SH_MIN },  { "h", SH_HOUR }, { "d", SH_DAY }, { "w", 7 * SH_DAY } };

	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		size_t n = strlen(unit[i].name);

		if (s->len >= n && !memcmp(s->p, unit[i].name, n)) {
			s->p += n;
			s->len -= n;
			return unit[i].ns;
		}
	}
	return 0;
}

/* One "12.5h": the whole part, then each decimal of the unit, which must not get lost below 1 ns. */
static int take_term(struct sh_span *s, int64_t *ns)
{
	const char *start = s->p;
	struct sh_span decimals = { NULL, 0 };
	int64_t whole = 0, unit, part = 0;
	int digit;

	while (take_digits(s, 1, &digit))
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, digit, &whole))
			return -ERANGE;
	if (take_char(s, ".")) {
		decimals.p = s->p;
		while (take_digits(s, 1, &digit))
			decimals.len++;
	}
	if ((size_t)(s->p - start) == (decimals.p && !decimals.len ? 1 : 0))
		return -EINVAL;
	unit = take_unit(s);
	if (!unit)
		return -EINVAL;
	for (int64_t scale = unit; decimals.len && scale; decimals.p++, decimals.len--) {
		part += (int64_t)((double)scale / 10 * (*decimals.p - '0'));
		scale /= 10;
	}
	if (__builtin_mul_overflow(whole, unit, &whole) || __builtin_add_overflow(whole, part, ns))
		return -ERANGE;
	return 0;
}

int sh_duration_parse_cel(struct sh_span s, int64_t *ns)
{
	bool negative = s.len && *s.p == '-';
	int64_t total = 0, term;
	int r;

	take_char(&s, "+-");
	if (s.len == 1 && *s.p == '0')
		s.len = 0; /* "0" needs no unit */
	else if (!s.len)
		return -EINVAL;
	while (s.len) {
		r = take_term(&s, &term);
		if (r < 0)
			return r;
		if (__builtin_add_overflow(total, term, &total))
			return -ERANGE;
	}
	*ns = negative ? -total : total;
	return 0;
}
