/* SPDX-License-Identifier: MIT */
/*
 * anomaly - the onset of something never seen
 *
 * Five features of a series (its value, and its distances to the hour of day and
 * to its recent mean, that mean, and its recent spread) are each asked how far
 * they are from all that was seen, and how rare such a distance is. The sum of
 * the rarities, and its own rarity among sums, is the score: so one limit fits
 * series that are often new and those that never are. Distances to what was seen
 * find more than distances to a mean, because much that is far from a mean is usual.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "series/kinds.h"
#include "series/novelty.h"
#include "series/tail.h"

#define FORMAT 1
#define FIRST 64   /* values that give the scale, learned when all are there */
#define SKIPPED 10 /* rows whose distances say nothing, since nothing was seen before them */
#define KNOWN (SKIPPED + SH_TAIL_MIN)
#define HOURS 24
#define PEAKS 30
#define SUMS 20
#define TURN 4000 /* rows of one map */
#define BLOCK 10  /* rows whose largest score is kept as one */
#define BLOCKS 10
#define RISE 1.2	  /* an onset exceeds so many times the last 100 scores */
#define LARGEST 1e36	  /* beyond, a value counts as this: what is derived fits a float */
#define MEMORY (2. / 65)  /* gain of the mean and the spread */
#define LONGER (2. / 129) /* gain of the mean that residuals are taken from */
#define OF_HOUR .1	  /* smallest gain of the mean of an hour */
#define VISITS 10	  /* beyond which that is the gain */

enum { VALUE, HOUR, RESIDUAL, MEAN, SPREAD, FEATURES };

static const char *const feature_names[FEATURES] = { "value", "hour", "residual", "mean",
						     "spread" };

/* Before the scale is known the peaks are not, and their memory holds the values. */
struct first {
	double value[FIRST];
	uint8_t hour[FIRST];
};

struct peaks {
	float top[FEATURES][PEAKS];
	float sums[SUMS];
};

struct model {
	int64_t time;  /* of the last measurement */
	uint32_t rows; /* saturates */
	uint16_t age;  /* rows since the maps turned */
	uint8_t block, in_block;
	double scale, base;
	double mean, longer, var;
	float floor[FEATURES], sum_floor;
	float part[FEATURES]; /* of the last score */
	float score, onset;
	float largest[BLOCKS], largest_now,
		largest_all; /* of full blocks, this one, all full ones */
	uint8_t visits[HOURS];
	float of_hour[HOURS]; /* less base */
	struct sh_novelty seen[FEATURES];
	union {
		struct first first;
		struct peaks peaks;
	};
};

static unsigned hour_of(int64_t time)
{
	int64_t hour = time / INT64_C(3600000000000) % HOURS;

	return (unsigned)(hour < 0 ? hour + HOURS : hour);
}

/* asinh: nearly linear around 0, logarithmic far from it. */
static double squeeze(double r)
{
	double a = fabs(r);

	return copysign(log(a + sqrt(a * a + 1)), r);
}

static double from_hour(struct model *m, double x, unsigned hour)
{
	double from = x - m->base - (double)m->of_hour[hour], gain = OF_HOUR;
	bool is_known = m->visits[hour] >= 2;

	if (m->visits[hour] < VISITS)
		gain = 1. / ++m->visits[hour];
	m->of_hour[hour] += (float)(gain * from);
	return is_known ? from : 0;
}

static void features(struct model *m, double x, unsigned hour, double f[FEATURES])
{
	double least = m->rows < 128 ? 1. / (m->rows + 1) : 0;
	double gain = fmax(MEMORY, least), longer = fmax(LONGER, least), e = x - m->mean;

	m->longer += longer * (x - m->longer);
	m->mean += gain * e;
	m->var = (1 - gain) * (m->var + gain * e * e);
	f[VALUE] = squeeze(x / m->scale);
	f[HOUR] = from_hour(m, x, hour);
	f[RESIDUAL] = x - m->longer;
	f[MEAN] = m->mean;
	f[SPREAD] = sqrt(m->var);
}

static float rarity_of(struct model *m, size_t i, double distance)
{
	uint32_t seen = m->rows - SKIPPED;
	float d = (float)distance, rarity;

	if (!(d > m->floor[i]))
		return 0;
	rarity = sh_tail_rarity(m->peaks.top[i], PEAKS, m->floor[i], seen, d, true);
	m->floor[i] = sh_tail_keep(m->peaks.top[i], PEAKS, d);
	return rarity;
}

