/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>

#include "repair/capacity.h"
#include "tap.h"

static void expect(const struct sh_group *g, int64_t members, int64_t most, const char *what)
{
	int64_t got = sh_capacity(g, members);

	if (!OK(got == most, "%s: %lld of %lld", what, (long long)most, (long long)members))
		diag("%lld", (long long)got);
}

static struct sh_group group(double healthy_percent, int64_t healthy, double unavailable_percent,
			     int64_t unavailable)
{
	return (struct sh_group){ "g", healthy_percent, healthy, unavailable_percent, unavailable };
}

int main(void)
{
	const struct sh_group none = group(NAN, -1, NAN, -1), half = group(50, -1, NAN, -1),
			      two = group(NAN, 2, NAN, -1), one = group(NAN, -1, NAN, 1),
			      third = group(NAN, -1, 30, -1), all = group(NAN, -1, 100, -1),
			      both = group(51, -1, NAN, 1), strict = group(100, -1, NAN, -1),
			      exact = group(NAN, -1, 7, -1);

	expect(&none, 1, 1, "a group of one without limits protects nothing");
	expect(&none, 2, 1, "of two one");
	expect(&none, 4, 1, "below five one");
	expect(&none, 5, 1, "a fifth of five");
	expect(&none, 6, 2, "a fifth is rounded up");
	expect(&none, 100, 20, "a fifth of a hundred");
	expect(&half, 7, 3, "half of seven must be healthy, rounded up");
	expect(&half, 1, 1, "a percentage forbids nothing in a group of one");
	expect(&half, 2, 1, "and keeps one of two");
	expect(&both, 2, 1, "so does 51 %");
	expect(&both, 3, 1, "51 % of three are two");
	expect(&strict, 1, 0, "100 % is meant");
	expect(&strict, 2, 0, "of two as well");
	expect(&two, 2, 0, "a count is taken as it is written");
	expect(&two, 1, 0, "also where there are fewer");
	expect(&two, 5, 3, "what is left may be unavailable");
	expect(&one, 1, 1, "one of one where one is said");
	expect(&third, 10, 3, "a percentage that may be unavailable");
	expect(&third, 4, 2, "is rounded up as well");
	expect(&exact, 100, 7, "but what is whole stays whole");
	expect(&all, 3, 3, "all where all is said");
	expect(&(struct sh_group){ "g", 0, -1, NAN, -1 }, 3, 2, "the last healthy one is never taken");
	return plan_done();
}
