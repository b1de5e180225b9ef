/* SPDX-License-Identifier: MIT */
/*
 * What runs and what waits, with a clock of our own: single decisions, then a year of
 * 10,000 tasks in five zones with suspends, jumps of the clock and runs that fail.
 */
#include "config.h"

#include "schedule/agenda.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#include "tap.h"

/* A world in which runs take a time that is drawn, and may fail. */
struct world {
	struct sh_schedule s;
	struct sh_agenda a;
	struct sh_heap ends;
	struct run {
		struct sh_heap_node node;
		struct sh_item *item;
		int64_t started;
		bool cancelled, free;
	} *run;
	size_t runs, free_run;
	int64_t now, lasts;    /* of a run; 0: drawn */
	unsigned fails;        /* of 100 */
	bool allowed;
	/* What happened. */
	int64_t *accounted;    /* per task, as after was last */
	int64_t *last_due;
	size_t started, skipped, late, retried, broken, most;
	const char *why;
};

#define MAX_RUNS 64

static uint64_t random_state = 1;

static uint64_t draw(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void break_rule(struct world *w, const char *what, const struct sh_item *i)
{
	if (!w->broken++)
		diag("%s: %s at %lld", i->task->id, what, (long long)(w->now / SH_SEC));
}

static size_t number(const struct world *w, const struct sh_item *i)
{
	return (size_t)(i - w->a.item);
}

/* Whatever is accounted for reaches from where the last account ended, and never back. */
static void check_account(struct world *w, const struct sh_item *i, int64_t due, bool is_retry)
{
	int64_t *accounted = &w->accounted[number(w, i)];

	if (!i->task->timed || i->task->when.kind == SH_WHEN_EVERY)
		return;
	if (i->last.after < *accounted)
		break_rule(w, "an account went back", i);
	if (!is_retry && due <= *accounted)
		break_rule(w, "a due time twice", i);
	if (!is_retry && i->last.after < due)
		break_rule(w, "a due time without account", i);
	*accounted = i->last.after;
}

static int on_start(void *arg, struct sh_item *i, const struct sh_start *s, struct sh_error *err)
{
	struct world *w = arg;
	size_t n = 0;

	(void)err;
	while (n < MAX_RUNS && !w->run[n].free)
		n++;
	if (n == MAX_RUNS || w->a.running > w->a.places)
		break_rule(w, "more runs than places", i);
	if (i->running > 1 && i->task->overlap != SH_CLASH_ALLOW)
		break_rule(w, "beside itself", i);
	if (sh_hours_open(&i->task->allow, &i->task->block, w->now) != w->now)
		break_rule(w, "in a blackout", i);
	check_account(w, i, s->due, s->attempt > 1 || s->brought);
	w->started++;
	w->late += s->missed > 0;
	w->retried += s->attempt > 1;
	w->most = w->a.running > w->most ? w->a.running : w->most;
	w->run[n] = (struct run){ .item = i, .started = w->now, .node.rank = (uint32_t)n };
	sh_heap_put(&w->ends, &w->run[n].node, w->now + (w->lasts ? w->lasts : (int64_t)(draw(40) + 1) * SH_SEC));
	return 0;
}

static int on_skip(void *arg, struct sh_item *i, const struct sh_skip *s, struct sh_error *err)
{
	struct world *w = arg;

	(void)err;
	check_account(w, i, s->due, false);
	w->skipped++;
	w->why = s->word;
	return 0;
}

static int on_store(void *arg, struct sh_item *i, struct sh_error *err)
{
	struct world *w = arg;

	(void)err;
	/* A clock that was far ahead: what it accounted for counts for nothing. */
	if (i->last.after < w->accounted[number(w, i)])
		w->accounted[number(w, i)] = i->last.after;
	return 0;
}

static void on_cancel(void *arg, struct sh_item *i)
{
	struct world *w = arg;

	for (size_t n = 0; n < MAX_RUNS; n++)
		if (!w->run[n].free && w->run[n].item == i && !w->run[n].cancelled) {
			w->run[n].cancelled = true;
			sh_heap_put(&w->ends, &w->run[n].node, w->now);
		}
}

static bool on_ask(void *arg, struct sh_item *i, char *why, size_t len)
{
	const struct world *w = arg;

	(void)i;
	if (len)
		*why = '\0';
	return w->allowed;
}

static const struct sh_agenda_ops ops = { on_start, on_skip, on_store, on_cancel, on_ask };

static void world_init(struct world *w, size_t tasks, int64_t now)
{
	*w = (struct world){ .now = now, .allowed = true };
	sh_zones_init(&w->s.zones);
	sh_map_init(&w->s.groups, NULL);
	w->s.task = sh_calloc(tasks, sizeof(*w->s.task));
	w->s.n = tasks;
	w->run = sh_calloc(MAX_RUNS, sizeof(*w->run));
	for (size_t n = 0; n < MAX_RUNS; n++)
		w->run[n].free = true;
	w->accounted = sh_calloc(tasks, sizeof(*w->accounted));
}

/* A task as the loader would leave it. */
static struct sh_scheduled *add_task(struct world *w, size_t n, enum sh_when_kind kind, const char *text,
				     const char *zone)
{
	const struct sh_when_options opt = { .zone = zone };
	struct sh_scheduled *t = &w->s.task[n];
	struct sh_error err = SH_ERROR_INIT;

	*t = (struct sh_scheduled){ .id = sh_asprintf("t%zu", n), .schedule = text, .missed = SH_MISSED_ONCE,
				    .missed_limit = 10, .spread = -1, .group = -1, .group_overlap = SH_CLASH_QUEUE,
				    .retry = { 1, SH_MIN, 2, SH_HOUR } };
	if (text) {
		t->timed = sh_when_parse(&t->when, kind, text, &opt, &w->s.zones, &err) == 0;
		if (!t->timed)
			diag("%s: %s", text, err.text);
	}
	return t;
}

static void world_open(struct world *w, unsigned places)
{
	struct sh_error err = SH_ERROR_INIT;

	sh_agenda_init(&w->a, &w->s, "h1");
	w->a.ops = &ops;
	w->a.arg = w;
	w->a.places = places;
	sh_agenda_open(&w->a, w->now, &err);
	for (size_t n = 0; n < w->s.n; n++)
		w->accounted[n] = w->a.item[n].last.after;
}

static void world_release(struct world *w)
{
	sh_agenda_release(&w->a);
	for (size_t n = 0; n < w->s.n; n++) {
		sh_when_release(&w->s.task[n].when);
		sh_hours_release(&w->s.task[n].block);
		free(w->s.task[n].after);
		free((void *)(uintptr_t)w->s.task[n].id);
	}
	free(w->s.task);
	free(w->run);
	free(w->accounted);
	sh_heap_release(&w->ends);
	sh_map_release(&w->s.groups);
	sh_zones_release(&w->s.zones);
}

static void end_runs(struct world *w)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_heap_node *n;

	while ((n = sh_heap_first(&w->ends)) && n->key <= w->now) {
		struct run *r = (struct run *)(void *)n;

		sh_heap_remove(&w->ends, n);
		r->free = true;
		sh_agenda_ended(&w->a, r->item, !r->cancelled && draw(100) >= w->fails, !r->cancelled, r->started,
				w->now, &err);
	}
}

