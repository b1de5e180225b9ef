/* SPDX-License-Identifier: MIT */
/*
 * Numbers as text, without printf where that can be had exactly: a record holds
 * dozens of numbers, and printf with strtod is most of what it costs to write one.
 */
#include "config.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

size_t sh_format_u64(char out[SH_U64_MAX_TEXT], uint64_t v)
{
	char text[SH_U64_MAX_TEXT], *end = text + sizeof(text), *p = end;

	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(out, p, (size_t)(end - p));
	out[end - p] = '\0';
	return (size_t)(end - p);
}

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 wide;

/* The digits of N with PLACES of them after the point, as many zeros before it as that needs. */
static size_t put_point(char *out, uint64_t n, int places)
{
	char text[48], *end = text + sizeof(text), *p = end;

	for (; places && n % 10 == 0; places--)
		n /= 10;
	for (int i = 0; n || i <= places; i++, n /= 10) {
		if (i && i == places)
			*--p = '.';
		*--p = (char)('0' + n % 10);
	}
	memcpy(out, p, (size_t)(end - p));
	out[end - p] = '\0';
	return (size_t)(end - p);
}

/* How many digits V has before the point; none and less for zeros after it. V is 1e-4 to 1e15. */
static int digits_before_point(double v)
{
	uint64_t whole = (uint64_t)v;
	int n = 0;

	if (!whole)
		return v >= 0.1 ? 0 : v >= 0.01 ? -1 : v >= 0.001 ? -2 : -3;
	for (; whole; whole /= 10)
		n++;
	return n;
}

/*
 * The value is M / 2^S, a whole number over a power of two, so that rounding it to
 * N / 10^PLACES and looking how far off that is takes whole numbers below 2^126 only.
 * Text reads back as the value when it is less than half a step of M away from it.
 * Returns 0 where this does not reach.
 */
static size_t format_shortest(char *out, double v)
{
	static const uint64_t most[] = { 1000000000000000, 10000000000000000, 100000000000000000 };
	int exponent, before = digits_before_point(v), shift;
	uint64_t m = (uint64_t)ldexp(frexp(v, &exponent), 53);
	wide scale = 1;

	shift = 53 - exponent;
	if (m == (uint64_t)1 << 52) /* the step below it is half as wide */
		return 0;
	for (int i = 15 - before; i > 0; i--)
		scale *= 10;
	for (int i = 0; i < 3; i++, scale *= 10) {
		wide scaled = m * scale, half = (wide)1 << (shift - 1);
		wide rest = scaled & (half * 2 - 1), off;
		uint64_t n = (uint64_t)(scaled >> shift);
		bool up = rest > half || (rest == half && n & 1);

		off = up ? half * 2 - rest : rest;
		n += up;
		if (n >= most[i])
			return 0;
		if (off * 2 < scale || (off * 2 == scale && !(m & 1)))
			return put_point(out, n, 15 + i - before);
	}
	return 0;
}

#else

static size_t format_shortest(char *out, double v)
{
	(void)out;
	(void)v;
	return 0;
}

#endif

static size_t format_by_trial(char *out, double v)
{
	int n = 0;

	/* 15 digits are exact, and %g strips their zeros; below DBL_MIN there are fewer to be had. */
	for (int digits = fabs(v) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		n = snprintf(out, SH_DOUBLE_MAX_TEXT, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return (size_t)n;
}

size_t sh_format_double(char out[SH_DOUBLE_MAX_TEXT], double v)
{
	double size = fabs(v);
	size_t sign = v < 0, n = 0;

	*out = '-';
	if (size < 1e15 && size == floor(size)) /* -0 as well, whose sign no reader of a metric wants */
		return sign + sh_format_u64(out + sign, (uint64_t)size);
	if (size >= 1e-4 && size < 1e15)
		n = format_shortest(out + sign, size);
	return n ? sign + n : format_by_trial(out, v);
}
