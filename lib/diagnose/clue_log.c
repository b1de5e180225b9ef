/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "diagnose/clue_log.h"
#include "record/fault.h"

#define GONE 0.7	  /* silence is worth less than noise */
#define GONE_LEAST 5.0	  /* lines that would have come */
#define FEW_LINES 20	  /* of fewer before, the entity's own volume tells nothing */
#define VOLUME_BOUND 4.0

struct counts {
	double before, after;
};

struct sh_moment sh_clue_moment(const struct sh_history *h, int64_t onset)
{
	struct sh_moment when = { .onset = onset, .guard = SH_CLUE_GUARD };
	size_t before = 0, after = 0;

	for (size_t i = 0; i < h->slots; i++) {
		before += h->slot[i].first < onset;
		after += h->slot[i].last >= onset;
	}
	if (before && after)
		when.log_ratio = (double)after / (double)before;
	return when;
}

/* Debug and notices say little, whatever their number. */
static double weight_of(int severity)
{
	if (severity >= SH_SEVERITY_HIGH)
		return 1;
	return severity == SH_SEVERITY_MEDIUM ? 0.5 : 0.1;
}

/* How many lines of a kind are expected for each before: as much more as the entity says at all. */
static double volume(const struct counts *all, double ratio)
{
	double own = (all->after + 1) / (all->before + 1);

	if (all->before < FEW_LINES)
		return ratio;
	return fmin(fmax(own, ratio / VOLUME_BOUND), ratio * VOLUME_BOUND);
}

static double judge(const struct counts *c, double own, double ratio, double weight,
		    double *expected)
{
	double z;

	*expected = c->before * own;
	if (c->after > *expected) {
		z = (c->after - *expected) / sqrt(*expected + 1);
		return z > 1 ? weight * log1p(z) : 0;
	}
	*expected = c->before * ratio;
	z = (*expected - c->after) / sqrt(*expected + 1);
	return c->after <= 0.1 * *expected && *expected >= GONE_LEAST ? GONE * log1p(z) : 0;
}

static int by_template(const void *a, const void *b)
{
	const struct sh_line *x = a, *y = b;

	return (x->template > y->template) - (x->template < y->template);
}

static void add_template(struct sh_clues *out, const struct sh_past_template *t,
			 const struct counts *c, double own, double ratio)
{
	struct sh_clue clue = { .kind = SH_CLUE_LOG,
				.name = t->text,
				.before = c->before,
				.after = c->after };

	clue.score = judge(c, own, ratio, weight_of(t->severity), &clue.expected);
	out->log = fmax(out->log, clue.score);
	sh_clues_add(out, clue);
}

/* Between which onsets no line changes sides. */
static void narrow(struct sh_clues *out, int64_t time, int64_t onset)
{
	if (time < onset && time > out->from)
		out->from = time;
	if (time >= onset && time < out->until)
		out->until = time;
}

static void note(struct counts *c, const struct sh_line *line, int64_t onset)
{
	if (line->time < onset)
		c->before++;
	else
		c->after++;
}

void sh_clue_logs(struct sh_clues *out, const struct sh_history *h, const struct sh_past_entity *e,
		  const struct sh_moment *when)
{
	SH_CLEANUP_FREE struct sh_line *line = NULL;
	struct counts all = { 0 };
	double own;

	if (!e->lines || when->log_ratio <= 0)
		return;
	line = sh_malloc(e->lines * sizeof(*line));
	for (size_t i = 0; i < e->lines; i++) {
		line[i] = e->line[i];
		note(&all, &line[i], when->onset);
		narrow(out, line[i].time, when->onset);
	}
	qsort(line, e->lines, sizeof(*line), by_template);
	own = volume(&all, when->log_ratio);
	for (size_t i = 0; i < e->lines;) {
		uint32_t template = line[i].template;
		struct counts c = { 0 };

		for (; i < e->lines && line[i].template == template; i++)
			note(&c, &line[i], when->onset);
		add_template(out, &h->template[template], &c, own, when->log_ratio);
	}
}