/* Play until TO, waking only when the agenda asks for it or a run ends. */
static size_t play(struct world *w, int64_t to)
{
	struct sh_error err = SH_ERROR_INIT;
	size_t wakes = 0;

	for (;; wakes++) {
		const struct sh_heap_node *end;
		int64_t next;

		end_runs(w);
		sh_agenda_wake(&w->a, w->now, &err);
		end = sh_heap_first(&w->ends);
		next = sh_agenda_next(&w->a);
		if (end && end->key < next)
			next = end->key;
		if (next > to)
			break;
		if (next > w->now)
			w->now = next;
	}
	w->now = to;
	return wakes;
}

static int64_t at(const char *text)
{
	int64_t t = -1;

	sh_time_parse(text, strlen(text), &t);
	return t;
}

/* One daily task under a policy, and nobody there for ten and a half days. */
static void test_missed(void)
{
	static const struct {
		enum sh_missed missed;
		int64_t within;
		size_t started, skipped;
	} cases[] = {
		{ SH_MISSED_ONCE, 0, 1, 0 },
		{ SH_MISSED_SKIP, 0, 0, 1 },
		{ SH_MISSED_ALL, 0, 5, 1 },
		{ SH_MISSED_WITHIN, 6 * SH_HOUR, 0, 1 },
		{ SH_MISSED_WITHIN, 13 * SH_HOUR, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_scheduled *t;
		struct world w;

		world_init(&w, 1, at("2026-03-01T12:00:00Z"));
		t = add_task(&w, 0, SH_WHEN_CRON, "0 0 * * *", "UTC");
		t->missed = cases[i].missed;
		t->within = cases[i].within;
		t->missed_limit = 5;
		world_open(&w, 4);
		w.a.spreads = true;
		play(&w, w.now);
		w.now += 10 * SH_DAY + SH_MIN;
		play(&w, w.now + 2 * SH_HOUR);
		OK(w.started == cases[i].started && w.skipped == cases[i].skipped && !w.broken,
		   "missed, case %zu: %zu run and %zu passed over", i, w.started, w.skipped);
		play(&w, w.now + SH_DAY);
		OK(w.started == cases[i].started + 1, "and the next day it runs at its time");
		world_release(&w);
	}
}

static void test_years(void)
{
	struct world w;
	int64_t before, used;

	world_init(&w, 1, at("2026-03-01T12:00:00Z"));
	add_task(&w, 0, SH_WHEN_CRON, "* * * * *", "Europe/Berlin");
	world_open(&w, 4);
	play(&w, w.now + SH_HOUR);
	w.started = 0;
	w.now = at("2096-03-01T12:00:30Z");
	before = sh_clock_mono();
	play(&w, w.now + 20 * SH_SEC);
	used = sh_clock_mono() - before;
	OK(w.started == 1 && used < 50 * SH_MS, "70 years of minutes are made up for by one run, in %lld us",
	   (long long)(used / 1000));
	world_release(&w);
}

/* A run takes 90 seconds, and is due each minute. */
static void test_overlap(void)
{
	static const struct {
		enum sh_clash overlap;
		size_t started, skipped, most;
	} cases[] = {
		{ SH_CLASH_SKIP, 5, 5, 1 },
		{ SH_CLASH_QUEUE, 7, 0, 1 },
		{ SH_CLASH_CANCEL, 10, 0, 1 },
		{ SH_CLASH_ALLOW, 10, 0, 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_scheduled *t;
		struct world w;

		world_init(&w, 1, at("2026-03-01T12:00:00Z"));
		t = add_task(&w, 0, SH_WHEN_CRON, "* * * * *", "UTC");
		t->overlap = cases[i].overlap;
		world_open(&w, 4);
		w.lasts = 90 * SH_SEC;
		play(&w, w.now + 10 * SH_MIN);
		OK(w.started == cases[i].started && w.skipped == cases[i].skipped && w.most == cases[i].most && !w.broken,
		   "overlap, case %zu: %zu begun, %zu passed over, %zu at once", i, w.started, w.skipped, w.most);
		world_release(&w);
	}
}

static void test_group_and_places(void)
{
	struct world w;

	world_init(&w, 6, at("2026-03-01T12:00:00Z"));
	for (size_t n = 0; n < 6; n++)
		add_task(&w, n, SH_WHEN_CRON, "30 12 * * *", "UTC")->group = n < 3 ? 0 : -1;
	sh_map_puts(&w.s.groups, "g", (void *)1);
	world_open(&w, 3);
	w.lasts = 10 * SH_MIN;
	play(&w, w.now + 31 * SH_MIN);
	OK(w.started == 3 && w.a.group_running[0] == 1, "one of a group at a time, and no more than there are places");
	play(&w, w.now + 2 * SH_HOUR);
	OK(w.started == 6 && w.most == 3 && !w.broken && !w.skipped, "the others have their turn");
	world_release(&w);
}

static void test_after_and_retry(void)
{
	struct sh_scheduled *t;
	struct world w;

	world_init(&w, 3, at("2026-03-01T12:00:00Z"));
	t = add_task(&w, 0, SH_WHEN_CRON, "30 12 * * *", "UTC");
	t->retry.attempts = 3;
	t->jitter = SH_MIN;
	t = add_task(&w, 1, SH_WHEN_CRON, "30 12 * * *", "UTC");
	t->after = sh_calloc(1, sizeof(*t->after));
	t->afters = 1;
	t = add_task(&w, 2, SH_WHEN_EVERY, NULL, NULL);
	t->after = sh_calloc(1, sizeof(*t->after));
	t->after[0] = t->afters = 1;
	world_open(&w, 4);
	w.lasts = 10 * SH_SEC;
	w.fails = 100;
	play(&w, w.now + 2 * SH_HOUR);
	OK(w.started == 3 && w.retried == 2 && w.skipped == 1 && !strcmp(w.why, "dependency"),
	   "three attempts of the first, and none of those after it");
	w.fails = 0;
	w.started = 0;
	play(&w, w.now + SH_DAY);
	OK(w.started == 3 && w.a.item[1].last.started >= w.a.item[0].last.ended &&
	   w.a.item[2].last.started >= w.a.item[1].last.ended, "each after the one before it has succeeded");
	world_release(&w);
}

static void test_condition(void)
{
	struct world w;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_scheduled *t;

	world_init(&w, 1, at("2026-03-01T12:00:00Z"));
	t = add_task(&w, 0, SH_WHEN_CRON, "30 12 * * *", "UTC");
	t->condition = sh_expr_parse("load.one < 4", NULL, &err);
	t->patience = 10 * SH_MIN;
	world_open(&w, 4);
	w.allowed = false;
	play(&w, w.now + 35 * SH_MIN);
	OK(!w.started && !w.skipped, "a condition that is false is waited for");
	w.allowed = true;
	play(&w, w.now + 2 * SH_MIN);
	OK(w.started == 1, "and when it is true it runs");
	w.allowed = false;
	play(&w, w.now + SH_DAY + 10 * SH_MIN);
	OK(w.started == 1 && w.skipped == 1 && !strcmp(w.why, "condition"), "a time at which it stays false passes");
	sh_expr_free(t->condition);
	world_release(&w);
}

static void test_trigger(void)
{
	struct world w;
	struct sh_error err = SH_ERROR_INIT;

	world_init(&w, 1, at("2026-03-01T12:00:00Z"));
	add_task(&w, 0, SH_WHEN_CRON, "0 0 * * *", "UTC")->cooldown = SH_HOUR;
	world_open(&w, 4);
	play(&w, w.now + SH_MIN);
	OK(sh_agenda_trigger(&w.a, &w.a.item[0], w.now, &err) == 1 &&
	   sh_agenda_trigger(&w.a, &w.a.item[0], w.now, &err) == 0, "what was asked for twice waits once");
	play(&w, w.now + SH_MIN);
	OK(w.started == 1 && sh_agenda_trigger(&w.a, &w.a.item[0], w.now, &err) == 0, "and is not asked for within its cooldown");
	play(&w, w.now + SH_DAY);
	OK(w.started == 2 && !w.broken, "its own time is not touched");
	world_release(&w);
}

static void test_jitter(void)
{
	struct world w;
	int64_t first[2] = { 0, 0 };
	size_t spread = 0;

	for (int turn = 0; turn < 2; turn++) {
		world_init(&w, 50, at("2026-03-01T12:00:00Z"));
		for (size_t n = 0; n < 50; n++)
			add_task(&w, n, SH_WHEN_CRON, "0 13 * * *", "UTC")->jitter = 30 * SH_MIN;
		world_open(&w, 60);
		play(&w, w.now + SH_HOUR);
		first[turn] = w.started ? -1 : sh_agenda_next(&w.a);
		play(&w, w.now + SH_HOUR);
		for (size_t n = 0; n < 50; n++)
			spread += w.a.item[n].last.started != w.a.item[0].last.started;
		OK(w.started == 50 && !w.broken, "all of them run within their jitter");
		world_release(&w);
	}
	OK(first[0] == first[1] && spread > 80, "spread, and the same each time");
}

/* Of the tasks that nothing holds back, every due time of the year must have its run. */
static size_t count_due(const struct sh_when *when, int64_t from, int64_t to)
{
	size_t n = 0;

	for (int64_t t = from; (t = sh_when_next(when, t)) <= to; n++)
		;
	return n;
}

static void add_year_task(struct world *w, size_t n)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham" };
	static const char *const days[] = { "* * *", "* * 1", "* * 4", "1 * *", "* * 6#2", "L * *", "20 * *" };
	static const char *const dates[] = { "Mon,Thu *-*-*", "*-*~1", "Sat *-*-*" };
	struct sh_scheduled *t;
	char text[64];
	int a = (int)draw(60), b = (int)draw(24);

	if (n % 500 == 0)
		snprintf(text, sizeof(text), "%d * * * *", a);
	else if (n % 3)
		snprintf(text, sizeof(text), "%d %d %s", a, b, days[draw(7)]);
	else
		snprintf(text, sizeof(text), "%s %d:%02d", dates[draw(3)], b, a);
	t = add_task(w, n, n % 500 && n % 3 == 0 ? SH_WHEN_CALENDAR : SH_WHEN_CRON, sh_strdup(text), zones[n % 5]);
	t->missed = (enum sh_missed)(n % 4);
	t->within = 4 * SH_HOUR;
	t->overlap = (enum sh_clash)draw(4);
	t->jitter = draw(2) ? (int64_t)draw(600) * SH_SEC : 0;
	t->retry.attempts = 1 + (int64_t)draw(3);
	t->group = draw(10) ? -1 : (int)draw(20);
}

static void release_texts(struct world *w)
{
	for (size_t n = 0; n < w->s.n; n++)
		free((void *)(uintptr_t)w->s.task[n].schedule);
}

/* The clock is set; what runs goes on as long as before. */
static void set_clock(struct world *w, int64_t by)
{
	w->now += by;
	for (size_t n = 0; n < MAX_RUNS; n++)
		if (!w->run[n].free)
			sh_heap_put(&w->ends, &w->run[n].node, w->run[n].node.key + by);
}

/* What the machine and its clock go through in a month. */
static void live_through(struct world *w, int month)
{
	play(w, w->now + 5 * SH_DAY);
	w->now += 9 * SH_HOUR;               /* a suspend */
	play(w, w->now + 6 * SH_DAY);
	set_clock(w, -40 * SH_MIN);          /* set back a little */
	play(w, w->now + 4 * SH_DAY);
	w->now += month % 3 ? 3 * SH_DAY : 20 * SH_HOUR; /* switched off */
	play(w, w->now + 5 * SH_DAY);
	set_clock(w, 400 * SH_DAY);          /* a wrong clock, for a quarter of an hour */
	play(w, w->now + 15 * SH_MIN);
	set_clock(w, -400 * SH_DAY);
	play(w, w->now + 7 * SH_DAY);
}

static void test_year(void)
{
	struct world w;
	int64_t before = sh_clock_mono(), start = at("2026-01-01T00:00:00Z");
	size_t behind = 0;

	world_init(&w, 10000, start);
	for (size_t n = 0; n < w.s.n; n++)
		add_year_task(&w, n);
	for (size_t g = 0; g < 20; g++) {
		char name[8];

		snprintf(name, sizeof(name), "g%zu", g);
		sh_map_puts(&w.s.groups, name, (void *)(g + 1));
	}
	world_open(&w, 40);
	w.a.spreads = true;
	w.fails = 5;
	for (int month = 0; month < 12; month++)
		live_through(&w, month);
	play(&w, w.now + 2 * SH_DAY);
	for (size_t n = 0; n < w.s.n; n++) {
		struct sh_last last = w.a.item[n].last;

		behind += sh_due_next(&w.s.task[n], &last, w.now) < w.now - SH_HOUR;
	}
	OK(!w.broken, "a year: no due time twice, none without account, no run beside itself (%zu begun, %zu passed over)",
	   w.started, w.skipped);
	OK(!behind, "no task is behind, or forgotten");
	OK(w.most <= 40 && w.retried > 100 && w.late > 100, "%zu at once, %zu tried again, %zu made up for", w.most,
	   w.retried, w.late);
	diag("it took %lld ms", (long long)((sh_clock_mono() - before) / SH_MS));
	release_texts(&w);
	world_release(&w);
}

static void test_quiet_year(void)
{
	struct world w;
	int64_t start = at("2026-01-01T00:00:30Z"), end = start + 365 * SH_DAY;
	size_t want = 0, wakes;

	world_init(&w, 500, start);
	for (size_t n = 0; n < w.s.n; n++) {
		add_year_task(&w, n);
		w.s.task[n].overlap = SH_CLASH_ALLOW;
		w.s.task[n].missed = SH_MISSED_ONCE;
		w.s.task[n].group = -1;
		w.s.task[n].jitter = 0;
		want += count_due(&w.s.task[n].when, start, end);
	}
	world_open(&w, 64);
	w.lasts = SH_SEC;
	wakes = play(&w, end);
	OK(w.started == want && !w.skipped && !w.broken, "an undisturbed year: %zu due times, %zu runs", want, w.started);
	OK(wakes <= 3 * want, "woken %zu times", wakes);
	release_texts(&w);
	world_release(&w);
}

/* A day of wake-ups each second, every one of them late by up to 40 ms, as on a busy machine. */
static void test_no_drift(void)
{
	struct world w;
	struct sh_error err = SH_ERROR_INIT;
	int64_t start = at("2026-03-28T12:00:00Z"), off = 0;
	size_t wakes;

	world_init(&w, 1, start);
	add_task(&w, 0, SH_WHEN_CALENDAR, "*:*:*", "Europe/Berlin")->overlap = SH_CLASH_ALLOW;
	world_open(&w, 4);
	w.lasts = SH_MS;
	sh_agenda_wake(&w.a, w.now, &err);
	for (wakes = 1; wakes <= 86400; wakes++) {
		int64_t next = sh_agenda_next(&w.a);

		off += llabs(next - start - (int64_t)wakes * SH_SEC);
		w.now = next + (int64_t)draw(40) * SH_MS;
		sh_agenda_wake(&w.a, w.now, &err);
		off += llabs(w.a.item[0].last.due - next);
		w.now += 2 * SH_MS;
		end_runs(&w);
		sh_agenda_wake(&w.a, w.now, &err);
	}
	OK(w.started == 86400 && !w.skipped && !w.broken && !off,
	   "86400 late wake-ups over a change of clocks: %zu runs, and none moves the next by %lld ns", w.started,
	   (long long)off);
	world_release(&w);
}

int main(void)
{
	test_no_drift();
	test_missed();
	test_years();
	test_overlap();
	test_group_and_places();
	test_after_and_retry();
	test_condition();
	test_trigger();
	test_jitter();
	test_quiet_year();
	test_year();
	return plan_done();
}
