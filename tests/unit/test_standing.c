/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/standing.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/history.h"
#include "scratch.h"
#include "tap.h"

#define START (INT64_C(1795222800) * SH_SEC)

static struct sh_fault fault_of(char id[40], const char *entity, int64_t time, int64_t since)
{
	struct sh_fault f = { .time = time,
			      .id = id,
			      .entity = (char *)(uintptr_t)entity,
			      .fault_type = (char *)(uintptr_t)"slow",
			      .evidence.since = since };

	return f;
}

static void test_onset(void)
{
	struct sh_standing *s = sh_standing_new();
	char id[40] = "f-1", other[40] = "f-2";
	struct sh_fault f = fault_of(id, "a:b@h", START + SH_MIN, START);
	struct sh_fault g = fault_of(other, "a:b@h", START + SH_MIN, START + SH_SEC);

	OK(sh_standing_onset(s, &f) == START, "a fault begins when its first record says");
	f.time = f.evidence.since = START + SH_HOUR;
	OK(sh_standing_onset(s, &f) == START && sh_standing_onset(s, &g) == START + SH_SEC,
	   "later records of it change nothing");
	OK(sh_standing_oldest(s) == START, "the first of all");
	g.evidence.since = START + SH_HOUR;
	sh_standing_time(s, START + SH_HOUR + SH_STANDING_SILENCE - SH_SEC);
	OK(sh_standing_onset(s, &f) == START && sh_standing_onset(s, &g) == START + SH_HOUR,
	   "one that was not heard of for long has begun anew, as its record says");
	sh_standing_free(s);
}

static void test_forgotten(void)
{
	struct sh_standing *s = sh_standing_new();
	char id[40] = "f-1";
	struct sh_fault f = fault_of(id, "a:b@h", START, START);

	sh_standing_onset(s, &f);
	f.evidence.since = START + SH_HOUR;
	sh_standing_time(s, START + SH_STANDING_SILENCE - 1);
	OK(sh_standing_oldest(s) == START, "it stands as long as it was not silent for too long");
	sh_standing_time(s, START + SH_STANDING_SILENCE);
	OK(sh_standing_oldest(s) == 0 && sh_standing_onset(s, &f) == START + SH_HOUR,
	   "then it is forgotten");
	for (int64_t t = START; t < START + 2 * SH_STANDING_HOLDS; t += SH_DAY) {
		f.time = t;
		sh_standing_onset(s, &f);
		sh_standing_time(s, t);
	}
	OK(sh_standing_oldest(s) == 0 && sh_standing_onset(s, &f) == START + SH_HOUR,
	   "one that lasts for weeks is known, and holds nothing any more");
	sh_standing_free(s);
}

static void test_bound(void)
{
	struct sh_standing *s = sh_standing_new();
	struct sh_fault f;
	char id[40];

	for (int i = 0; i <= SH_STANDING_FAULTS; i++) {
		snprintf(id, sizeof(id), "f-%d", i);
		f = fault_of(id, "a:b@h", START, START);
		sh_standing_onset(s, &f);
	}
	f.evidence.since = START + SH_SEC;
	OK(sh_standing_onset(s, &f) == START + SH_SEC, "one too many begins when its record says");
	sh_standing_free(s);
}

static void test_cause(void)
{
	struct sh_standing *s = sh_standing_new();
	char one[40] = "f-1", two[40] = "f-2", three[40] = "f-3";
	struct sh_fault f = fault_of(one, "a:b@h", START, START);
	struct sh_fault g = fault_of(two, "a:b@h", START, START);
	struct sh_fault h = fault_of(three, "a:b@h", START, START);

	sh_standing_onset(s, &f);
	sh_standing_onset(s, &g);
	sh_standing_onset(s, &h);
	OK(!sh_standing_of(s, "a:b@h", "f-0") && !sh_standing_of(s, "a:c@h", "f-0"),
	   "of nothing any cause is known");
	sh_standing_diagnosed(s, &f, "less", 0.5);
	sh_standing_diagnosed(s, &g, "more", 0.9);
	OK(!strcmp(sh_standing_of(s, "a:b@h", "f-0")->cause, "more"), "the surer one");
	OK(!strcmp(sh_standing_of(s, "a:b@h", "f-2")->cause, "less"), "but not itself");
	sh_standing_diagnosed(s, &g, NULL, 0);
	OK(!strcmp(sh_standing_of(s, "a:b@h", "f-0")->cause, "less"), "the latest diagnosis counts");
	sh_standing_free(s);
}

