/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int sh_parse_i64(const char *s, int64_t *out)
{
	const char *digits = *s == '-' ? s + 1 : s;
	long long v;
	char *end;

	if (!is_digit(*digits))
		return -EINVAL;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*out = v;
	return 0;
}

int sh_parse_u64(const char *s, uint64_t *out)
{
	unsigned long long v;
	char *end;

	if (!is_digit(*s))
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*out = v;
	return 0;
}

int sh_parse_double(const char *s, double *out)
{
	const char *p = *s == '-' ? s + 1 : s;
	char *end;
	double v;

	if (!is_digit(*p) && *p != '.')
		return -EINVAL;
	if (strpbrk(s, "xXpPnN"))
		return -EINVAL;
	v = strtod(s, &end);
	if (*end)
		return -EINVAL;
	if (!isfinite(v))
		return -ERANGE;
	*out = v;
	return 0;
}

int sh_parse_size(const char *s, uint64_t *out)
{
	static const char units[] = "kMGTPE";
	unsigned long long v;
	const char *unit;
	unsigned shift = 0;
	char *end;

	if (!is_digit(*s))
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno)
		return -ERANGE;
	if (*end && *end != 'B') {
		unit = strchr(units, *end == 'K' ? 'k' : *end);
		if (!unit)
			return -EINVAL;
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
		if (*end == 'i')
			end++;
	}
	if (*end == 'B')
		end++;
	if (*end)
		return -EINVAL;
	if (shift && v >> (64 - shift))
		return -ERANGE;
	*out = v << shift;
	return 0;
}