static float score_of(struct model *m, float sum)
{
	float rarity = 0;

	if (sum > m->sum_floor) {
		rarity = sh_tail_rarity(m->peaks.sums, SUMS, m->sum_floor,
					m->rows < KNOWN ? 0 : m->rows - KNOWN, sum, false);
		m->sum_floor = sh_tail_keep(m->peaks.sums, SUMS, sum);
	}
	return sum + rarity;
}

static float onset_of(struct model *m, float score)
{
	float before = m->largest_now > m->largest_all ? m->largest_now : m->largest_all;

	if (score > m->largest_now)
		m->largest_now = score;
	if (++m->in_block == BLOCK) {
		m->largest[m->block] = m->largest_now;
		m->block = (uint8_t)((m->block + 1) % BLOCKS);
		m->largest_now = m->largest_all = 0;
		m->in_block = 0;
		for (size_t i = 0; i < BLOCKS; i++)
			if (m->largest[i] > m->largest_all)
				m->largest_all = m->largest[i];
	}
	return (double)score > RISE * (double)before ? score : 0;
}

static void learn(struct model *m, double x, unsigned hour)
{
	double f[FEATURES];
	float sum = 0;

	features(m, x, hour, f);
	for (size_t i = 0; i < FEATURES; i++) {
		double distance = 0;

		if (m->rows)
			distance = sh_novelty_note(&m->seen[i], f[i]);
		else
			sh_novelty_start(&m->seen[i], f[i]);
		m->part[i] = m->rows < SKIPPED ? 0 : rarity_of(m, i, distance);
		sum += m->part[i];
	}
	m->score = m->rows < SKIPPED ? 0 : score_of(m, sum);
	m->onset = onset_of(m, m->score);
	if (++m->age == TURN) {
		m->age = 0;
		for (size_t i = 0; i < FEATURES; i++)
			sh_novelty_turn(&m->seen[i]);
	}
	if (m->rows < UINT32_MAX)
		m->rows++;
}

static void learn_first(struct model *m)
{
	struct first first = m->first;

	for (size_t i = 0; i < FIRST; i++)
		m->scale += fabs(first.value[i]);
	m->scale = m->scale / FIRST + 1e-9;
	m->base = first.value[0];
	memset(&m->peaks, 0, sizeof(m->peaks));
	m->rows = 0;
	for (size_t i = 0; i < FIRST; i++)
		learn(m, first.value[i], first.hour[i]);
}

static void note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct model *m = state;
	double x = fmin(fmax(value, -LARGEST), LARGEST);

	(void)t;
	m->time = time;
	if (m->rows >= FIRST) {
		learn(m, x, hour_of(time));
		return;
	}
	m->first.value[m->rows] = x;
	m->first.hour[m->rows] = (uint8_t)hour_of(time);
	if (++m->rows == FIRST)
		learn_first(m);
}

static void judge(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct model *m = state, tried = *m;

	note(&tried, t, time, value);
	m->time = time;
	if (m->rows < FIRST)
		return;
	memcpy(m->part, tried.part, sizeof(m->part));
	m->score = tried.score;
	m->onset = tried.onset;
}

static struct sh_past_answer ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct model *m = state;

	(void)t;
	if (m->rows < KNOWN)
		return (struct sh_past_answer){ .why = "fewer than 110 measurements" };
	return (struct sh_past_answer){ .known = true,
					.value = now == m->time ? (double)m->onset : 0 };
}

static size_t size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct model);
}

static int64_t reach(const struct sh_past_terms *t)
{
	(void)t;
	return 0;
}

static void put_floats(struct sh_buf *out, const float *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sh_bytes_put_float(out, f[i]);
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct model *m = state;

	(void)t;
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, (uint64_t)m->time, 8);
	sh_bytes_put(out, m->rows, 4);
	if (m->rows < FIRST) {
		for (size_t i = 0; i < m->rows; i++) {
			sh_bytes_put_double(out, m->first.value[i]);
			sh_bytes_put(out, m->first.hour[i], 1);
		}
		return;
	}
	sh_bytes_put(out, m->age, 2);
	sh_bytes_put(out, m->block, 1);
	sh_bytes_put(out, m->in_block, 1);
	sh_bytes_put_double(out, m->scale);
	sh_bytes_put_double(out, m->base);
	sh_bytes_put_double(out, m->mean);
	sh_bytes_put_double(out, m->longer);
	sh_bytes_put_double(out, m->var);
	put_floats(out, m->part, FEATURES);
	put_floats(out, &m->score, 1);
	put_floats(out, &m->onset, 1);
	put_floats(out, m->largest, BLOCKS);
	put_floats(out, &m->largest_now, 1);
	for (size_t h = 0; h < HOURS; h++)
		sh_bytes_put(out, m->visits[h], 1);
	put_floats(out, m->of_hour, HOURS);
	for (size_t i = 0; i < FEATURES; i++)
		sh_novelty_store(&m->seen[i], out);
	put_floats(out, m->peaks.top[0], FEATURES * PEAKS);
	put_floats(out, m->peaks.sums, SUMS);
}

