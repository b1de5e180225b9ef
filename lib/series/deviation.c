/* SPDX-License-Identifier: MIT */
/*
 * deviation - how far a value is from where the series was at this time of former periods
 *
 * A period is cut into bins, a day into hours, a week too. Each bin has a mean
 * and a spread of the visits before; a visit is learned when it is over. What is
 * far counts as three spreads.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "series/kinds.h"

#define FORMAT 1
#define MAX_BINS 168
#define OF_DAY 24
#define VISITS 2     /* of a bin before anything is far from it */
#define NEW .25	     /* least gain of a visit */
#define CLIP 3	     /* spreads that are learned of a farther value */
#define OF_RANGE .03 /* least spread as a part of the range of the means */
#define OF_MEAN .001 /* and of the mean */
#define SHRINK 2     /* visits that the spread of all bins counts as */
#define POOL .05     /* least gain of the spread of all bins */
#define MOST 20	     /* the largest answer */
#define LARGEST 1e18 /* from the first value: squares fit a float */

struct bin {
	float mean, var; /* mean less base */
	uint32_t visits; /* saturates */
};

struct season {
	int64_t first, visit; /* time of the first measurement, number of this visit */
	double base;	      /* the first value */
	uint32_t n, closed;   /* measurements of this visit, and visits that are over; saturate */
	double off, square;   /* mean distance from the mean of its bin, and mean square */
	float pooled, range, z;
	bool is_known; /* z is */
	struct bin bin[];
};

static int64_t period_of(const struct sh_past_terms *t)
{
	return t->arg[0].ns;
}

static int64_t bins_of(const struct sh_past_terms *t)
{
	int64_t hours = period_of(t) / SH_HOUR;

	return hours <= 2 * OF_DAY ? OF_DAY : hours < MAX_BINS ? hours : MAX_BINS;
}

static int64_t visit_of(const struct sh_past_terms *t, int64_t time)
{
	int64_t width = period_of(t) / bins_of(t);

	return time / width - (time % width < 0);
}

static struct bin *bin_of(struct season *s, const struct sh_past_terms *t, int64_t visit)
{
	int64_t bins = bins_of(t), b = visit % bins;

	return &s->bin[b < 0 ? b + bins : b];
}

static int check(const struct sh_past_terms *t, struct sh_error *err)
{
	if (t->arg[0].type != SH_PAST_DURATION || t->arg[0].ns < SH_MIN)
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "deviation: the period must be a duration of a minute or more");
	return 0;
}

static int64_t reach(const struct sh_past_terms *t)
{
	return period_of(t) > INT64_MAX / 2 ? INT64_MAX : 2 * period_of(t);
}

static size_t size(const struct sh_past_terms *t)
{
	return sizeof(struct season) + (size_t)bins_of(t) * sizeof(struct bin);
}

static double spread_of(const struct season *s, const struct bin *b)
{
	double visits = fmin(b->visits, 1 / NEW), range = OF_RANGE * (double)s->range;
	double mean = fmin(OF_MEAN * fabs(s->base + (double)b->mean), LARGEST);

	return sqrt((visits * (double)b->var + SHRINK * (double)s->pooled) / (visits + SHRINK) +
		    range * range + mean * mean);
}

/* Between the least and the greatest mean of a bin: what the season itself does. */
static void find_range(struct season *s, int64_t bins)
{
	float lo = INFINITY, hi = -INFINITY;

	for (int64_t i = 0; i < bins; i++)
		if (s->bin[i].visits) {
			lo = fminf(lo, s->bin[i].mean);
			hi = fmaxf(hi, s->bin[i].mean);
		}
	s->range = hi > lo ? hi - lo : 0;
}

static void close_visit(struct season *s, const struct sh_past_terms *t)
{
	struct bin *b = bin_of(s, t, s->visit);
	double gain, square = s->square;

	if (b->visits == 0) /* distances were from no mean: the first gives one */
		square -= s->off * s->off;
	square = fmax(square, 0);
	if (b->visits < UINT32_MAX)
		b->visits++;
	if (s->closed < UINT32_MAX)
		s->closed++;
	gain = fmax(1. / b->visits, NEW);
	b->mean += (float)(gain * s->off);
	b->var += (float)(gain * (square - (double)b->var));
	s->pooled += (float)(fmax(1. / s->closed, POOL) * (square - (double)s->pooled));
	s->n = 0;
	s->off = s->square = 0;
	find_range(s, bins_of(t));
}

/* How far X is from its bin; z is set where that is known. */
static double distance(struct season *s, const struct sh_past_terms *t, int64_t time, double value)
{
	const struct bin *b = bin_of(s, t, visit_of(t, time));
	double from = fmin(fmax(value - s->base, -LARGEST), LARGEST);
	double e = from - (double)b->mean, spread = spread_of(s, b);

	s->is_known = b->visits >= VISITS && sh_past_between(s->first, time) >= 2 * period_of(t);
	s->z = 0;
	if (!s->is_known || e == 0)
		return e;
	s->z = spread > 0 ? (float)fmin(fmax(e / spread, -MOST), MOST) : e < 0 ? -MOST : MOST;
	return fmin(fmax(e, -CLIP * spread), CLIP * spread);
}

