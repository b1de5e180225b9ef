/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/hits.h"

#include <math.h>
#include <string.h>

#include "tap.h"

#define ONES_70 "1111111111111111111111111111111111111111111111111111111111111111111111"

static const struct {
	const char *answers; /* oldest first */
	unsigned kept, m, of;
} cases[] = {
	{ "", 5, 5, 0 },      { "1", 5, 5, 1 },       { "0", 5, 5, 0 },       { "111", 5, 5, 3 },
	{ "1101", 5, 5, 3 },  { "11011", 5, 3, 2 },   { "11000", 5, 5, 2 },   { "11000", 5, 2, 0 },
	{ "10101", 5, 5, 3 }, { "110000", 5, 5, 1 },  { "1100000", 5, 64, 0 }, { "11", 1, 64, 1 },
	{ "1111", 0, 64, 0 }, { ONES_70, 64, 64, 64 }, { ONES_70, 64, 99, 64 }, { ONES_70, 63, 64, 63 },
};

static uint64_t play(const char *answers, unsigned m)
{
	uint64_t recent = 0;

	for (; *answers; answers++)
		recent = sh_hits_note(recent, m, *answers == '1');
	return recent;
}

static void test_counts(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned of = sh_hits_of(play(cases[i].answers, cases[i].kept), cases[i].m);

		OK(of == cases[i].of, "'%s', %u kept: %u of %u, got %u", cases[i].answers,
		   cases[i].kept, cases[i].of, cases[i].m, of);
	}
}

/* The published table of weights, for the usual window of 20: 0.75 to 1.25 in steps of 0.5 / 19. */
static void test_scores(void)
{
	OK(sh_hits_score(0, 20) == 0, "nothing scores 0 %%");
	OK(sh_hits_score(UINT64_MAX, 20) == 100 && sh_hits_score(UINT64_MAX, 64) == 100 &&
		   sh_hits_score(3, 2) == 100,
	   "all of them score 100 %%, whatever the window");
	OK(sh_hits_score(1, 20) == 6.25, "the newest of 20 alone scores 6.25 %%");
	OK(sh_hits_score(1 << 19, 20) == 3.75, "the oldest of 20 alone scores 3.75 %%");
	for (unsigned age = 0; age < 20; age++)
		OK(fabs(sh_hits_score(UINT64_C(1) << age, 20) -
			(1.25 - 0.5 * age / 19) * 100 / 20) < 1e-12,
		   "the weight of answer %u is on the line", age);
}

int main(void)
{
	test_counts();
	test_scores();
	return plan_done();
}
