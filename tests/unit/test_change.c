/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/change.h"

#include <math.h>
#include <string.h>

#include "diagnose/family.h"
#include "tap.h"

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static double score(const double *before, size_t n, double after, int direction)
{
	struct sh_change c = { 0 };

	return sh_change_measure(before, n, &after, 1, direction, &c) ? c.score : -1;
}

static void test_score(void)
{
	/* Median 10, quartiles 9 and 11, no trend at the end. */
	static const double before[] = { 8, 9, 10, 11, 12, 9, 11, 10, 10 };
	static const double zeros[6] = { 0 }, zeros_but_last[401] = { [400] = 100 };
	struct sh_change c;
	double scale = 1.4826, z = 90 / scale, h = (11.6 - 10) / scale, up;

	up = log1p(z) - log1p(h);
	OK(near(score(before, 9, 100, 1), 3 * (1 - exp(-up / 3)) * 9 / 14),
	   "the equation by hand: %.12g", score(before, 9, 100, 1));
	OK(near(score(before, 9, 100, -1), 0), "a rise is no fall");
	OK(near(score(before, 9, 100, 0), score(before, 9, 100, 1)), "and counts where either may");
	OK(score(before, 9, -80, -1) > 1, "a fall is one");
	OK(near(score(before, 9, 11.5, 1), 0), "what it did of itself is nothing");
	OK(score(before, 4, 100, 1) < 0, "of four points nothing is said");
	OK(score(before, 9, 1e300, 1) < 3.0 * 9 / 14, "no metric says more than 3");
	OK(near(score(zeros, 6, 1e9, 1), 3 * (1 - exp(-1.0 / 3)) * 6 / 11),
	   "after nothing but 0 anything is one unit");
	OK(near(score(zeros, 6, 5, -1), 0), "in the bad direction");
	OK(near(score(zeros_but_last, 401, 0, -1), 0), "and back to 0 is nothing new");
	OK(sh_change_measure(before, 9, (const double[]){ 1, 3, 2 }, 3, 0, &c) && near(c.after, 2) &&
		   near(c.before, 10),
	   "medians of both sides");
}

/* A metric that was on its way before the onset says less about it. */
static void test_last(void)
{
	static const double rising[] = { 10, 10, 10, 10, 10, 10, 10, 60, 60 };
	static const double flat[] = { 10, 10, 10, 60, 60, 10, 10, 10, 10 };

	OK(score(rising, 9, 70, 1) < score(flat, 9, 70, 1), "the moments before are taken off");
}

static void test_units(void)
{
	double small[9], large[9];

	for (int i = 0; i < 9; i++) {
		small[i] = 10 + i % 3;
		large[i] = small[i] * 1048576;
	}
	OK(near(score(small, 9, 40, 0), score(large, 9, 40 * 1048576.0, 0)), "units do not matter");
}

static void test_exceedance(void)
{
	static const double before[] = { 1, 2, 3, 2, 1, 2, 3, 2 };
	static const double spike[] = { 2, 2, 2, 40, 2 }, usual[] = { 2, 2, 3, 1 };
	struct sh_change c;

	OK(sh_change_measure(before, 8, spike, 5, 0, &c) && c.exceedance > 1 && c.score <= 0 &&
		   c.deviation > 30,
	   "a spike that the median does not see");
	OK(sh_change_measure(before, 8, usual, 4, 0, &c) && c.exceedance < 0.05, "the usual is none");
}

static void test_departure(void)
{
	static const double before[] = { 1, 2, 3, 2, 1, 2, 3, 2 };
	static const double spiky[] = { 2, 2, 2, 2, 2, 30, 2, 2, 2, 2, 2, 2, 2, 2, 30, 2 };
	static const double within[] = { 3, 3, 3, 3 }, beyond[] = { 4, 4, 4, 4 }, spike[] = { 2, 30, 2, 2 };
	struct sh_change c, d;

	OK(sh_change_measure(before, 8, within, 4, 0, &c) && c.exceedance < 0.05 && c.departure > 0.9,
	   "a shift within the range");
	OK(sh_change_measure(before, 8, beyond, 4, 0, &d) && d.departure > 2 * c.departure,
	   "what leaves it counts twice");
	OK(sh_change_measure(spiky, 16, spike, 4, 0, &c) && sh_change_measure(before, 8, spike, 4, 0, &d) &&
		   c.departure < d.departure / 4,
	   "what spikes by itself is not known by its spikes");
}

static void test_families(void)
{
	static const struct {
		const char *name;
		enum sh_family family;
		int direction;
	} cases[] = {
		{ "latency.read_avg", SH_FAMILY_LATENCY, 1 },
		{ "m.client_lat_p90", SH_FAMILY_LATENCY, 1 },
		{ "http.duration", SH_FAMILY_LATENCY, 1 },
		{ "span.p90_ms", SH_FAMILY_LATENCY, 1 },
		{ "span.p90_ms_max", SH_FAMILY_RESOURCE, 0 },
		{ "http.availability", SH_FAMILY_ERROR, -1 },
		{ "http.success_pct", SH_FAMILY_ERROR, -1 },
		{ "network.rx_errors", SH_FAMILY_ERROR, 1 },
		{ "tcp.retrans", SH_FAMILY_ERROR, 1 },
		{ "web.requests", SH_FAMILY_TRAFFIC, 0 },
		{ "m.load", SH_FAMILY_TRAFFIC, 0 },
		{ "load.load1", SH_FAMILY_RESOURCE, 0 },
		{ "cpu.usage", SH_FAMILY_RESOURCE, 0 },
		{ "cpu.interrupts", SH_FAMILY_RESOURCE, 0 },
		{ "memory.available", SH_FAMILY_RESOURCE, 0 },
		{ "platform.temperature", SH_FAMILY_RESOURCE, 0 },
		{ "kernel.uptime_s", SH_FAMILY_RESOURCE, -1 },
		{ "service.age_s", SH_FAMILY_RESOURCE, -1 },
		{ "check.age_s", SH_FAMILY_RESOURCE, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		OK(sh_family_of(cases[i].name) == cases[i].family &&
			   sh_family_direction(cases[i].name) == cases[i].direction,
		   "%s", cases[i].name);
	OK(sh_family_is_of_callee("m.client_lat_p90") && !sh_family_is_of_callee("m.server_lat_p90"),
	   "what a client measures");
	OK(sh_family_is_a_name("io.top_pid") && sh_family_is_a_name("service.pid") &&
		   !sh_family_is_a_name("cgroup.pids") && !sh_family_is_a_name("pid.rate"),
	   "what is called by a number");
}

int main(void)
{
	test_score();
	test_last();
	test_units();
	test_exceedance();
	test_departure();
	test_families();
	return plan_done();
}
