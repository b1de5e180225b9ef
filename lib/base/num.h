/* SPDX-License-Identifier: MIT */
/*
 * num - numbers from text, strictly, and back
 *
 * No leading blanks, no trailing bytes, decimal only, the C locale. Leaf
 * helpers: they return 0 or a negative errno (-EINVAL not a number, -ERANGE out
 * of range) and leave *out alone on failure.
 */
#ifndef SH_BASE_NUM_H
#define SH_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

int sh_parse_i64(const char *s, int64_t *out);
int sh_parse_u64(const char *s, uint64_t *out);
/* Finite values only. */
int sh_parse_double(const char *s, double *out);
/* "10", "64k", "8M", "1GiB", "10MB": powers of 1024, as df -h and ls -h read them. */
int sh_parse_size(const char *s, uint64_t *out);

#define SH_U64_MAX_TEXT 24
/* Its decimal digits. Returns the length. */
size_t sh_format_u64(char out[SH_U64_MAX_TEXT], uint64_t v);

#define SH_DOUBLE_MAX_TEXT 32
/*
 * The shortest text that reads back as V, valid JSON; integral values below
 * 1e15 without fraction or exponent. Returns the length. V must be finite.
 */
size_t sh_format_double(char out[SH_DOUBLE_MAX_TEXT], double v);

#endif
