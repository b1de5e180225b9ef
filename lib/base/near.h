/* SPDX-License-Identifier: MIT */
/*
 * near - times that are in the minute of the one before
 *
 * Records come in the order of their times, so most have the minute of the last:
 * what is left to be read is the second. Each line of a stream has one, of whoever
 * it is: a call would cost as much as the work.
 */
#ifndef SH_BASE_NEAR_H
#define SH_BASE_NEAR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"

/* The minute of the time that was parsed last. Zero it first. */
struct sh_time_near {
	int64_t minute;
	char text[17]; /* "2026-11-21T01:02:" */
};

/* Private: two digits as a number; more than 99 where they are none. */
static inline unsigned sh_near_digits(const char *s)
{
	unsigned tens = (unsigned char)s[0] - (unsigned)'0', ones = (unsigned char)s[1] - (unsigned)'0';

	return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* Private: eight bytes as a number, the first the least. */
static inline uint64_t sh_near_word(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof(w));
	return le64toh(w);
}

/* Private: of ".000004Z" the nanoseconds; -1 where it is written otherwise. */
static inline int64_t sh_near_fraction(const char *s)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t v = sh_near_word(s) ^ sh_near_word(".000000Z");

	/* A digit is below 10, with what stands about them not at all different. */
	if ((v | (v + 6 * each)) & (0xF0 * each) || v & UINT64_C(0xFF000000000000FF))
		return -1;
	/* All digits at once (D. Lemire, "Quickly parsing eight digits"): 0 and the six and 0. */
	v = v * 10 + (v >> 8);
	v = ((v & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) +
	     (v >> 16 & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001)) >> 32;
	return (int64_t)v * 100;
}

/* Whether it is such a time in that minute, written as sh_time_format() does. */
static inline bool sh_time_is_near(const struct sh_time_near *near, const char *s, size_t len,
				   int64_t *out)
{
	unsigned sec;
	int64_t ns;

	if (len != 27 || sh_near_word(s) != sh_near_word(near->text) ||
	    sh_near_word(s + 8) != sh_near_word(near->text + 8) || s[16] != near->text[16])
		return false;
	sec = sh_near_digits(s + 17);
	ns = sh_near_fraction(s + 19);
	if (sec > 60 || ns < 0)
		return false;
	*out = near->minute + sec * SH_SEC + ns;
	return true;
}

/* As sh_time_parse(), quick where it is near. */
int sh_time_parse_near(struct sh_time_near *near, const char *s, size_t len, int64_t *out);

#endif
