/* SPDX-License-Identifier: MIT */
/* stream - points with jitter, gaps, jumps of time, resets and constant stretches, the same from the same seed */
#ifndef SH_TESTS_STREAM_H
#define SH_TESTS_STREAM_H

#include <stdint.h>

#include "series/recent.h"

struct stream {
	uint64_t seed;
	int64_t time, every;
	double value;
	int shape;
};

enum { GAUGE, COUNTER, STEPS, LARGE, SHAPES };

static inline uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline double fraction(uint64_t *seed)
{
	return (double)(draw(seed) >> 11) / 9007199254740992.0;
}

static inline struct sh_point next(struct stream *s)
{
	uint64_t chance = draw(&s->seed) % 4000;

	s->time += s->every;
	if (s->shape != COUNTER) /* counters come on the second: extrapolation at its threshold is a jump */
		s->time += (int64_t)(fraction(&s->seed) * 0.2 * (double)s->every);
	if (chance < 8)
		s->time += s->every * (int64_t)(draw(&s->seed) % 50);
	if (chance == 9)
		s->time += s->every * 20000;
	switch (s->shape) {
	case GAUGE:
		s->value = s->value * 0.95 + fraction(&s->seed) - 0.5;
		break;
	case COUNTER:
		s->value = draw(&s->seed) % 90 ? s->value + (double)(draw(&s->seed) % 1000) : 0;
		break;
	case STEPS:
		s->value = draw(&s->seed) % 70 ? s->value : (double)(draw(&s->seed) % 5);
		break;
	default:
		s->value = 1e9 + fraction(&s->seed);
	}
	return (struct sh_point){ s->time, s->value };
}

#endif
