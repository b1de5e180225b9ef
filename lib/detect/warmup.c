/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/warmup.h"

#include "base/clock.h"

#define SETTLE (30 * SH_SEC)
#define OTHER_CLOCK SH_HOUR

static int64_t gap(int64_t interval)
{
	int64_t d;

	if (!interval || __builtin_mul_overflow(interval, 3, &d))
		return INT64_MAX;
	return d > 5 * SH_MIN ? d : 5 * SH_MIN;
}

int64_t sh_warmup_since(int64_t since, int64_t last, int64_t interval, int64_t time)
{
	return !last || time - last > gap(interval) ? time : since;
}

bool sh_warmup_holds(int64_t since, int64_t repaired, int64_t warmup, int64_t now)
{
	int64_t settle = warmup > SETTLE ? warmup : SETTLE;

	return now - since < warmup ||
	       (repaired && now - repaired < settle && repaired - now <= OTHER_CLOCK);
}
