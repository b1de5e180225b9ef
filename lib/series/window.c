/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/window.h"

#include <math.h>

static const struct sh_window_kind *of(const struct sh_past_terms *t)
{
	return (const struct sh_window_kind *)(const void *)t->kind;
}

int64_t sh_window_of(const struct sh_past_terms *t)
{
	return t->arg[of(t)->window].ns;
}

int sh_window_is_duration(const struct sh_past_terms *t, size_t i, struct sh_error *err)
{
	if (i < t->n && t->arg[i].type == SH_PAST_DURATION && t->arg[i].ns > 0)
		return 0;
	return sh_error_set(err, SH_ERRC_CONFIG, "%s: argument %zu is a duration above 0, such as 5m",
			    t->kind->name, i + 2);
}

struct sh_past_answer sh_window_known(double value)
{
	if (!isfinite(value))
		return sh_window_unknown("the values are too large");
	return (struct sh_past_answer){ .known = true, .value = value };
}

struct sh_past_answer sh_window_unknown(const char *why)
{
	return (struct sh_past_answer){ .why = why };
}

int sh_window_check(const struct sh_past_terms *t, struct sh_error *err)
{
	return sh_window_is_duration(t, of(t)->window, err);
}

int64_t sh_window_reach(const struct sh_past_terms *t)
{
	return sh_window_of(t);
}

size_t sh_window_size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct sh_recent);
}

void sh_window_release(void *state)
{
	sh_recent_release(state);
}

void sh_window_note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	sh_recent_note(state, of(t)->tally, sh_window_of(t), time, value);
}

struct sh_past_answer sh_window_ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct sh_window_kind *k = of(t);
	struct sh_cell all;

	sh_recent_tally(state, k->tally, sh_window_of(t), now, &all);
	if (!all.n)
		return sh_window_unknown("nothing was measured in the window");
	if (all.n < k->least)
		return sh_window_unknown("fewer than 2 points in the window");
	if (!t->eager && !sh_recent_covers(state, k->tally, sh_window_of(t)))
		return sh_window_unknown("not yet measured for as long as the window");
	return sh_window_known(k->answer(&all, t, now));
}

void sh_window_store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	sh_recent_store(state, of(t)->tally, sh_window_of(t), out);
}

int sh_window_load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		   struct sh_error *err)
{
	return sh_recent_load(state, of(t)->tally, sh_window_of(t), in, err);
}

void sh_window_show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct sh_recent *r = state;

	sh_buf_addf(out, "\"%s\":%d,\"covered\":%s", r->has_cells ? "cells" : "points", r->n,
		    sh_recent_covers(r, of(t)->tally, sh_window_of(t)) ? "true" : "false");
}
