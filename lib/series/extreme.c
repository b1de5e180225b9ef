/* SPDX-License-Identifier: MIT */
/* min, max - the least and the greatest value in a window */
#include "config.h"

#include "series/kinds.h"

static void add_least(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	double least = c->n ? c->is[0] : p->value;

	for (size_t i = 0; i < n; i++)
		least = p[i].value < least ? p[i].value : least;
	c->is[0] = least;
}

static void merge_least(struct sh_cell *c, const struct sh_cell *later)
{
	if (later->is[0] < c->is[0])
		c->is[0] = later->is[0];
}

static void add_greatest(struct sh_cell *c, const struct sh_point *p, size_t n)
{
	double greatest = c->n ? c->is[0] : p->value;

	for (size_t i = 0; i < n; i++)
		greatest = p[i].value > greatest ? p[i].value : greatest;
	c->is[0] = greatest;
}

static void merge_greatest(struct sh_cell *c, const struct sh_cell *later)
{
	if (later->is[0] > c->is[0])
		c->is[0] = later->is[0];
}

static const struct sh_tally least = { 1, add_least, merge_least };
static const struct sh_tally greatest = { 1, add_greatest, merge_greatest };

static double extreme(const struct sh_cell *all, const struct sh_past_terms *t, int64_t now)
{
	(void)t, (void)now;
	return all->is[0];
}

const struct sh_window_kind sh_window_min = {
	.kind = { .name = "min", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window", .help = "The least value in the window." },
	.tally = &least, .least = 1, .answer = extreme,
};

const struct sh_window_kind sh_window_max = {
	.kind = { .name = "max", .min_args = 1, .max_args = 1, SH_WINDOW_FUNCTIONS,
		  .synopsis = "window", .help = "The greatest value in the window." },
	.tally = &greatest, .least = 1, .answer = extreme,
};