static void save_all(struct sh_standing *s, struct sh_state *state)
{
	struct sh_error err = SH_ERROR_INIT;

	OK(sh_standing_save(s, state, &err) == 0 && sh_state_commit(state, &err) == 0,
	   "saved %s", err.text);
}

static void test_state(void)
{
	struct sh_standing *s = sh_standing_new(), *t = sh_standing_new();
	char *dir = scratch_make(), id[40] = "f-1";
	struct sh_error err = SH_ERROR_INIT;
	struct sh_fault f = fault_of(id, "a:b@h", START, START);
	struct sh_state *state;

	OK(sh_state_open(&state, dir, "diagnose", 0, &err) == 0, "state %s", err.text);
	sh_standing_onset(s, &f);
	sh_standing_diagnosed(s, &f, "full", 0.9);
	save_all(s, state);
	OK(sh_standing_load(t, state, &err) == 0 && !strcmp(sh_standing_of(t, "a:b@h", "")->cause, "full") &&
		   sh_standing_oldest(t) == START,
	   "what was saved is there again");
	sh_standing_time(t, START + SH_STANDING_SILENCE);
	save_all(t, state);
	sh_standing_free(t);
	t = sh_standing_new();
	OK(sh_standing_load(t, state, &err) == 0 && sh_standing_oldest(t) == 0, "what was forgotten is not");
	sh_state_close(state);
	sh_standing_free(s);
	sh_standing_free(t);
	scratch_remove(dir);
}

/* A fault that lasts far longer than the history reaches. */
static void test_held(void)
{
	struct sh_history h;
	struct sh_past_entity *e;
	struct sh_track *t;
	uint32_t before = 0;
	bool sorted = true;

	sh_history_init(&h);
	e = sh_history_entity(&h, sh_span_of("a:b@h"), sh_span_of("h"));
	t = sh_history_track(&h, e, sh_span_of("x.y"));
	for (int i = 0; i < 5 * SH_HISTORY_POINTS; i++) {
		if (i == SH_HISTORY_POINTS)
			h.held = START + i * SH_SEC;
		sh_history_point(&h, t, (struct sh_point){ START + i * SH_SEC, i });
	}
	for (uint32_t i = 0; i < t->n; i++) {
		before += t->point[i].time < h.held;
		sorted &= !i || t->point[i - 1].time < t->point[i].time;
	}
	OK(before == SH_HISTORY_POINTS / 4 && sorted && t->n <= SH_HISTORY_POINTS && h.points == t->n,
	   "a quarter is from before it began: %u of %u", before, t->n);
	OK(t->point[before - 1].time == h.held - SH_SEC &&
		   t->point[t->n - 1].time == START + (5 * SH_HISTORY_POINTS - 1) * SH_SEC,
	   "just before, and the newest");
	h.held = 0;
	for (int i = 5 * SH_HISTORY_POINTS; i < 6 * SH_HISTORY_POINTS; i++)
		sh_history_point(&h, t, (struct sh_point){ START + i * SH_SEC, i });
	OK(t->point[0].time > START + 4 * SH_HISTORY_POINTS * SH_SEC, "afterwards the newest alone");
	sh_history_release(&h);
}

int main(void)
{
	test_onset();
	test_forgotten();
	test_bound();
	test_cause();
	test_state();
	test_held();
	return plan_done();
}
