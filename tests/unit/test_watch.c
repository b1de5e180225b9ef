/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/watch.h"

#include <string.h>

#include "base/clock.h"
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

/*
 * With damping, all times in units of 1. In, beside the letters above: X a hit of
 * another severity, w a hit that warm-up ignores, _ time passes and nothing comes.
 * Out: F flapping, S stale.
 */
static const struct {
	const char *what;
	struct sh_watch_terms terms;
	struct sh_watch_damping damping;
	const char *in, *out;
} damped[] = {
	{ "3 of 5, not in a row", { 3, 3, 0, 0 }, { .hits_of = 5 }, "10101", "+.+.O" },
	{ "3 of 7 is not 3 of 5", { 3, 3, 0, 0 }, { .hits_of = 5 }, "1001001", "+..+..+" },
	{ "unknown is not among the M", { 3, 3, 0, 0 }, { .hits_of = 5 }, "1?0?1?0?1", "+...+...O" },
	{ "N of M is counted anew once written", { 2, 9, 0, 0 }, { .hits_of = 3 }, "1011011",
	  "+.O+.A+" },
	{ "N of M opens on a hit alone", { 2, 9, 0, 0 }, { .hits_of = 3 }, "0110", ".+O." },
	{ "N of M and a duration: both", { 2, 9, 2, 0 }, { .hits_of = 5 }, "11011101", "++.++O.+" },
	{ "clear 2 of 3", { 1, 2, 0, 0 }, { .clear_of = 3 }, "1c0c", "O..R" },
	{ "clear 2 of 4 is not 2 of 3", { 1, 2, 0, 0 }, { .clear_of = 3 }, "1c00c", "O...." },
	{ "a hit is not clear", { 1, 2, 0, 0 }, { .clear_of = 3 }, "1c1c", "O.AR" },
	{ "clears from before it opened are none", { 1, 2, 0, 0 }, { .clear_of = 9 }, "cc1cc", "..O.R" },
	{ "clear for 3", { 1, 1, 0, 0 }, { .clear_for = 3 }, "1ccccc", "O...R." },
	{ "clear for 3, broken by a hit", { 1, 1, 0, 0 }, { .clear_for = 3 }, "1cc1cccc", "O..A...R" },
	{ "clear for 3, broken by neither", { 1, 1, 0, 0 }, { .clear_for = 3 }, "1cc0cccc", "O......R" },
	{ "clear for 3 and 5 in a row: both", { 1, 5, 0, 0 }, { .clear_for = 3 }, "1ccccc", "O....R" },
	{ "kept for 4 after its last hit", { 1, 1, 0, 0 }, { .keep_firing = 4 }, "1cccc", "O...R" },
	{ "a hit begins that anew", { 1, 1, 0, 0 }, { .keep_firing = 4 }, "1c1cccc", "O.A...R" },
	{ "neither does not resolve when kept long enough", { 1, 1, 0, 0 }, { .keep_firing = 4 },
	  "1ccc00c", "O.....R" },
	{ "unknown does not either", { 1, 1, 0, 0 }, { .keep_firing = 4 }, "1ccc??c", "O.....R" },

	{ "silence is told once", { 1, 1, 0, 0 }, { .stale_after = 3 }, "1______", "O..S..." },
	{ "silence is not told of what is not open", { 3, 3, 0, 0 }, { .stale_after = 3 }, "11____",
	  "++...." },
	{ "silence that is never told", { 1, 1, 0, 0 }, { .stale_after = -1 }, "1_____", "O....." },
	{ "unknown is silence", { 1, 1, 0, 0 }, { .stale_after = 3 }, "1??_", "O..S" },
	{ "the next hit is ongoing at once", { 3, 3, 0, 9 }, { .stale_after = 3 }, "111___11",
	  "++O..SA+" },
	{ "silence resets no count to clear", { 3, 3, 0, 0 }, { .stale_after = 3 }, "111cc___c",
	  "++O....SR" },
	{ "nor one to open", { 3, 3, 0, 0 }, { .stale_after = 3 }, "11____1", "++....O" },
	{ "silence never resolves", { 1, 1, 0, 0 }, { .stale_after = 3, .clear_for = 2 }, "1_________",
	  "O..S......" },
	{ "silence again is told after a record alone", { 3, 3, 0, 0 }, { .stale_after = 3 },
	  "111___c___1___", "++O..S....A..S" },
	{ "silence is no part of clear_for", { 1, 1, 0, 0 }, { .stale_after = 3, .clear_for = 3 },
	  "1c___cccc", "O...S...R" },
	{ "what warm-up ignores was heard, and nothing more", { 3, 3, 0, 0 }, { .stale_after = 3 },
	  "111w_w_w_www11", "++O.........++" },
	{ "warm-up keeps it stale", { 3, 3, 0, 0 }, { .stale_after = 3 }, "111___ww1", "++O..S..A" },

	{ "a change of severity is ongoing at once", { 3, 3, 0, 99 }, { 0 }, "111XX1", "++OA+A" },
	{ "the severity of a fault that is not open is none yet", { 3, 3, 0, 0 }, { 0 }, "1X1", "++O" },

	{ "flapping begins with a hit and is told once", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "1c1c1c1c", "+.F.+.+." },
	{ "it ends as ongoing when the condition holds", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "1c11111", "+.F++A+" },
	{ "it ends as resolved when it is clear", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "1c1cccc", "+.F...R" },
	{ "resolved is sent after flapping ended as ongoing", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "1c1111cc", "+.F++A.R" },
	{ "a problem after flapping ended as resolved is not swallowed", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "1c1cccccc11", "+.F...R..+O" },
	{ "it does not end as resolved sooner than that may be", { 2, 6, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "1c1cccccc", "+.F.....R" },
	{ "a hit before that and it ends as ongoing", { 2, 6, 0, 0 },
	  { .flap_of = 4, .flap_high = 60, .flap_low = 32 }, "1c1cccc1", "+.F....A" },
	{ "an open fault begins to flap on a clear as well", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "11c1c", "+OF+." },
	{ "the band of a hysteresis does not flap", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30 }, "10101010", "+.+.+.+." },
	{ "unknown is no change", { 2, 2, 0, 0 }, { .flap_of = 4, .flap_high = 50, .flap_low = 30 },
	  "1?1?1?1", "+.O.+.A" },
	{ "silent while flapping, it flaps when it is heard again", { 2, 2, 0, 0 },
	  { .flap_of = 4, .flap_high = 50, .flap_low = 30, .stale_after = 3 }, "1c1___c1c",
	  "+.F..SF+." },
};

