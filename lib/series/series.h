/* SPDX-License-Identifier: MIT */
/*
 * series - the recent past of one metric: points of time and value
 *
 * A ring that holds at most so many points and only those younger than a span,
 * counted from the newest, and the one before them, so that a window as long as
 * the span is known from its very start. Times rise strictly. Knows nothing of
 * records or files: state goes out as bytes and comes back from bytes.
 */
#ifndef SH_SERIES_SERIES_H
#define SH_SERIES_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct sh_point {
	int64_t time; /* ns */
	double value; /* finite */
};

struct sh_series {
	struct sh_point *ring; /* owned; cap entries */
	size_t cap, first, n;
	size_t max;   /* points kept at most */
	int64_t span; /* ns; 0: however old */
};

/* Points of a series by age; valid until the next change of it. */
struct sh_window {
	const struct sh_series *series;
	size_t i, end;
};

/* MAX at least 1. Allocates nothing yet. */
void sh_series_init(struct sh_series *s, size_t max, int64_t span);
void sh_series_release(struct sh_series *s);

/* Returns false, and changes nothing, for a value that is not finite or a time not after the last. */
bool sh_series_add(struct sh_series *s, int64_t time, double value);

/* Point I, from the oldest, below s->n. */
const struct sh_point *sh_series_at(const struct sh_series *s, size_t i);
/* The newest point, NULL while there is none. */
const struct sh_point *sh_series_last(const struct sh_series *s);
/* Whether the past is known since FROM: some point is that old. */
bool sh_series_covers(const struct sh_series *s, int64_t from);

/*
 * The points with FROM < time <= TO: for a window of a duration that ends at TO,
 * FROM is TO less the duration. Walk: while ((p = sh_window_next(&w))) ...
 */
struct sh_window sh_series_window(const struct sh_series *s, int64_t from, int64_t to);
const struct sh_point *sh_window_next(struct sh_window *w);

/* Append the points as bytes. */
void sh_series_store(const struct sh_series *s, struct sh_buf *out);
/*
 * Replace the points by stored ones; the newest that fit max and span are kept.
 * Returns -1 with SH_ERRC_STATE, the series unchanged, for bytes that are damaged
 * or of a newer version.
 */
int sh_series_load(struct sh_series *s, const void *data, size_t len, struct sh_error *err);

#endif
