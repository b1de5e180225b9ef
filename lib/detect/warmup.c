/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/warmup.h"

#include "base/clock.h"

static int64_t gap(int64_t interval)
{
	int64_t d;

	if (__builtin_mul_overflow(interval, 3, &d))
		return INT64_MAX;
	return d > 5 * SH_MIN ? d : 5 * SH_MIN;
}

int64_t sh_warmup_since(int64_t since, int64_t last, int64_t interval, int64_t time)
{
	return !last || time - last > gap(interval) ? time : since;
}

int64_t sh_warmup_until(int64_t since, int64_t repaired, int64_t warmup)
{
	int64_t from = repaired > since ? repaired : since, until;

	if (!warmup)
		return 0;
	return __builtin_add_overflow(from, warmup, &until) ? INT64_MAX : until;
}