/* One letter; the event that is due is taken as written. */
static char feed(struct sh_watch *w, const struct sh_watch_terms *t,
		 const struct sh_watch_damping *d, char c, int64_t time)
{
	static const char letters[] = { 'P', 'O', 'A', 'R', 'F', 'S' };
	enum sh_watch_event event;
	enum sh_fault_status status;

	if (c == '_')
		return sh_watch_lost(w, d, 0, time) ? 'S' : '.';
	if (c == 'w') {
		sh_watch_ignored(w, time);
		return '.';
	}
	if (c == 'X' || hit_of(c) == SH_TRUE)
		sh_watch_rate(w, c == 'X' ? SH_SEVERITY_CRITICAL : SH_SEVERITY_INFO);
	event = sh_watch_judge(w, t, d, c == 'X' ? SH_TRUE : hit_of(c), cleared_of(c), time);
	if (event <= SH_WATCH_HIT)
		return event == SH_WATCH_HIT ? '+' : '.';
	status = sh_watch_status(w, event);
	sh_watch_emitted(w, event, time);
	return letters[status];
}

static void test_damping(void)
{
	for (size_t i = 0; i < sizeof(damped) / sizeof(damped[0]); i++) {
		struct sh_watch w = { 0 };
		char out[32] = "";

		for (size_t n = 0; damped[i].in[n]; n++)
			out[n] = feed(&w, &damped[i].terms, &damped[i].damping, damped[i].in[n],
				      (int64_t)n + 1);
		OK(!strcmp(out, damped[i].out), "%s: '%s' gives '%s', got '%s'", damped[i].what,
		   damped[i].in, damped[i].out, out);
	}
}

static void feed_all(struct sh_watch *w, const struct sh_watch_terms *t,
		     const struct sh_watch_damping *d, const char *in)
{
	for (int64_t time = 1; *in; in++, time++)
		feed(w, t, d, *in, time);
}

