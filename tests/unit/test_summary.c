/* SPDX-License-Identifier: MIT */
/* Functions of windows, and units. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/out/summary.h"
#include "collect/out/unit.h"
#include "tap.h"

static void test_functions(void)
{
	static const struct { const char *name; double want; } cases[] = {
		{ "avg", 3 }, { "min", 1 }, { "max", 5 }, { "sum", 15 }, { "first", 4 }, { "last", 2 },
		{ "p50", 3 }, { "p25", 2 }, { "p99", 4.96 }, { "p1", 1.04 },
	};
	static const double values[] = { 4, 1, 5, 3, 2 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_summary_plan plan;
		struct sh_summary s = { 0 };

		OK(sh_summary_plan_parse(&plan, cases[i].name, &err) == 0 && plan.n == 1, "'%s' is known",
		   cases[i].name);
		for (size_t k = 0; k < 5; k++)
			sh_summary_add(&s, &plan, values[k], 100);
		OK(fabs(sh_summary_get(&s, &plan.function[0]) - cases[i].want) < 1e-9, "%s of five",
		   cases[i].name);
		sh_summary_release(&s);
	}
}

static void test_bound(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_summary_plan plan;
	struct sh_summary s = { 0 };

	sh_summary_plan_parse(&plan, "p50,max,avg", &err);
	for (int i = 0; i < 100000; i++)
		sh_summary_add(&s, &plan, i, 512);
	OK(s.keeps <= 512 && s.cap <= 1024, "no more than 512 of 100000 values are kept");
	OK(fabs(sh_summary_get(&s, &plan.function[0]) - 50000) < 500, "the median is near: %g",
	   sh_summary_get(&s, &plan.function[0]));
	OK(sh_summary_get(&s, &plan.function[1]) == 99999 &&
	   sh_summary_get(&s, &plan.function[2]) == 49999.5, "largest and mean are exact");
	sh_summary_add(&s, &plan, 0, 16);
	for (int i = 0; i < 2000; i++)
		sh_summary_add(&s, &plan, 0, 16);
	OK(s.keeps <= 16, "a lower bound holds from then on");
	sh_summary_release(&s);
}

static void test_refused(void)
{
	static const char *const bad[] = { "", "avg,", "p0", "p100", "p", "p5x", "mean",
					   "avg,avg,avg,avg,avg,avg,avg,avg,avg,avg,avg,avg,avg,avg,avg,avg,avg" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_summary_plan plan;

		OK(sh_summary_plan_parse(&plan, bad[i], &err) < 0 && err.code == SH_ERRC_USAGE, "'%s' is refused",
		   bad[i]);
	}
}

static void test_units(void)
{
	static const struct { const char *from, *to; double want; } cases[] = {
		{ "bytes/s", "MiB/s", 1.0 / 0x1p20 }, { "bytes/s", "Mbit/s", 8e-6 },
		{ "bytes/s", "GB/d", 86400e-9 }, { "bytes", "kB", 1e-3 }, { "ms", "s", 1e-3 },
		{ "s", "d", 1.0 / 86400 }, { "%", "ratio", 0.01 }, { "/s", "/min", 60 },
		{ "count", "k", 1e-3 }, { "bytes", "bytes/s", 0 }, { "bytes", "s", 0 },
		{ "0/1", "ratio", 0 }, { "%", "", 0 }, { "bytes/s", "MiB/x", 0 }, { "bytes", "mib", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double f = 0;
		bool can = sh_unit_factor(cases[i].from, cases[i].to, &f);

		OK(can == (cases[i].want > 0) && fabs(f - cases[i].want) <= 1e-12 * cases[i].want,
		   "from '%s' to '%s'", cases[i].from, cases[i].to);
	}
}

int main(void)
{
	test_functions();
	test_bound();
	test_refused();
	test_units();
	return plan_done();
}
