/* SPDX-License-Identifier: MIT */
/*
 * level - is a metric, or an entity of many metrics, not where it usually is?
 *
 * Each metric keeps a slow mean and spread; how far a measurement is from them in
 * spreads is its z. The spread never falls below a part of the range that was
 * seen, so that a metric that hardly moves is not called far by a hair. What is
 * far is learned as if it were three spreads away: an incident moves the mean
 * slowly, a new level is learned at last.
 *
 * An entity is judged by the cubic mean of the z of the metrics in one record:
 * a few far metrics count more than many that are a little off. Which they are
 * stands in the row: `struct sh_level_row row = { 0 };`, sh_level_row_add for
 * each metric, then sh_level_entity_note.
 */
#ifndef SH_SERIES_LEVEL_H
#define SH_SERIES_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "series/bytes.h"

#define SH_LEVEL_MAX 20	 /* the largest z */
#define SH_LEVEL_MIN 24	 /* measurements before a z means something */
#define SH_LEVEL_ROWS 50 /* rows before the score of an entity is more than 0 */
#define SH_LEVEL_TOP 5

struct sh_level_terms {
	double gain;	 /* of one measurement, once 1/gain of them were seen */
	double relative; /* least spread as a part of the mean */
	double hold;	 /* of a score is left one measurement later */
};

extern const struct sh_level_terms sh_level_of_metric, sh_level_of_entity;

/* A metric; zero bytes are a new one. */
struct sh_level {
	float base; /* the first value; the others are relative to it */
	float mean, var, lo, hi;
	uint32_t n; /* saturates */
};

/* The metrics of one record, the farthest first. */
struct sh_level_row {
	double sum;
	size_t n, tops;
	struct {
		size_t metric;
		double z;
	} top[SH_LEVEL_TOP];
};

/* An entity; zero bytes are a new one. */
struct sh_level_entity {
	float recent, score;
	uint32_t rows; /* saturates */
};

/* The z of V, 0..20, by what was seen before; it is learned by note and not by judge. */
double sh_level_note(struct sh_level *l, const struct sh_level_terms *t, double v);
double sh_level_judge(const struct sh_level *l, const struct sh_level_terms *t, double v);

/* METRIC is the caller's number of it. */
void sh_level_row_add(struct sh_level_row *row, size_t metric, double z);
/* Returns the score, 0..20, after ROW. A row that is not learned leaves entity->rows as it is. */
double sh_level_entity_note(struct sh_level_entity *e, const struct sh_level_terms *t,
			    const struct sh_level_row *row, bool is_learned);

void sh_level_store(const struct sh_level *l, struct sh_buf *out);
void sh_level_entity_store(const struct sh_level_entity *e, struct sh_buf *out);
/* False for damaged bytes. */
bool sh_level_load(struct sh_level *l, struct sh_bytes *in);
bool sh_level_entity_load(struct sh_level_entity *e, struct sh_bytes *in);

#endif
