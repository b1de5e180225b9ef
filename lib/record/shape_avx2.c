/* SPDX-License-Identifier: MIT */
/* A line along a shape with vectors of 32 bytes, which not every x86-64 has. */
#include "config.h"

#include "record/shape.h"

#ifdef __x86_64__
#include <immintrin.h>

#define SCAN_VECTORS
#define SCAN_TARGET __attribute__((target("avx2,bmi")))

static inline SCAN_TARGET __m256i vector_at(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline SCAN_TARGET uint32_t scan_same(const char *a, const char *b)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(vector_at(a), vector_at(b)));
}

static inline SCAN_TARGET uint32_t scan_digits(const char *p)
{
	__m256i v = _mm256_sub_epi8(vector_at(p), _mm256_set1_epi8('0'));

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(9)), v));
}

static inline SCAN_TARGET const char *scan_plain(const char *p)
{
	for (;; p += 32) {
		__m256i v = vector_at(p);
		/* Signed compare: below 0x20 is also what has the high bit set. */
		__m256i hit = _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v),
					      _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')),
							      _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'))));
		uint32_t mask = (uint32_t)_mm256_movemask_epi8(hit);

		if (mask)
			return p + __builtin_ctz(mask);
	}
}

#include "record/shape_scan.h"

SCAN_TARGET const struct sh_shape *sh_shape_follow_avx2(struct sh_shape_match *m, const struct sh_shape *shape)
{
	return follow(m, shape);
}
#endif
