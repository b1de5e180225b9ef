/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/version.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Letters before everything but "~" and the end; "~" even before the end. */
static int rank(const char *p, const char *end)
{
	char c = p < end ? *p : '\0';

	if (c == '\0' || is_digit(c))
		return 0;
	if (c == '~')
		return -1;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return c;
	return (unsigned char)c + 256;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static const char *skip_zeros(const char *p, const char *end)
{
	while (p < end && *p == '0')
		p++;
	return p;
}

/* Digits of any length as numbers; moves both behind them. */
static int compare_digits(const char **a, const char *a_end, const char **b, const char *b_end)
{
	const char *x = skip_zeros(*a, a_end), *y = skip_zeros(*b, b_end);
	size_t m, n;

	*a = skip_digits(x, a_end);
	*b = skip_digits(y, b_end);
	m = (size_t)(*a - x);
	n = (size_t)(*b - y);
	if (m != n)
		return m < n ? -1 : 1;
	return m ? memcmp(x, y, m) : 0;
}

static int compare_part(const char *a, const char *a_end, const char *b, const char *b_end)
{
	while (a < a_end || b < b_end) {
		int c;

		while ((a < a_end && !is_digit(*a)) || (b < b_end && !is_digit(*b))) {
			c = rank(a, a_end) - rank(b, b_end);
			if (c)
				return c;
			a++;
			b++;
		}
		c = compare_digits(&a, a_end, &b, b_end);
		if (c)
			return c;
	}
	return 0;
}

struct parts {
	const char *epoch, *upstream, *upstream_end, *revision, *end;
};

static struct parts split(const char *v)
{
	const char *end = v + strlen(v), *colon = strchr(v, ':'), *dash = strrchr(v, '-');
	struct parts p = { .epoch = v, .upstream = colon ? colon + 1 : v, .end = end };

	if (dash && dash < p.upstream)
		dash = NULL;
	p.upstream_end = dash ? dash : end;
	p.revision = dash ? dash + 1 : end;
	return p;
}

int sh_version_compare(const char *a, const char *b)
{
	struct parts x = split(a), y = split(b);
	int c = compare_part(x.epoch, x.upstream > x.epoch ? x.upstream - 1 : x.epoch, y.epoch,
			     y.upstream > y.epoch ? y.upstream - 1 : y.epoch);

	if (!c)
		c = compare_part(x.upstream, x.upstream_end, y.upstream, y.upstream_end);
	return c ? c : compare_part(x.revision, x.end, y.revision, y.end);
}
