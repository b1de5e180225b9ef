/* SPDX-License-Identifier: MIT */
/* far - the function level(): how far a metric is from where it usually is */
#include "config.h"

#include <math.h>
#include <string.h>

#include "series/kinds.h"
#include "series/level.h"

#define FORMAT 1

struct far {
	struct sh_level level;
	float score;
};

static size_t size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct far);
}

static int64_t reach(const struct sh_past_terms *t)
{
	(void)t;
	return 0;
}

/* One far measurement stays far for a few more, so that a fault does not end between two of them.
 */
static void hold(struct far *f, double z)
{
	if (f->level.n >= SH_LEVEL_MIN)
		f->score = fmaxf((float)z, (float)(sh_level_of_metric.hold * (double)f->score));
}

static void note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct far *f = state;

	(void)t, (void)time;
	hold(f, sh_level_note(&f->level, &sh_level_of_metric, value));
}

static void judge(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct far *f = state;

	(void)t, (void)time;
	hold(f, sh_level_judge(&f->level, &sh_level_of_metric, value));
}

static struct sh_past_answer ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct far *f = state;

	(void)t, (void)now;
	if (f->level.n < SH_LEVEL_MIN)
		return (struct sh_past_answer){ .why = "fewer than 24 measurements" };
	return (struct sh_past_answer){ .known = true, .value = (double)f->score };
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct far *f = state;

	(void)t;
	sh_bytes_put(out, FORMAT, 1);
	sh_level_store(&f->level, out);
	sh_bytes_put_float(out, f->score);
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		struct sh_error *err)
{
	struct far *f = state;
	uint64_t format;

	(void)t;
	if (sh_bytes_take(in, 1, &format) && format == FORMAT && sh_level_load(&f->level, in) &&
	    sh_bytes_take_float(in, &f->score) && f->score >= 0 && f->score <= SH_LEVEL_MAX)
		return 0;
	memset(f, 0, sizeof(*f));
	return sh_error_set(err, SH_ERRC_STATE, "a stored level is damaged or of a newer form");
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct far *f = state;
	const struct sh_level *l = &f->level;

	(void)t;
	sh_buf_addf(
		out,
		"\"measurements\":%u,\"mean\":%.9g,\"deviation\":%.6g,\"min\":%.9g,\"max\":%.9g",
		(unsigned)l->n, (double)l->base + (double)l->mean, sqrt((double)l->var),
		(double)l->base + (double)l->lo, (double)l->base + (double)l->hi);
}

const struct sh_past_kind sh_past_level = {
	.name = "level",
	.is_learned = true,
	.reach = reach,
	.size = size,
	.note = note,
	.judge = judge,
	.ask = ask,
	.store = store,
	.load = load,
	.show = show,
	.synopsis = "",
	.help = "How many of its usual spreads a value is from its usual mean, 0 to 20; a "
		"score sinks by not more than 30 % from one measurement to the next.",
};
