/* SPDX-License-Identifier: MIT */
/*
 * time_to - when a limit will be reached if all goes on as it did
 *
 * Two of Holt's trackers follow what remains to the limit: a slow one, by whose
 * slope over the window the answer is made, and a fast one, which speaks only
 * where little is left and goes quickly. What has been cleaned up once at a
 * level is expected to be cleaned up there again: until it gets nearer to the
 * limit than then, the slow one is silent.
 *
 * The side from which the limit is reached is the one where the series has been.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "series/holt.h"
#include "series/kinds.h"

#define FORMAT 1
#define WINDOW (48 * SH_HOUR)
#define HISTORY 4    /* of a window has to be seen, a 4th */
#define SMOOTHED 16  /* of a window is the memory of the level */
#define FAST 96	     /* of a window is the memory of the fast level */
#define INTERVALS 3  /* of measurements the fast memory is at least */
#define FAST_SLOPE 3 /* fast memories is that of the fast slope */
#define SOON 6	     /* fast memories until the limit, or fewer, and it speaks */
#define NEAR .18     /* of the farthest from the limit */
#define CLEANED .2   /* of the farthest from the limit, by which it went back */
#define NOISE 2	     /* mean errors, above which growth over a window is no noise */
#define FAR 10	     /* windows, beyond which noise does not matter */
#define NEVER (3650. * 86400)
#define LARGEST 1e150

struct fill {
	int64_t last, since; /* of the last measurement, of the first on this side; ns */
	int64_t beyond;	     /* when the limit was passed */
	uint8_t state;	     /* of what follows */
	double remains, farthest, turn, ceiling;
	double memory;		   /* of the fast tracker, s */
	struct sh_holt slow, fast; /* of what remains */
};

enum { ANY = 1, ABOVE = 2, BEYOND = 4, BACK = 8, CEILING = 16, ALL = 31 };

static double window_of(const struct sh_past_terms *t)
{
	return t->n > 1 ? t->arg[1].number : (double)WINDOW / SH_SEC;
}

static int64_t reach(const struct sh_past_terms *t)
{
	return t->n > 1 ? t->arg[1].ns : WINDOW;
}

static int check(const struct sh_past_terms *t, struct sh_error *err)
{
	if (t->arg[0].type != SH_PAST_NUMBER)
		return sh_error_set(err, SH_ERRC_CONFIG, "time_to: the limit must be a number");
	if (t->n > 1 && (t->arg[1].type != SH_PAST_DURATION || t->arg[1].ns <= 0))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "time_to: the window must be a duration above 0");
	return 0;
}

static size_t size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct fill);
}

static void start(struct fill *f, double limit, int64_t time, double value)
{
	*f = (struct fill){ .last = time, .since = time, .state = ANY };
	if (value > limit)
		f->state |= ABOVE;
	f->remains = f->farthest = f->turn = fabs(limit - value);
	sh_holt_start(&f->slow, f->remains);
	sh_holt_start(&f->fast, f->remains);
}

/* The nearest it came to the limit, until it went back; then the farthest, until it comes again. */
static void follow_turns(struct fill *f)
{
	double least = CLEANED * f->farthest;

	f->farthest = fmax(f->farthest, f->remains);
	if (!(f->state & BACK)) {
		f->turn = fmin(f->turn, f->remains);
		if (f->remains - f->turn > least) {
			f->ceiling = f->turn;
			f->state |= BACK | CEILING;
			f->turn = f->remains;
		}
	} else {
		f->turn = fmax(f->turn, f->remains);
		if (f->turn - f->remains > least) {
			f->state &= (uint8_t)~BACK;
			f->turn = f->remains;
		}
	}
}

/*
 * Whether the other side is the one to look from now: the limit was passed long
 * ago, or before it was known where the series belongs.
 */
static bool changes_side(struct fill *f, const struct sh_past_terms *t, int64_t time)
{
	if (f->remains >= 0) {
		f->state &= (uint8_t)~BEYOND;
		return false;
	}
	if (!(f->state & BEYOND)) {
		f->state |= BEYOND;
		f->beyond = time;
		return sh_past_between(f->since, time) < reach(t);
	}
	return sh_past_between(f->beyond, time) >= reach(t);
}

static void note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct fill *f = state;
	double limit = t->arg[0].number, window = window_of(t), x, elapsed;

	limit = fmin(fmax(limit, -LARGEST), LARGEST);
	x = fmin(fmax(value, -LARGEST), LARGEST);
	if (!(f->state & ANY)) {
		start(f, limit, time, x);
		return;
	}
	f->remains = f->state & ABOVE ? x - limit : limit - x;
	if (changes_side(f, t, time)) {
		start(f, limit, time, x);
		return;
	}
	elapsed = (double)sh_past_between(f->last, time) / SH_SEC;
	f->last = time;
	f->memory = fmin(fmax(window / FAST, INTERVALS * elapsed), window / SMOOTHED);
	sh_holt_note(&f->slow, elapsed, f->remains, window / SMOOTHED, window);
	sh_holt_note(&f->fast, elapsed, f->remains, f->memory, FAST_SLOPE * f->memory);
	follow_turns(f);
}

