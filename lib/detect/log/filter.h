/* SPDX-License-Identifier: MIT */
/*
 * filter - which of many patterns a text can match at all, in one pass
 *
 * An automaton of Aho and Corasick (CACM 1975) over the words that the patterns
 * need (literal.h), ASCII letters of either case. Most texts have none of them and
 * no pattern is asked; the cost does not grow with their number.
 */
#ifndef SH_DETECT_LOG_FILTER_H
#define SH_DETECT_LOG_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define SH_FILTER_PATTERNS 1024
#define SH_FILTER_SETS (SH_FILTER_PATTERNS / 64)

struct sh_filter;

/* Patterns by number: bit I % 64 of word I / 64. */
struct sh_filter_set {
	uint64_t bits[SH_FILTER_SETS];
};

struct sh_filter *sh_filter_new(void);
void sh_filter_free(struct sh_filter *f);

/* The number of the pattern, from 0; -1: there are SH_FILTER_PATTERNS. Not after sh_filter_build.
 */
int sh_filter_add(struct sh_filter *f, struct sh_span pattern);
void sh_filter_build(struct sh_filter *f);
/*
 * The patterns that TEXT may match; those not in *out it does not. Returns whether
 * there is one.
 */
bool sh_filter_look(const struct sh_filter *f, struct sh_span text, struct sh_filter_set *out);

static inline bool sh_filter_has(const struct sh_filter_set *set, int pattern)
{
	return set->bits[pattern / 64] >> pattern % 64 & 1;
}

#endif
