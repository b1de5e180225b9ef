/* SPDX-License-Identifier: MIT */
/*
 * window - a function over time that answers from a tally of the last so long
 *
 * Everything such kinds share: the state is a struct sh_recent. They are known
 * once measurements cover the window, so that two points at the start do not
 * speak for five minutes; eager ones once they have the points they need at all.
 */
#ifndef SH_SERIES_WINDOW_H
#define SH_SERIES_WINDOW_H

#include "series/past.h"
#include "series/recent.h"

struct sh_window_kind {
	struct sh_past_kind kind; /* first: a terms' kind is one of these */
	const struct sh_tally *tally;
	size_t window;  /* which argument is it */
	uint64_t least; /* points needed */
	double (*answer)(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now);
};

/* The functions of a kind that has no more than its answer of its own, or its check. */
#define SH_WINDOW_STATE                                                                     \
	.reach = sh_window_reach, .size = sh_window_size, .release = sh_window_release,     \
	.note = sh_window_note, .ask = sh_window_ask, .store = sh_window_store,             \
	.load = sh_window_load, .show = sh_window_show
#define SH_WINDOW_FUNCTIONS .check = sh_window_check, SH_WINDOW_STATE

/* How long the window of these terms is, ns. */
int64_t sh_window_of(const struct sh_past_terms *t);
/* The argument I must be a duration above 0. */
int sh_window_is_duration(const struct sh_past_terms *t, size_t i, struct sh_error *err);
/* Unknown for a value that overflowed. */
struct sh_past_answer sh_window_known(double value);
struct sh_past_answer sh_window_unknown(const char *why);

int sh_window_check(const struct sh_past_terms *t, struct sh_error *err);
int64_t sh_window_reach(const struct sh_past_terms *t);
size_t sh_window_size(const struct sh_past_terms *t);
void sh_window_release(void *state);
void sh_window_note(void *state, const struct sh_past_terms *t, int64_t time, double value);
struct sh_past_answer sh_window_ask(const void *state, const struct sh_past_terms *t, int64_t now);
void sh_window_store(const void *state, const struct sh_past_terms *t, struct sh_buf *out);
int sh_window_load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		   struct sh_error *err);
void sh_window_show(const void *state, const struct sh_past_terms *t, struct sh_buf *out);

#endif