static double until(const struct sh_holt *h)
{
	if (h->level <= 0)
		return 0;
	return h->slope < 0 ? fmin(h->level / -h->slope, NEVER) : NEVER;
}

static bool is_runaway(const struct fill *f)
{
	return f->remains < NEAR * f->farthest && until(&f->fast) < SOON * f->memory &&
	       -f->fast.slope * FAST_SLOPE * f->memory > f->fast.error;
}

static struct sh_past_answer in(double seconds, double elapsed)
{
	return (struct sh_past_answer){ .known = true, .value = fmax(seconds - elapsed, 0) };
}

static struct sh_past_answer ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct fill *f = state;
	double window = window_of(t), seconds, elapsed;

	if (f->state & ANY && f->remains <= 0)
		return in(0, 0);
	if (!(f->state & ANY) || (double)sh_past_between(f->since, f->last) / SH_SEC < window / HISTORY)
		return (struct sh_past_answer){
			.why = "less than a quarter of the window was seen"
		};
	elapsed = (double)sh_past_between(f->last, now) / SH_SEC;
	seconds = until(&f->slow);
	if (is_runaway(f))
		return in(fmin(seconds, until(&f->fast)), elapsed);
	if (f->state & CEILING && f->remains >= f->ceiling)
		seconds = NEVER;
	if (-f->slow.slope * window >= NOISE * f->slow.error)
		return in(seconds, elapsed);
	if (seconds < FAR * window)
		return (struct sh_past_answer){ .why = "the growth is lost in the noise" };
	return in(NEVER, elapsed);
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct fill *f = state;

	(void)t;
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, f->state, 1);
	sh_bytes_put(out, (uint64_t)f->last, 8);
	sh_bytes_put(out, (uint64_t)f->since, 8);
	sh_bytes_put(out, (uint64_t)f->beyond, 8);
	sh_bytes_put_double(out, f->remains);
	sh_bytes_put_double(out, f->farthest);
	sh_bytes_put_double(out, f->turn);
	sh_bytes_put_double(out, f->ceiling);
	sh_bytes_put_double(out, f->memory);
	sh_holt_store(&f->slow, out);
	sh_holt_store(&f->fast, out);
}

static bool take_double(struct sh_bytes *in, double *d)
{
	return sh_bytes_take_double(in, d) && isfinite(*d);
}

static bool take(struct fill *f, struct sh_bytes *in)
{
	uint64_t format, flags, last, since, beyond;

	if (!sh_bytes_take(in, 1, &format) || format != FORMAT || !sh_bytes_take(in, 1, &flags) ||
	    flags > ALL || !sh_bytes_take(in, 8, &last) || !sh_bytes_take(in, 8, &since) ||
	    !sh_bytes_take(in, 8, &beyond))
		return false;
	f->state = (uint8_t)flags;
	f->last = (int64_t)last;
	f->since = (int64_t)since;
	f->beyond = (int64_t)beyond;
	return take_double(in, &f->remains) && take_double(in, &f->farthest) &&
	       take_double(in, &f->turn) && take_double(in, &f->ceiling) &&
	       take_double(in, &f->memory) && sh_holt_load(&f->slow, in) &&
	       sh_holt_load(&f->fast, in);
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		struct sh_error *err)
{
	(void)t;
	if (take(state, in))
		return 0;
	memset(state, 0, sizeof(struct fill));
	return sh_error_set(err, SH_ERRC_STATE, "a stored time_to is damaged or of a newer form");
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct fill *f = state;

	(void)t;
	sh_buf_addf(out, "\"remains\":%.9g,\"per_hour\":%.6g,\"error\":%.6g,\"fast_per_hour\":%.6g",
		    f->remains, -f->slow.slope * 3600, f->slow.error, -f->fast.slope * 3600);
	if (f->state & CEILING)
		sh_buf_addf(out, ",\"cleaned_at\":%.9g", f->ceiling);
}

const struct sh_past_kind sh_past_time_to = {
	.name = "time_to",
	.min_args = 1,
	.max_args = 2,
	.is_duration = true,
	.check = check,
	.reach = reach,
	.size = size,
	.note = note,
	.ask = ask,
	.store = store,
	.load = load,
	.show = show,
	.synopsis = "limit [window]",
	.help = "The time until the value reaches the limit if it goes on as in the "
		"window, by default 48h.",
};
