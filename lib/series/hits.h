/* SPDX-License-Identifier: MIT */
/*
 * hits - how often, lately, something was true
 *
 * Counts in a row for opening and clearing, and N of the last M. A sample on
 * which the answer is unknown is not noted and so changes nothing.
 */
#ifndef SH_SERIES_HITS_H
#define SH_SERIES_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define SH_HITS_MAX_OF 64 /* the longest M of N of M */

struct sh_hits {
	uint64_t recent;  /* the last answers, newest in bit 0 */
	uint32_t known;   /* how many of them there were, up to 64 */
	uint32_t row;     /* hits in a row up to now */
	uint32_t misses;  /* misses in a row up to now */
	int64_t since;    /* time of the first hit of the row; 0 without one */
};

#define SH_HITS_INIT { 0, 0, 0, 0, 0 }

void sh_hits_note(struct sh_hits *h, int64_t time, bool hit);
/* Hits among the last M answers, M up to SH_HITS_MAX_OF. */
unsigned sh_hits_of(const struct sh_hits *h, unsigned m);
/* Begin the row anew, as when it was full and reported; the last M stay. */
void sh_hits_restart(struct sh_hits *h);

/* Append as bytes. */
void sh_hits_store(const struct sh_hits *h, struct sh_buf *out);
/* Returns -1 with SH_ERRC_STATE, H unchanged, for damaged bytes or a newer version. */
int sh_hits_load(struct sh_hits *h, const void *data, size_t len, struct sh_error *err);

#endif
