/* SPDX-License-Identifier: MIT */
/*
 * hits - how often, lately, something was so
 *
 * The last M answers as bits, newest in bit 0; what was before the first counts
 * as "no", so all zero is as new. An answer that is unknown is not noted and so
 * changes nothing.
 */
#ifndef SH_SERIES_HITS_H
#define SH_SERIES_HITS_H

#include <stdbool.h>
#include <stdint.h>

#define SH_HITS_MAX_OF 64 /* the longest M of N of M */

/* RECENT with one answer more, the last M kept; M up to SH_HITS_MAX_OF. */
uint64_t sh_hits_note(uint64_t recent, unsigned m, bool hit);
/* Hits among the last M answers. */
unsigned sh_hits_of(uint64_t recent, unsigned m);
/*
 * Hits among the last M in percent, the newest with weight 1.25, the oldest with
 * 0.75 and those between on a line: of changes of state it is the flapping score
 * of Nagios. M is at least 2.
 */
double sh_hits_score(uint64_t recent, unsigned m);

#endif