static bool take_small(struct sh_bytes *in, size_t size, uint64_t limit, uint64_t *v)
{
	return sh_bytes_take(in, size, v) && *v < limit;
}

static bool take_double(struct sh_bytes *in, double *d)
{
	return sh_bytes_take_double(in, d) && isfinite(*d) && fabs(*d) <= LARGEST * LARGEST * 4;
}

static bool take_floats(struct sh_bytes *in, float *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!sh_bytes_take_float(in, &f[i]) || !isfinite(f[i]))
			return false;
	return true;
}

static bool take_first(struct model *m, struct sh_bytes *in)
{
	uint64_t hour;

	for (size_t i = 0; i < m->rows; i++) {
		if (!take_double(in, &m->first.value[i]) || !take_small(in, 1, HOURS, &hour))
			return false;
		m->first.hour[i] = (uint8_t)hour;
	}
	return true;
}

static bool take_state(struct model *m, struct sh_bytes *in)
{
	uint64_t age, block, in_block, visits;

	if (!take_small(in, 2, TURN, &age) || !take_small(in, 1, BLOCKS, &block) ||
	    !take_small(in, 1, BLOCK, &in_block) || !take_double(in, &m->scale) ||
	    !(m->scale > 0) || !take_double(in, &m->base) || !take_double(in, &m->mean) ||
	    !take_double(in, &m->longer) || !take_double(in, &m->var) || m->var < 0 ||
	    !take_floats(in, m->part, FEATURES) || !take_floats(in, &m->score, 1) ||
	    !take_floats(in, &m->onset, 1) || !take_floats(in, m->largest, BLOCKS) ||
	    !take_floats(in, &m->largest_now, 1))
		return false;
	m->age = (uint16_t)age;
	m->block = (uint8_t)block;
	m->in_block = (uint8_t)in_block;
	for (size_t h = 0; h < HOURS; h++) {
		if (!take_small(in, 1, VISITS + 1, &visits))
			return false;
		m->visits[h] = (uint8_t)visits;
	}
	return take_floats(in, m->of_hour, HOURS);
}

static bool take_peaks(struct model *m, struct sh_bytes *in)
{
	for (size_t i = 0; i < FEATURES; i++)
		if (!sh_novelty_load(&m->seen[i], in))
			return false;
	return take_floats(in, m->peaks.top[0], FEATURES * PEAKS) &&
	       take_floats(in, m->peaks.sums, SUMS);
}

static float least(const float *f, size_t n)
{
	float v = f[0];

	for (size_t i = 1; i < n; i++)
		v = f[i] < v ? f[i] : v;
	return v;
}

/* What follows from what was stored. */
static void derive(struct model *m)
{
	for (size_t i = 0; i < FEATURES; i++)
		m->floor[i] = least(m->peaks.top[i], PEAKS);
	m->sum_floor = least(m->peaks.sums, SUMS);
	for (size_t i = 0; i < BLOCKS; i++)
		if (m->largest[i] > m->largest_all)
			m->largest_all = m->largest[i];
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		struct sh_error *err)
{
	struct model *m = state;
	uint64_t format, time, rows;

	(void)t;
	if (sh_bytes_take(in, 1, &format) && format == FORMAT && sh_bytes_take(in, 8, &time) &&
	    sh_bytes_take(in, 4, &rows)) {
		m->time = (int64_t)time;
		m->rows = (uint32_t)rows;
		if (rows < FIRST ? take_first(m, in) : take_state(m, in) && take_peaks(m, in)) {
			if (rows >= FIRST)
				derive(m);
			return 0;
		}
	}
	memset(m, 0, sizeof(*m));
	return sh_error_set(err, SH_ERRC_STATE, "a stored anomaly is damaged or of a newer form");
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct model *m = state;

	(void)t;
	sh_buf_addf(out, "\"rows\":%u,\"score\":%.3g", (unsigned)m->rows, (double)m->score);
	if (m->rows < KNOWN)
		return;
	for (size_t i = 0; i < FEATURES; i++)
		if (m->part[i] > 0)
			sh_buf_addf(out, ",\"%s\":%.3g", feature_names[i], (double)m->part[i]);
}

const struct sh_past_kind sh_past_anomaly = {
	.name = "anomaly",
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
	.help = "How new a measurement is: a score where something never seen begins, "
		"else 0.",
};
