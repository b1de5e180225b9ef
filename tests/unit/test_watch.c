/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/watch.h"

#include <string.h>

#include "tap.h"

/*
 * The life of a fault as letters. In, one a sample, at times 1, 2, 3 ...:
 * 1 hit, 0 miss, ? unknown, c a miss on which the clearing condition is true, h a hit on
 * which it is true too, u unknown while it is true. Out: . nothing, + counted,
 * O opened, A ongoing, R resolved.
 */
static const struct {
	struct sh_watch_terms terms;
	const char *in, *out;
	int64_t total; /* hits of the fault or the run at the end */
} cases[] = {
	{ { 3, 3, 0, 0 }, "", "", 0 },
	{ { 3, 3, 0, 0 }, "11", "++", 2 },
	{ { 3, 3, 0, 0 }, "111", "++O", 3 },
	{ { 3, 3, 0, 0 }, "111111", "++O++A", 6 },
	{ { 3, 3, 0, 0 }, "1111111", "++O++A+", 7 },
	{ { 3, 3, 0, 0 }, "1101101", "++.++.+", 1 },
	{ { 3, 3, 0, 0 }, "1?1?1", "+.+.O", 3 },
	{ { 3, 3, 0, 0 }, "???", "...", 0 },
	{ { 3, 3, 0, 0 }, "111ccc", "++O..R", 0 },
	{ { 3, 3, 0, 0 }, "111cc1ccc", "++O..+..R", 0 },
	{ { 3, 3, 0, 0 }, "111c?c?c", "++O....R", 0 },
	{ { 3, 3, 0, 0 }, "111000", "++O...", 3 }, /* misses that are not clear keep it open */
	{ { 3, 3, 0, 0 }, "111cc0ccc", "++O.....R", 0 },
	{ { 3, 3, 0, 0 }, "111c11", "++O.++", 5 },
	{ { 3, 3, 0, 0 }, "111ccc111", "++O..R++O", 3 },
	{ { 1, 1, 0, 0 }, "1", "O", 1 },
	{ { 1, 1, 0, 0 }, "11c1", "OARO", 1 },
	{ { 1, 2, 0, 0 }, "1cc", "O.R", 0 },
	{ { 1, 1, 0, 0 }, "1u", "O.", 1 }, /* unknown changes no count */
	{ { 2, 1, 0, 0 }, "11h", "+OR", 0 },
	{ { 1, 1, 0, 0 }, "h", "O", 1 }, /* what opens does not resolve at once */
	{ { 1, 1, 0, 3 }, "1111111", "O++A++A", 7 },
	{ { 2, 1, 0, 3 }, "11111111", "+O++A++A", 8 },
	{ { 1, 1, 4, 0 }, "11111", "++++O", 5 },
	{ { 1, 1, 4, 0 }, "111101111", "++++.++++", 4 },
	{ { 1, 1, 4, 0 }, "1111?1", "++++.O", 5 },
	{ { 3, 3, 0, 0 }, "ccc", "...", 0 },
};

static enum sh_truth hit_of(char c)
{
	return c == '1' || c == 'h' ? SH_TRUE : c == '?' || c == 'u' ? SH_UNKNOWN : SH_FALSE;
}

static enum sh_truth cleared_of(char c)
{
	return c == 'c' || c == 'h' || c == 'u' ? SH_TRUE : c == '?' ? SH_UNKNOWN : SH_FALSE;
}

/* Through JSON and back before each sample when SPLIT, as runs with a state do. */
static void play(struct sh_watch *w, size_t i, bool split, char *out)
{
	static const char letters[] = { '.', '+', 'O', 'A', 'R' };
	const char *in = cases[i].in;
	int64_t time = 0;

	for (; *in; in++) {
		enum sh_watch_event event;

		if (split) {
			json_t *object = sh_watch_to_json(w);

			memset(w, 0xee, sizeof(*w));
			sh_watch_from_json(w, object);
			json_decref(object);
		}
		event = sh_watch_step(w, &cases[i].terms, hit_of(*in), cleared_of(*in), ++time);
		*out++ = letters[event];
		if (event > SH_WATCH_HIT)
			sh_watch_emitted(w, event, time);
	}
	*out = '\0';
}

static void test_lives(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int split = 0; split < 2; split++) {
			struct sh_watch w = { 0 };
			char out[32];

			play(&w, i, split, out);
			OK(!strcmp(out, cases[i].out) && w.total_hits == cases[i].total,
			   "%d/%d for %d repeat %d%s: '%s' gives '%s' %d, got '%s' %d",
			   (int)cases[i].terms.count, (int)cases[i].terms.clear_count,
			   (int)cases[i].terms.for_time, (int)cases[i].terms.repeat,
			   split ? " split" : "", cases[i].in, cases[i].out, (int)cases[i].total, out,
			   (int)w.total_hits);
		}
}

static void test_times(void)
{
	const struct sh_watch_terms terms = { 2, 2, 0, 0 };
	struct sh_watch w = { 0 };
	int64_t t;

	for (t = 10; t <= 11; t++)
		sh_watch_step(&w, &terms, SH_TRUE, SH_FALSE, t);
	OK(w.since == 10 && w.until == 11 && w.first_hit == 10, "since, until and first hit of open");
	sh_watch_emitted(&w, SH_WATCH_OPENED, 11);
	for (t = 12; t <= 13; t++)
		sh_watch_step(&w, &terms, SH_TRUE, SH_FALSE, t);
	OK(w.since == 12 && w.until == 13 && w.first_hit == 10,
	   "an ongoing fault keeps its first hit, its evidence is new");
	sh_watch_emitted(&w, SH_WATCH_ONGOING, 13);
	for (t = 14; t <= 15; t++)
		sh_watch_step(&w, &terms, SH_FALSE, SH_TRUE, t);
	sh_watch_emitted(&w, SH_WATCH_RESOLVED, 15);
	OK(sh_watch_is_idle(&w), "resolved is idle");
	sh_watch_step(&w, &terms, SH_TRUE, SH_FALSE, 16);
	OK(w.first_hit == 16 && !sh_watch_is_idle(&w), "the next fault has a first hit of its own");
}

static void test_damaged(void)
{
	json_t *object = json_pack("{s:s,s:b,s:[]}", "hits", "many", "open", 1, "since");
	struct sh_watch w;

	sh_watch_from_json(&w, NULL);
	OK(sh_watch_is_idle(&w), "no state is as new");
	sh_watch_from_json(&w, object);
	OK(w.open && w.hits == 0 && w.since == 0, "members of a wrong type are as absent");
	json_decref(object);
}

int main(void)
{
	test_lives();
	test_times();
	test_damaged();
	return plan_done();
}
