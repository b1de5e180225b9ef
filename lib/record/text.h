/* SPDX-License-Identifier: MIT */
/*
 * text - find the next byte of JSON text that needs a look
 *
 * The two searches that decide how fast records are read: 16 bytes at a time
 * with SSE2, 8 with plain integers elsewhere. Nothing beyond END is touched.
 */
#ifndef SH_RECORD_TEXT_H
#define SH_RECORD_TEXT_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SH_TEXT_ONES UINT64_C(0x0101010101010101)
#define SH_TEXT_HIGH UINT64_C(0x8080808080808080)

/* The high bit of the first byte that equals C is set; bits below it are clear. */
static inline uint64_t sh_text_equal(uint64_t word, unsigned char c)
{
	uint64_t x = word ^ (SH_TEXT_ONES * c);

	return (x - SH_TEXT_ONES) & ~x & SH_TEXT_HIGH;
}

/* The same for bytes below 0x20, and with them all from 0x80 up. */
static inline uint64_t sh_text_special(uint64_t word)
{
	return ((word - SH_TEXT_ONES * 0x20) | word) & SH_TEXT_HIGH;
}

static inline uint64_t sh_text_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

#ifdef __SSE2__
/* A bit for each of 16 bytes from P on that is '"', '\\', a control byte or from 0x80 up. */
static inline unsigned sh_text_not_plain(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* Signed compare: below 0x20 is also what has the high bit set. */
	__m128i hit = _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
				   _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
						_mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))));

	return (unsigned)_mm_movemask_epi8(hit);
}
#endif

/* The first '"', '\\', control byte or byte from 0x80 up in [p, end), or END. */
static inline const char *sh_text_plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
	while (end - p >= 16) {
		unsigned mask = sh_text_not_plain(p);

		if (mask)
			return p + __builtin_ctz(mask);
		p += 16;
	}
#endif
	while (end - p >= 8) {
		uint64_t word = sh_text_word(p);
		uint64_t hit = sh_text_special(word) | sh_text_equal(word, '"') |
			       sh_text_equal(word, '\\');

		if (hit)
			return p + (__builtin_ctzll(hit) >> 3);
		p += 8;
	}
	while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
	       *p != '\\')
		p++;
	return p;
}

#ifdef __SSE2__
/* The first such byte from P on, where there is one: up to 15 bytes behind it are looked at. */
static inline const char *sh_text_plain_before(const char *p)
{
	for (;; p += 16) {
		unsigned mask = sh_text_not_plain(p);

		if (mask)
			return p + __builtin_ctz(mask);
	}
}
#endif

/* The first '"' or '\\' in [p, end), or END. */
static inline const char *sh_text_string_end(const char *p, const char *end)
{
#ifdef __SSE2__
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
					   _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
		unsigned mask = (unsigned)_mm_movemask_epi8(hit);

		if (mask)
			return p + __builtin_ctz(mask);
		p += 16;
	}
#endif
	while (end - p >= 8) {
		uint64_t word = sh_text_word(p);
		uint64_t hit = sh_text_equal(word, '"') | sh_text_equal(word, '\\');

		if (hit)
			return p + (__builtin_ctzll(hit) >> 3);
		p += 8;
	}
	while (p < end && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* The first '"', '{', '}', '[' or ']' in [p, end), or END. */
static inline const char *sh_text_structure(const char *p, const char *end)
{
#ifdef __SSE2__
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i folded = _mm_or_si128(v, _mm_set1_epi8(0x20)); /* '[' is then '{' */
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
					   _mm_or_si128(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')),
							_mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))));
		unsigned mask = (unsigned)_mm_movemask_epi8(hit);

		if (mask)
			return p + __builtin_ctz(mask);
		p += 16;
	}
#endif
	while (p < end && *p != '"' && (*p | 0x20) != '{' && (*p | 0x20) != '}')
		p++;
	return p;
}

/* The same of at most 8 bytes: the first and the last of them at once, though they be the same. */
static inline int sh_text_same_few(const char *a, const char *b, size_t len)
{
	uint32_t first[2], last[2];

	if (len < 4) {
		while (len && a[len - 1] == b[len - 1])
			len--;
		return !len;
	}
	memcpy(&first[0], a, 4);
	memcpy(&first[1], b, 4);
	memcpy(&last[0], a + len - 4, 4);
	memcpy(&last[1], b + len - 4, 4);
	return first[0] == first[1] && last[0] == last[1];
}

/* Whether LEN bytes are the same; a call costs more than the comparison of a few. */
static inline int sh_text_same(const char *a, const char *b, size_t len)
{
#ifdef __SSE2__
	if (len >= 16) {
		const char *last = a + len - 16;

		for (;; a += 16, b += 16) {
			ptrdiff_t over = a > last ? a - last : 0;
			__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(a - over));
			__m128i y = _mm_loadu_si128((const __m128i *)(const void *)(b - over));

			if (_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) != 0xFFFF)
				return 0;
			if (a >= last)
				return 1;
		}
	}
#endif
	if (len > 16)
		return !memcmp(a, b, len);
	if (len <= 8)
		return sh_text_same_few(a, b, len);
	return sh_text_word(a) == sh_text_word(b) && sh_text_word(a + len - 8) == sh_text_word(b + len - 8);
}

static inline int sh_text_continues(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

/* RFC 3629, table of well-formed sequences: how long the one at P is, 0 when malformed. */
static inline size_t sh_text_utf8_length(const char *s, const char *end)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t left = (size_t)(end - s);
	unsigned char low = 0x80, high = 0xBF;

	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	if (p[0] < 0xE0)
		return left >= 2 && sh_text_continues(p[1]) ? 2 : 0;
	if (p[0] == 0xE0)
		low = 0xA0;
	else if (p[0] == 0xED)
		high = 0x9F;
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xF4)
		high = 0x8F;
	if (left < 3 || p[1] < low || p[1] > high || !sh_text_continues(p[2]))
		return 0;
	if (p[0] < 0xF0)
		return 3;
	return left >= 4 && sh_text_continues(p[3]) ? 4 : 0;
}

#endif
