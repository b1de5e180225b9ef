/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * SH_SEC + ts.tv_nsec;
}

int64_t sh_clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t sh_clock_mono(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

int64_t sh_clock_awake(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t sh_clock_of(struct timespec t)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)t.tv_sec, SH_SEC, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)t.tv_nsec, &ns))
		return t.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

double sh_clock_age(struct timespec t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec - (double)t.tv_sec +
	       (double)(now.tv_nsec - t.tv_nsec) / (double)SH_SEC;
}

void sh_clock_boot_id(char out[SH_BOOT_ID_TEXT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, SH_BOOT_ID_TEXT - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

/* Read exactly N digits. */
static bool digits(const char **p, const char *end, int n, int *out)
{
	int v = 0;

	if (end - *p < n)
		return false;
	for (int i = 0; i < n; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	*p += n;
	*out = v;
	return true;
}

static bool literal(const char **p, const char *end, const char *any)
{
	if (*p == end || !**p || !strchr(any, **p))
		return false;
	++*p;
	return true;
}

/* Days since the epoch of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_from_civil(int y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static bool parse_date(const char **p, const char *end, int64_t *days)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, m, d, leap;

	if (!digits(p, end, 4, &y) || !literal(p, end, "-") || !digits(p, end, 2, &m) ||
	    !literal(p, end, "-") || !digits(p, end, 2, &d))
		return false;
	if (y < 1970 || y > 2261 || m < 1 || m > 12)
		return false;
	leap = m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	if (d < 1 || d > length[m - 1] + leap)
		return false;
	*days = days_from_civil(y, m, d);
	return true;
}

static bool parse_time_of_day(const char **p, const char *end, int64_t *ns)
{
	int64_t scale = SH_SEC / 10;
	int h, m, s;

	if (!digits(p, end, 2, &h) || !literal(p, end, ":") || !digits(p, end, 2, &m) ||
	    !literal(p, end, ":") || !digits(p, end, 2, &s))
		return false;
	if (h > 23 || m > 59 || s > 60)
		return false;
	*ns = h * SH_HOUR + m * SH_MIN + s * SH_SEC;
	if (!literal(p, end, "."))
		return true;
	if (*p == end || **p < '0' || **p > '9')
		return false;
	for (; *p < end && **p >= '0' && **p <= '9'; ++*p, scale /= 10)
		*ns += (**p - '0') * scale;
	return true;
}

static bool parse_offset(const char **p, const char *end, int64_t *offset)
{
	int h, m, sign;

	*offset = 0;
	if (literal(p, end, "Zz"))
		return true;
	if (*p == end || (**p != '+' && **p != '-'))
		return false;
	sign = **p == '-' ? -1 : 1;
	++*p;
	if (!digits(p, end, 2, &h) || !literal(p, end, ":") || !digits(p, end, 2, &m))
		return false;
	*offset = sign * (h * SH_HOUR + m * SH_MIN);
	return h <= 23 && m <= 59;
}

int sh_time_parse(const char *s, size_t len, int64_t *out)
{
	const char *end = s + len;
	int64_t days, ns, offset;

	if (!parse_date(&s, end, &days) || !literal(&s, end, "Tt ") ||
	    !parse_time_of_day(&s, end, &ns) || !parse_offset(&s, end, &offset) || s != end)
		return -EINVAL;
	*out = days * SH_DAY + ns - offset;
	return 0;
}

/* The inverse of days_from_civil, by the same paper. */
static void civil_from_days(int64_t z, unsigned *y, unsigned *m, unsigned *d)
{
	int64_t era;
	unsigned doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = (unsigned)(z - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = (unsigned)((int64_t)yoe + era * 400) + (*m <= 2);
}

/* N digits and what follows them. */
static char *put(char *to, unsigned v, int n, char next)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		to[i] = (char)('0' + v % 10);
	to[n] = next;
	return to + n + 1;
}

/* Each record has one or two: strftime and snprintf would be a good part of its cost. */
size_t sh_time_format(char out[SH_TIME_TEXT], int64_t t)
{
	int64_t days = t / SH_DAY, ns = t % SH_DAY;
	unsigned y, m, d, sec;
	char *p = out;

	if (ns < 0) {
		days--;
		ns += SH_DAY;
	}
	civil_from_days(days, &y, &m, &d);
	sec = (unsigned)(ns / SH_SEC);
	p = put(p, y, 4, '-'); /* an int64_t of ns reaches from 1677 to 2262 */
	p = put(p, m, 2, '-');
	p = put(p, d, 2, 'T');
	p = put(p, sec / 3600, 2, ':');
	p = put(p, sec / 60 % 60, 2, ':');
	p = put(p, sec % 60, 2, '.');
	p = put(p, (unsigned)(ns % SH_SEC / 1000), 6, 'Z');
	*p = '\0';
	return (size_t)(p - out);
}

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "w", 7 * SH_DAY }, { "d", SH_DAY }, { "h", SH_HOUR },
	{ "ms", SH_MS },     { "m", SH_MIN }, { "s", SH_SEC },
};

static int64_t parse_unit(const char **p, const char *end)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].name);

		if ((size_t)(end - *p) >= n && !memcmp(*p, units[i].name, n)) {
			*p += n;
			return units[i].ns;
		}
	}
	return 0;
}

int sh_duration_parse(const char *s, size_t len, int64_t *out)
{
	const char *end = s + len;
	int64_t total = 0;

	if (s == end)
		return -EINVAL;
	while (s < end) {
		int64_t v = 0, unit;
		const char *start = s;

		for (; s < end && *s >= '0' && *s <= '9'; s++)
			if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s - '0', &v))
				return -ERANGE;
		if (s == start)
			return -EINVAL;
		unit = parse_unit(&s, end);
		if (!unit)
			return -EINVAL;
		if (__builtin_mul_overflow(v, unit, &v) || __builtin_add_overflow(total, v, &total))
			return -ERANGE;
	}
	*out = total;
	return 0;
}

size_t sh_duration_format(char out[SH_DURATION_TEXT], int64_t d)
{
	static const size_t order[] = { 1, 2, 4, 5, 3 }; /* d h m s ms */
	size_t n = 0;

	if (d < 0) {
		out[n++] = '-';
		d = d == INT64_MIN ? INT64_MAX : -d;
	}
	if (d > 0 && d < SH_MS)
		return n + (size_t)snprintf(out + n, SH_DURATION_TEXT - n, "0.%06" PRId64 "ms", d);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && n < SH_DURATION_TEXT - 12; i++) {
		int64_t unit = units[order[i]].ns, v = d / unit;

		if (!v)
			continue;
		n += (size_t)snprintf(out + n, SH_DURATION_TEXT - n, "%" PRId64 "%s", v,
				      units[order[i]].name);
		d -= v * unit;
	}
	if (n == 0 || (n == 1 && out[0] == '-'))
		n += (size_t)snprintf(out + n, SH_DURATION_TEXT - n, "0s");
	return n;
}

void sh_clock_sleep(int64_t d)
{
	struct timespec ts = { (time_t)(d / SH_SEC), (long)(d % SH_SEC) };

	while (d > 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}