static void test_flapping_fault(void)
{
	const struct sh_watch_damping d = { .flap_of = 4, .flap_high = 50, .flap_low = 30 };
	const struct sh_watch_terms t = { 2, 2, 0, 0 };
	struct sh_watch w = { 0 };

	feed_all(&w, &t, &d, "1c1");
	OK(w.flapping && w.open && w.first_hit == 3 && w.flap_since == 3 && w.total_hits == 1,
	   "it is named by the first of the hits that it began with, and says since when");
	OK(sh_watch_score(&w, &d) > 81 && sh_watch_score(&w, &d) < 82, "and its score");
	OK(sh_watch_status(&w, SH_WATCH_NOTHING) == SH_FAULT_FLAPPING, "its status is flapping");
	feed_all(&w, &t, &d, "cccc");
	OK(!w.open && !w.flapping && !sh_watch_is_idle(&w), "resolved, its changes are remembered");
	feed_all(&w, &t, &d, "c");
	OK(sh_watch_is_idle(&w), "until they are over");
	feed_all(&w, &t, &d, "1c1");
	OK(w.first_hit == 3 && w.flapping, "the next one has a first hit of its own");
	sh_watch_judge(&w, &t, &(struct sh_watch_damping){ 0 }, SH_TRUE, SH_FALSE, 9);
	OK(w.open && !w.flapping && !w.changes, "a rule that damps no more has no fault that flaps");
}

/* When silence is due, in minutes after the last answer; -1 never. */
static void test_due(void)
{
	static const struct {
		int64_t after, interval, due;
	} c[] = {
		{ 0, 0, 2 },	      { 0, SH_SEC, 2 },	       { 0, SH_MIN, 3 }, { SH_MIN, SH_HOUR, 1 },
		{ SH_HOUR, 0, 60 }, { -1, SH_MIN, -1 }, { 0, INT64_MAX, -1 },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		const struct sh_watch_damping d = { .stale_after = c[i].after };
		const struct sh_watch w = { .open = true, .heard = SH_DAY };
		int64_t due = sh_watch_due(&w, &d, c[i].interval);

		OK(due == (c[i].due < 0 ? INT64_MAX : SH_DAY + c[i].due * SH_MIN),
		   "silence of an interval of %lld s is due after %lld min",
		   (long long)(c[i].interval / SH_SEC), (long long)c[i].due);
	}
}

static void explained(const char *in, const struct sh_watch_terms *t,
		      const struct sh_watch_damping *d, const char *want)
{
	struct sh_buf text = SH_BUF_INIT;
	struct sh_watch w = { 0 };
	int64_t time = 0;

	for (; *in; in++)
		feed(&w, t, d, *in, time += SH_SEC);
	sh_watch_explain(&w, t, d, time, &text);
	OK(!strcmp(sh_buf_str(&text), want), "explained as '%s', got '%s'", want, sh_buf_str(&text));
	sh_buf_release(&text);
}

static void test_explain(void)
{
	const struct sh_watch_damping all = { .hits_of = 5, .clear_of = 6, .flap_of = 20,
					      .flap_high = 90, .flap_low = 20, .clear_for = 5 * SH_MIN,
					      .keep_firing = 10 * SH_MIN, .stale_after = 3 * SH_SEC };
	const struct sh_watch_damping flaps = { .flap_of = 4, .flap_high = 50, .flap_low = 30 };

	explained("11", &(struct sh_watch_terms){ 3, 3, 0, 0 }, &(struct sh_watch_damping){ 0 },
		  "2 of 3 in a row");
	explained("1111c", &(struct sh_watch_terms){ 3, 4, 0, 0 }, &(struct sh_watch_damping){ 0 },
		  "0 of 3 in a row, open; clear 1 of 4 in a row");
	explained("101", &(struct sh_watch_terms){ 3, 4, 90 * SH_SEC, 0 }, &all,
		  "2 of 3 in the last 5; true for 0s of 1m30s; flapping score 6 %");
	explained("111cc", &(struct sh_watch_terms){ 3, 4, SH_SEC, 0 }, &all,
		  "0 of 3 in the last 5, open; clear 2 of 4 in the last 6; clear for 1s of 5m; "
		  "kept firing for 2s of 10m; flapping score 12 %");
	explained("111___", &(struct sh_watch_terms){ 3, 4, 0, 0 }, &all,
		  "0 of 3 in the last 5, open, stale; flapping score 6 %");
	explained("1c1", &(struct sh_watch_terms){ 2, 4, 0, 0 }, &flaps,
		  "0 of 2 in a row, open, flapping; flapping score 81 %");
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
	object = json_pack("{s:b,s:i,s:i}", "open", 1, "until", 7, "emitted", 5);
	sh_watch_from_json(&w, object);
	OK(w.heard == 7, "a state without the time of the latest answer has that of the latest hit");
	json_decref(object);
}

int main(void)
{
	OK(sizeof(struct sh_watch) <= 160, "a watch is small: %zu bytes", sizeof(struct sh_watch));
	test_lives();
	test_damping();
	test_flapping_fault();
	test_due();
	test_explain();
	test_times();
	test_damaged();
	return plan_done();
}
