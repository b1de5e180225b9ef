/* SPDX-License-Identifier: MIT */
/*
 * previous, last, age, absent - of the newest measurements as such
 * irate, idelta - from the last two points of a window, as Prometheus does
 */
#include "config.h"

#include "series/kinds.h"
#include "series/pair.h"
#include "series/recent.h"

static struct sh_past_answer ask_previous(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct sh_pair *p = state;

	(void)t, (void)now;
	return p->n < 2 ? sh_window_unknown("measured less than twice") :
			  sh_window_known(p->value_before);
}

static struct sh_past_answer ask_last(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct sh_pair *p = state;

	if (!p->n || p->time < sh_recent_start(now, t->arg[0].ns))
		return sh_window_unknown("nothing was measured in the window");
	return sh_window_known(p->value);
}

static struct sh_past_answer ask_age(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct sh_pair *p = state;

	(void)t;
	return p->n ? sh_window_known((double)(now - p->time) / 1e9) :
		      sh_window_unknown("never measured");
}

/* It grows all the time: by the second is often enough. */
static int64_t age_due(const void *state, const struct sh_past_terms *t)
{
	const struct sh_pair *p = state;
	int64_t due;

	(void)t;
	return !p->n || __builtin_add_overflow(p->time, INT64_C(1000000000), &due) ? INT64_MAX : due;
}

static struct sh_past_answer ask_absent(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct sh_pair *p = state;

	if (!p->n)
		return sh_window_unknown("never measured");
	return sh_window_known(p->time < sh_recent_start(now, t->arg[0].ns));
}

static int64_t absent_due(const void *state, const struct sh_past_terms *t)
{
	const struct sh_pair *p = state;
	int64_t due;

	if (!p->n || __builtin_add_overflow(p->time, t->arg[0].ns, &due) || due == INT64_MAX)
		return INT64_MAX;
	return due + 1;
}

static struct sh_past_answer ask_step(const void *state, const struct sh_past_terms *t, int64_t now,
				      bool is_rate)
{
	const struct sh_pair *p = state;
	int64_t start = sh_recent_start(now, t->arg[0].ns);
	double grown = p->value - p->value_before;

	if (p->n < 2 || p->time_before < start)
		return sh_window_unknown("fewer than 2 points in the window");
	if (!is_rate)
		return sh_window_known(grown);
	/* A counter that fell was reset, to 0 as far as is known. */
	if (grown < 0)
		grown = p->value;
	return sh_window_known(grown / ((double)(p->time - p->time_before) / 1e9));
}

static struct sh_past_answer ask_irate(const void *state, const struct sh_past_terms *t, int64_t now)
{
	return ask_step(state, t, now, true);
}

static struct sh_past_answer ask_idelta(const void *state, const struct sh_past_terms *t, int64_t now)
{
	return ask_step(state, t, now, false);
}

static int check_window(const struct sh_past_terms *t, struct sh_error *err)
{
	return sh_window_is_duration(t, 0, err);
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct sh_pair *p = state;

	(void)t;
	if (p->n)
		sh_buf_addf(out, "\"value\":%.15g", p->value);
	if (p->n == 2)
		sh_buf_addf(out, ",\"previous\":%.15g", p->value_before);
}

#define PAIR_FUNCTIONS                                                                     \
	.size = sh_pair_size, .note = sh_pair_note, .store = sh_pair_store,                \
	.load = sh_pair_load, .show = show

const struct sh_past_kind sh_past_previous = {
	.name = "previous", PAIR_FUNCTIONS, .ask = ask_previous,
	.synopsis = "", .help = "The value before the last one, however old.",
};

const struct sh_past_kind sh_past_last = {
	.name = "last", .min_args = 1, .max_args = 1, .check = check_window, PAIR_FUNCTIONS,
	.ask = ask_last, .synopsis = "window", .help = "The newest value in the window.",
};

const struct sh_past_kind sh_past_age = {
	.name = "age", .is_timed = true, .is_duration = true, PAIR_FUNCTIONS, .ask = ask_age,
	.due = age_due, .synopsis = "", .help = "The time since it was last measured.",
};

const struct sh_past_kind sh_past_absent = {
	.name = "absent", .min_args = 1, .max_args = 1, .is_truth = true, .is_timed = true,
	.check = check_window, PAIR_FUNCTIONS, .ask = ask_absent, .due = absent_due,
	.synopsis = "window",
	.help = "Whether it was not measured for longer than the window, though it was before.",
};

const struct sh_past_kind sh_past_irate = {
	.name = "irate", .min_args = 1, .max_args = 1, .check = check_window, PAIR_FUNCTIONS,
	.ask = ask_irate, .synopsis = "window",
	.help = "How much a counter grew a second between the last two values in the window.",
};

const struct sh_past_kind sh_past_idelta = {
	.name = "idelta", .min_args = 1, .max_args = 1, .check = check_window, PAIR_FUNCTIONS,
	.ask = ask_idelta, .synopsis = "window",
	.help = "The last value less the one before it, both in the window.",
};
