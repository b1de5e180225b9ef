/* SPDX-License-Identifier: MIT */
/*
 * mask - what of a word varies from line to line
 *
 * Each function looks at the bytes from P, before END, and allocates nothing.
 */
#ifndef SH_LOGS_MASK_H
#define SH_LOGS_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum {
	SH_MASK_SPACE = 1,
	SH_MASK_DIGIT = 2,
	SH_MASK_LETTER = 4,
	SH_MASK_HEX = 8,   /* a letter that is a hex digit */
	SH_MASK_HOST = 16, /* a dot or an at sign: a host or an address may be here */
};

extern const unsigned char sh_mask_class[256];

static inline bool sh_mask_is(char c, unsigned kinds)
{
	return sh_mask_class[(unsigned char)c] & kinds;
}

/*
 * Where the first variable part of a word begins, WORD.len when nothing varies.
 * KINDS: the classes of its bytes together.
 */
size_t sh_mask_start(struct sh_span word, unsigned kinds);
/* Bytes of a date that begins at P with the name of a day or month ("Thu Jul 21 09:04:41 2005"), or
 * 0. */
size_t sh_mask_date(const char *p, const char *end);
/* Bytes of parentheses at P that hold nothing but variables and units ("(5.00 KB)", "()"), or 0. */
size_t sh_mask_parentheses(const char *p, const char *end);
/*
 * The factor to bytes or seconds of a unit that begins at P ("KB", "ms,") and ends
 * the word, 0 when there is none. *len: its bytes.
 */
double sh_mask_unit(const char *p, const char *end, size_t *len);
/*
 * The number at P that is all there is up to the end of the word, but for a unit
 * and punctuation. False for times, addresses and the like, and for digits that
 * begin with a zero: those are no quantity.
 */
bool sh_mask_number(const char *p, const char *end, double *out);

#endif