static void note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct season *s = state;
	int64_t visit = visit_of(t, time);
	double e;

	if (!s->n && !s->closed) {
		s->base = fmin(fmax(value, -1e150), 1e150);
		s->first = time;
	} else if (visit != s->visit && s->n) {
		close_visit(s, t);
	}
	s->visit = visit;
	e = distance(s, t, time, value);
	if (s->n < UINT32_MAX)
		s->n++;
	s->off += (e - s->off) / s->n;
	s->square += (e * e - s->square) / s->n;
}

static void judge(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct season *s = state;

	if (s->n || s->closed)
		(void)distance(s, t, time, value);
}

static struct sh_past_answer ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct season *s = state;

	(void)t, (void)now;
	if (!s->is_known)
		return (struct sh_past_answer){ .why = "fewer than two periods were seen" };
	return (struct sh_past_answer){ .known = true, .value = (double)s->z };
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct season *s = state;

	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, (uint64_t)s->first, 8);
	sh_bytes_put(out, (uint64_t)s->visit, 8);
	sh_bytes_put_double(out, s->base);
	sh_bytes_put(out, s->n, 4);
	sh_bytes_put(out, s->closed, 4);
	sh_bytes_put_double(out, s->off);
	sh_bytes_put_double(out, s->square);
	sh_bytes_put_float(out, s->pooled);
	sh_bytes_put_float(out, s->z);
	sh_bytes_put(out, s->is_known, 1);
	for (int64_t i = 0; i < bins_of(t); i++) {
		sh_bytes_put_float(out, s->bin[i].mean);
		sh_bytes_put_float(out, s->bin[i].var);
		sh_bytes_put(out, s->bin[i].visits, 4);
	}
}

static bool take_bin(struct bin *b, struct sh_bytes *in)
{
	uint64_t visits;

	if (!sh_bytes_take_float(in, &b->mean) || !sh_bytes_take_float(in, &b->var) ||
	    !sh_bytes_take(in, 4, &visits))
		return false;
	b->visits = (uint32_t)visits;
	return isfinite(b->mean) && isfinite(b->var) && b->var >= 0;
}

static bool take(struct season *s, struct sh_bytes *in)
{
	uint64_t format, first, visit, n, closed, known;

	if (!sh_bytes_take(in, 1, &format) || format != FORMAT || !sh_bytes_take(in, 8, &first) ||
	    !sh_bytes_take(in, 8, &visit) || !sh_bytes_take_double(in, &s->base) ||
	    !sh_bytes_take(in, 4, &n) || !sh_bytes_take(in, 4, &closed) ||
	    !sh_bytes_take_double(in, &s->off) || !sh_bytes_take_double(in, &s->square) ||
	    !sh_bytes_take_float(in, &s->pooled) || !sh_bytes_take_float(in, &s->z) ||
	    !sh_bytes_take(in, 1, &known))
		return false;
	s->first = (int64_t)first;
	s->visit = (int64_t)visit;
	s->n = (uint32_t)n;
	s->closed = (uint32_t)closed;
	s->is_known = known;
	return known <= 1 && fabs(s->base) <= 1e150 && fabs(s->off) <= 2 * LARGEST &&
	       s->square >= 0 && s->square <= 4 * LARGEST * LARGEST && s->pooled >= 0 &&
	       isfinite(s->pooled) && fabsf(s->z) <= MOST;
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		struct sh_error *err)
{
	struct season *s = state;
	int64_t i = 0;

	if (take(s, in))
		while (i < bins_of(t) && take_bin(&s->bin[i], in))
			i++;
	if (i == bins_of(t)) {
		find_range(s, i);
		return 0;
	}
	memset(s, 0, size(t));
	return sh_error_set(err, SH_ERRC_STATE, "a stored deviation is damaged or of a newer form");
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct season *s = state;
	const struct bin *b = bin_of((struct season *)(uintptr_t)s, t, s->visit);

	sh_buf_addf(out, "\"mean\":%.9g,\"spread\":%.6g,\"visits\":%u", s->base + (double)b->mean,
		    spread_of(s, b), (unsigned)b->visits);
}

const struct sh_past_kind sh_past_deviation = {
	.name = "deviation",
	.min_args = 1,
	.max_args = 1,
	.is_learned = true,
	.check = check,
	.reach = reach,
	.size = size,
	.note = note,
	.judge = judge,
	.ask = ask,
	.store = store,
	.load = load,
	.show = show,
	.synopsis = "period",
	.help = "How many of its usual spreads a value is above, or below, what it was at "
		"this time of former periods: -20 to 20.",
};
