/* SPDX-License-Identifier: MIT */
/* pair - the last two points of a series, for what needs no more */
#ifndef SH_SERIES_PAIR_H
#define SH_SERIES_PAIR_H

#include "series/past.h"

/* All zero is a new one. */
struct sh_pair {
	int64_t time, time_before;
	double value, value_before;
	uint8_t n; /* 0 to 2 */
};

/* As those of struct sh_past_kind; the state is a struct sh_pair. */
size_t sh_pair_size(const struct sh_past_terms *t);
void sh_pair_note(void *state, const struct sh_past_terms *t, int64_t time, double value);
void sh_pair_store(const void *state, const struct sh_past_terms *t, struct sh_buf *out);
int sh_pair_load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		 struct sh_error *err);

#endif
