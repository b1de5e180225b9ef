/* SPDX-License-Identifier: MIT */
/*
 * warmup - no verdict on what was only just seen again
 *
 * Of each series one time is kept: since when it has been seen without a break.
 * It begins anew with the first sample, after a gap, and after a jump of the clock
 * (whoever notices one sets it to that time). Until a rule's warm-up has passed
 * since then its hits count as if they were unknown; misses and clears count. A
 * repair of its entity has the same effect from its end on, and for half a minute
 * at least: what was just started or freed is not judged by its first moments.
 */
#ifndef SH_DETECT_WARMUP_H
#define SH_DETECT_WARMUP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Since when the series is seen, at a sample at TIME, which was SINCE at the LAST
 * one; 0 and 0 for the first. Samples further apart than three times INTERVAL, 5
 * minutes at least, are a gap; none is while it is not known (0).
 */
int64_t sh_warmup_since(int64_t since, int64_t last, int64_t interval, int64_t time);
/*
 * Whether a hit at NOW does not count; REPAIRED is the end of the last repair of the
 * entity, 0 none. A repair that ended more than an hour after NOW is of another clock.
 */
bool sh_warmup_holds(int64_t since, int64_t repaired, int64_t warmup, int64_t now);

#endif
