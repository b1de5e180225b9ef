/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/warmup.h"

#include "base/clock.h"
#include "tap.h"

#define S SH_SEC

static void test_since(void)
{
	OK(sh_warmup_since(0, 0, 0, 100 * S) == 100 * S, "it is seen since its first sample");
	OK(sh_warmup_since(100 * S, 100 * S, 0, 110 * S) == 100 * S, "and still at the second");
	OK(sh_warmup_since(100 * S, 200 * S, 10 * S, 500 * S) == 100 * S, "5 minutes are no gap");
	OK(sh_warmup_since(100 * S, 200 * S, 10 * S, 500 * S + 1) == 500 * S + 1, "more are one");
	OK(sh_warmup_since(100 * S, 200 * S, 200 * S, 800 * S) == 100 * S,
	   "three intervals are no gap of a slow series");
	OK(sh_warmup_since(100 * S, 200 * S, 200 * S, 800 * S + 1) == 800 * S + 1, "more are one");
	OK(sh_warmup_since(1, 2, INT64_MAX, INT64_MAX) == 1, "an interval beyond all bounds has no gap");
}

static void test_holds(void)
{
	OK(!sh_warmup_holds(100 * S, 0, 0, 100 * S), "without warm-up every hit counts");
	OK(sh_warmup_holds(100 * S, 0, 60 * S, 159 * S) && !sh_warmup_holds(100 * S, 0, 60 * S, 160 * S),
	   "it passes since the series is seen");
	OK(!sh_warmup_holds(100 * S, 90 * S, 60 * S, 160 * S), "a repair of before is no matter");
	OK(sh_warmup_holds(100 * S, 300 * S, 60 * S, 359 * S) &&
		   !sh_warmup_holds(100 * S, 300 * S, 60 * S, 360 * S), "a later one begins it anew");
	OK(sh_warmup_holds(0, 300 * S, 0, 329 * S) && !sh_warmup_holds(0, 300 * S, 0, 330 * S),
	   "for half a minute also without warm-up");
	OK(sh_warmup_holds(0, 300 * S, 10 * S, 329 * S) && !sh_warmup_holds(0, 300 * S, 10 * S, 330 * S),
	   "and with a shorter one");
	OK(sh_warmup_holds(0, 5000 * S, 0, 1400 * S) && !sh_warmup_holds(0, 5001 * S, 0, 1400 * S),
	   "a repair more than an hour later is of another clock");
	OK(sh_warmup_holds(100 * S, 0, INT64_MAX, INT64_MAX - 1), "one beyond all bounds never passes");
}

int main(void)
{
	test_since();
	test_holds();
	return plan_done();
}
