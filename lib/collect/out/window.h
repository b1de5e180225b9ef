/* SPDX-License-Identifier: MIT */
/*
 * window - fewer samples: the last of each series in a window, or functions of them
 *
 * Windows are divided by the time of the records, host by host, and begin at
 * multiples of their length since the epoch. One ends with the first sample or
 * tick of its host that is later. A leap ahead by more than ten windows and an hour
 * must be said by two records in a row: until then, or when the second says
 * otherwise, the one that leapt goes on as it is and ends nothing. What comes for a window that has ended is left
 * out and counted. Memory is bounded: series beyond the bound go on as they are, and so do samples with more metrics.
 */
#ifndef SH_COLLECT_OUT_WINDOW_H
#define SH_COLLECT_OUT_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "collect/out/summary.h"
#include "record/record.h"

#define SH_WINDOW_SERIES 50000
#define SH_WINDOW_BYTES  ((size_t)64 << 20) /* of lines that are kept */
#define SH_WINDOW_VALUES 2000000            /* that are kept for quantiles */

struct sh_windows;

/* PLAN NULL: the last sample is kept as it is. Borrowed. */
struct sh_windows *sh_windows_new(int64_t length, const struct sh_summary_plan *plan);
void sh_windows_free(struct sh_windows *w);
/* Time has come to R's: windows that ended are appended to OUT. */
void sh_windows_advance(struct sh_windows *w, const struct sh_record *r, struct sh_buf *out);
/* Take a sample; false when it is to go on as it is: no room for its series, or its time is not believed. */
bool sh_windows_take(struct sh_windows *w, const struct sh_record *r);
/* The windows under way, as they are. */
void sh_windows_end(struct sh_windows *w, struct sh_buf *out);
/* How many were too late; too far ahead; how many found no room. */
uint64_t sh_windows_late(const struct sh_windows *w);
uint64_t sh_windows_ahead(const struct sh_windows *w);
uint64_t sh_windows_passed(const struct sh_windows *w);

#endif
