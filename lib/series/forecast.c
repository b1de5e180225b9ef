/* SPDX-License-Identifier: MIT */
/* forecast - the value to be expected, by its level and slope (Holt) over a window */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "series/holt.h"
#include "series/kinds.h"

#define FORMAT 1
#define WINDOWS 2   /* times the time ahead is the window where none is given */
#define HISTORY 4   /* of a window has to be seen, a 4th */
#define SMOOTHED 16 /* of a window is the memory of the level */

struct forecast {
	int64_t first, last;
	bool is_any;
	struct sh_holt holt;
};

static double window_of(const struct sh_past_terms *t)
{
	return t->n > 1 ? t->arg[1].number : WINDOWS * t->arg[0].number;
}

static int check(const struct sh_past_terms *t, struct sh_error *err)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->arg[i].type != SH_PAST_DURATION || t->arg[i].ns <= 0)
			return sh_error_set(err, SH_ERRC_CONFIG,
					    "forecast: %s must be a duration above 0",
					    i ? "the window" : "the time ahead");
	return 0;
}

static int64_t reach(const struct sh_past_terms *t)
{
	if (t->n > 1)
		return t->arg[1].ns;
	return t->arg[0].ns > INT64_MAX / WINDOWS ? INT64_MAX : WINDOWS * t->arg[0].ns;
}

static size_t size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct forecast);
}

static void note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct forecast *f = state;
	double window = window_of(t);

	if (f->is_any) {
		sh_holt_note(&f->holt, (double)sh_past_between(f->last, time) / SH_SEC, value,
			     window / SMOOTHED,
			     window);
	} else {
		sh_holt_start(&f->holt, value);
		f->first = time;
		f->is_any = true;
	}
	f->last = time;
}

static struct sh_past_answer ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct forecast *f = state;
	double ahead = t->arg[0].number + (double)sh_past_between(f->last, now) / SH_SEC;

	if (!f->is_any || (double)sh_past_between(f->first, f->last) / SH_SEC < window_of(t) / HISTORY)
		return (struct sh_past_answer){
			.why = "less than a quarter of the window was seen"
		};
	return (struct sh_past_answer){ .known = true,
					.value = f->holt.level + f->holt.slope * ahead };
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct forecast *f = state;

	(void)t;
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, f->is_any, 1);
	sh_bytes_put(out, (uint64_t)f->first, 8);
	sh_bytes_put(out, (uint64_t)f->last, 8);
	sh_holt_store(&f->holt, out);
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		struct sh_error *err)
{
	struct forecast *f = state;
	uint64_t format, any, first, last;

	(void)t;
	if (sh_bytes_take(in, 1, &format) && format == FORMAT && sh_bytes_take(in, 1, &any) &&
	    any <= 1 && sh_bytes_take(in, 8, &first) && sh_bytes_take(in, 8, &last) &&
	    sh_holt_load(&f->holt, in)) {
		f->is_any = any;
		f->first = (int64_t)first;
		f->last = (int64_t)last;
		return 0;
	}
	memset(f, 0, sizeof(*f));
	return sh_error_set(err, SH_ERRC_STATE, "a stored forecast is damaged or of a newer form");
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct forecast *f = state;

	(void)t;
	sh_buf_addf(out, "\"level\":%.9g,\"per_hour\":%.6g,\"error\":%.6g", f->holt.level,
		    f->holt.slope * 3600, f->holt.error);
}

const struct sh_past_kind sh_past_forecast = {
	.name = "forecast",
	.min_args = 1,
	.max_args = 2,
	.check = check,
	.reach = reach,
	.size = size,
	.note = note,
	.ask = ask,
	.store = store,
	.load = load,
	.show = show,
	.synopsis = "ahead [window]",
	.help = "The value to be expected that long from now if it goes on as in the "
		"window, by default twice as long.",
};
