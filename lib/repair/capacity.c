/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/capacity.h"

#include <math.h>

#define SMALL 5 /* fewer members than this: one at a time */
#define DEFAULT_UNAVAILABLE 20 /* percent */
#define DEFAULT_HEALTHY 51     /* percent: NodeHealthCheck's minHealthy */

/* Up, where the last bits of a product such as 0.07 * 100 do not count. */
static int64_t share_of(double percent, int64_t members)
{
	return (int64_t)ceil(percent / 100 * (double)members - 1e-9);
}

/* How many must be healthy by a percentage. */
static int64_t healthy_share(double percent, int64_t members)
{
	if (members <= 2 && percent < 100)
		return percent > 0 ? members - 1 : 0;
	return share_of(percent, members);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t sh_capacity(const struct sh_group *g, int64_t members)
{
	bool has_most = g->max_unavailable >= 0 || !isnan(g->max_unavailable_percent);
	bool has_least = g->min_healthy >= 0 || !isnan(g->min_healthy_percent);
	int64_t most = members;

	if (g->max_unavailable >= 0)
		most = least(most, g->max_unavailable);
	else if (has_most)
		most = least(most, share_of(g->max_unavailable_percent, members));
	else if (members > 1)
		most = members - 1;
	if (g->min_healthy >= 0)
		most = least(most, members - g->min_healthy);
	else if (has_least)
		most = least(most, members - healthy_share(g->min_healthy_percent, members));
	if (!has_most && !has_least && members < SMALL)
		most = least(most, 1);
	else if (!has_most && !has_least)
		most = least(least(most, share_of(DEFAULT_UNAVAILABLE, members)),
			     members - share_of(DEFAULT_HEALTHY, members));
	return most > 0 ? most : 0;
}
