/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/hits.h"

static uint64_t mask(unsigned m)
{
	return m >= SH_HITS_MAX_OF ? UINT64_MAX : (UINT64_C(1) << m) - 1;
}

uint64_t sh_hits_note(uint64_t recent, unsigned m, bool hit)
{
	return (recent << 1 | hit) & mask(m);
}

unsigned sh_hits_of(uint64_t recent, unsigned m)
{
	return (unsigned)__builtin_popcountll(recent & mask(m));
}

double sh_hits_score(uint64_t recent, unsigned m)
{
	const unsigned last = m - 1;
	unsigned sum = 0; /* of weights times 4 * last: whole numbers, so that the order is no matter */

	for (unsigned age = 0; age < m; age++)
		if (recent >> age & 1)
			sum += 3 * last + 2 * (last - age);
	return 25.0 * sum / (double)(last * m);
}
