/* SPDX-License-Identifier: MIT */
/*
 * needs - rules that cannot say yes while a certain metric is absent
 *
 * A rule about two metrics is found by either of them, and mostly both or neither
 * are in a record. Of each rule up to two such metrics are known, so that what is
 * lacking is found by a few operations on whole sets of rules.
 */
#ifndef SH_DETECT_NEEDS_H
#define SH_DETECT_NEEDS_H

#include <stddef.h>
#include <stdint.h>

/* Of a rule so many needed metrics are looked at. */
#define SH_NEEDS 2

struct sh_needs {
	uint64_t *row; /* owned: for each slot SH_NEEDS bitmaps of the rules whose first, second need it is */
	uint64_t *all; /* the same over all slots; in the memory of "row" */
	size_t size;   /* of a row in words */
};

void sh_needs_init(struct sh_needs *n, size_t slots, size_t words);
void sh_needs_release(struct sh_needs *n);
/* SLOT is the need number WHICH, from 0, of RULE. */
void sh_needs_add(struct sh_needs *n, size_t rule, size_t which, size_t slot);

/* SLOT is there: add the needs that it fills to MET, a row. */
static inline void sh_needs_meet(const struct sh_needs *n, size_t slot, uint64_t *met)
{
	const uint64_t *row = n->row + slot * n->size;

	for (size_t w = 0; w < n->size; w++)
		met[w] |= row[w];
}

/* Of a word of rules those that lack something. */
static inline uint64_t sh_needs_lacking(const struct sh_needs *n, const uint64_t *met, size_t word)
{
	uint64_t lacking = 0;

	for (size_t w = word; w < n->size; w += n->size / SH_NEEDS)
		lacking |= n->all[w] & ~met[w];
	return lacking;
}

#endif
