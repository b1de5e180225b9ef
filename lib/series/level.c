/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/level.h"

#include <math.h>

#define OF_RANGE 0.03 /* least spread as a part of the range */
#define CLIP 3	      /* spreads that are learned of a farther value */
#define CLIPPED 200   /* measurements after which that is so */
#define LARGEST 1e18  /* from the first value: squares fit a float */
#define RISE .3	      /* gain of the cubic mean */

const struct sh_level_terms sh_level_of_metric = { .gain = .0075, .relative = .001, .hold = .7 };
const struct sh_level_terms sh_level_of_entity = { .gain = .001, .relative = .2, .hold = .97 };

/* fmin(fmax(V, -MOST), MOST) of what is a number, without the calls. */
static inline double within(double v, double most)
{
	return v < -most ? -most : v > most ? most : v;
}

/* The spread of V and all before; *E is V less the mean. */
static double spread_of(const struct sh_level *l, const struct sh_level_terms *t, double v,
			double *e)
{
	double from = within(v - (double)l->base, LARGEST);
	double hi = from > (double)l->hi ? from : (double)l->hi, lo = from < (double)l->lo ? from : (double)l->lo;
	double range = hi - lo, relative = t->relative * within((double)l->base + (double)l->mean, LARGEST);

	*e = from - (double)l->mean;
	range *= OF_RANGE;
	return sqrt((double)l->var + range * range + relative * relative);
}

static double z_of(double e, double spread)
{
	return spread > 0 ? within(fabs(e) / spread, SH_LEVEL_MAX) : 0;
}

double sh_level_judge(const struct sh_level *l, const struct sh_level_terms *t, double v)
{
	double e, spread;

	if (!l->n)
		return 0;
	spread = spread_of(l, t, v, &e);
	return z_of(e, spread);
}

static void learn(struct sh_level *l, const struct sh_level_terms *t, double e, double spread)
{
	double gain = t->gain;

	if (l->n < UINT32_MAX)
		l->n++;
	if ((double)l->n * gain < 1)
		gain = 1. / l->n;
	if (l->n > CLIPPED)
		e = within(e, CLIP * spread);
	l->mean += (float)(gain * e);
	l->var = (float)((1 - gain) * ((double)l->var + gain * e * e));
}

double sh_level_note(struct sh_level *l, const struct sh_level_terms *t, double v)
{
	double e, spread, z;
	float seen;

	if (!l->n) {
		l->base = (float)fmin(fmax(v, -1e36), 1e36);
		l->lo = l->hi = l->mean = (float)within(v - (double)l->base, LARGEST);
	}
	spread = spread_of(l, t, v, &e);
	z = l->n ? z_of(e, spread) : 0;
	seen = (float)(e + (double)l->mean);
	l->lo = seen < l->lo ? seen : l->lo;
	l->hi = seen > l->hi ? seen : l->hi;
	learn(l, t, e, spread);
	return z;
}

void sh_level_row_add(struct sh_level_row *row, size_t metric, double z)
{
	size_t i = row->tops;

	row->sum += z * z * z;
	row->n++;
	if (i == SH_LEVEL_TOP && z <= row->top[--i].z)
		return;
	for (; i > 0 && row->top[i - 1].z < z; i--)
		row->top[i] = row->top[i - 1];
	row->top[i].metric = metric;
	row->top[i].z = z;
	if (row->tops < SH_LEVEL_TOP)
		row->tops++;
}

double sh_level_entity_note(struct sh_level_entity *e, const struct sh_level_terms *t,
			    const struct sh_level_row *row, bool is_learned)
{
	double far = 0;

	if (row->n && e->rows >= SH_LEVEL_ROWS)
		far = cbrt(row->sum / (double)row->n);
	if (is_learned && e->rows < UINT32_MAX)
		e->rows++;
	e->recent += (float)(RISE * (far - (double)e->recent));
	e->score = fmaxf(e->recent, (float)(t->hold * (double)e->score));
	return (double)e->score;
}

void sh_level_store(const struct sh_level *l, struct sh_buf *out)
{
	sh_bytes_put_float(out, l->base);
	sh_bytes_put_float(out, l->mean);
	sh_bytes_put_float(out, l->var);
	sh_bytes_put_float(out, l->lo);
	sh_bytes_put_float(out, l->hi);
	sh_bytes_put(out, l->n, 4);
}

bool sh_level_load(struct sh_level *l, struct sh_bytes *in)
{
	uint64_t n;

	if (!sh_bytes_take_float(in, &l->base) || !sh_bytes_take_float(in, &l->mean) ||
	    !sh_bytes_take_float(in, &l->var) || !sh_bytes_take_float(in, &l->lo) ||
	    !sh_bytes_take_float(in, &l->hi) || !sh_bytes_take(in, 4, &n))
		return false;
	l->n = (uint32_t)n;
	return isfinite(l->base) && isfinite(l->mean) && isfinite(l->var) && l->var >= 0 &&
	       l->lo <= l->hi && isfinite(l->lo) && isfinite(l->hi);
}

void sh_level_entity_store(const struct sh_level_entity *e, struct sh_buf *out)
{
	sh_bytes_put_float(out, e->recent);
	sh_bytes_put_float(out, e->score);
	sh_bytes_put(out, e->rows, 4);
}

bool sh_level_entity_load(struct sh_level_entity *e, struct sh_bytes *in)
{
	uint64_t rows;

	if (!sh_bytes_take_float(in, &e->recent) || !sh_bytes_take_float(in, &e->score) ||
	    !sh_bytes_take(in, 4, &rows))
		return false;
	e->rows = (uint32_t)rows;
	return e->recent >= 0 && e->recent <= SH_LEVEL_MAX && e->score >= 0 &&
	       e->score <= SH_LEVEL_MAX;
}
