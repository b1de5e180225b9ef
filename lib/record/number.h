/* SPDX-License-Identifier: MIT */
/*
 * number - a valid JSON number as a double, to the bit what strtod makes of it
 *
 * Internal to lib/record. Up to 19 digits and small powers of ten are converted
 * here, the rest by strtod itself.
 */
#ifndef SH_RECORD_NUMBER_H
#define SH_RECORD_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sh_number {
	uint64_t digits; /* without the point */
	int count;       /* of them, leading zeros apart; above 19 digits has overflowed */
	int scale;       /* power of ten */
	bool negative, integer;
};

/* What strtod makes of a number's text. */
double sh_number_slow(const char *p, size_t len);

/* Take the valid number at P apart; returns where it ends. */
static inline const char *sh_number_split(const char *p, const char *end, struct sh_number *n)
{
	int exponent = 0;
	bool minus;

	*n = (struct sh_number){ .integer = true, .negative = *p == '-' };
	for (p += n->negative; p < end; p++) {
		unsigned d = (unsigned)(unsigned char)*p - '0';

		if (d <= 9) {
			n->digits = n->digits * 10 + d;
			n->count += n->count || d;
			n->scale -= !n->integer;
		} else if (*p == '.') {
			n->integer = false;
		} else {
			break;
		}
	}
	if (p == end || (*p != 'e' && *p != 'E'))
		return p;
	n->integer = false;
	minus = *++p == '-';
	for (p += minus || *p == '+'; p < end && *p >= '0' && *p <= '9'; p++)
		if (exponent < 100000)
			exponent = exponent * 10 + (*p - '0');
	n->scale += minus ? -exponent : exponent;
	return p;
}

/*
 * W. D. Clinger, "How to read floating point numbers accurately": up to 2^53 and
 * 10^22 are exact doubles, and one operation on exact values rounds correctly.
 */
static inline double sh_number_double(const struct sh_number *n, const char *p, size_t len)
{
	static const double power[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
					1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	double v;

	if (n->count > 19 || n->digits > UINT64_C(1) << 53 || n->scale < -22 || n->scale > 22)
		return sh_number_slow(p, len);
	v = (double)n->digits;
	v = n->scale < 0 ? v / power[-n->scale] : v * power[n->scale];
	return n->negative ? -v : v;
}

#endif
