/* SPDX-License-Identifier: MIT */
/* The functions that learn or look ahead: what they find and leave alone, and that they continue
 * from bytes. */
#include "config.h"

#include "series/past.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "one_past.h"
#include "stream.h"
#include "tap.h"

#define START (INT64_C(1700006400) * SH_SEC) /* midnight in UTC */
#define NEVER (3650. * 86400)

static const struct {
	const char *name;
	struct sh_past_arg arg[2];
	size_t n;
} calls[] = {
	{ "anomaly", { { 0 } }, 0 },
	{ "level", { { 0 } }, 0 },
	{ "time_to", { { SH_PAST_NUMBER, 3, 0 }, { SH_PAST_DURATION, 3600, SH_HOUR } }, 2 },
	{ "time_to", { { SH_PAST_NUMBER, 1e9, 0 } }, 1 },
	{ "forecast", { { SH_PAST_DURATION, 3600, SH_HOUR } }, 1 },
	{ "forecast",
	  { { SH_PAST_DURATION, 60, SH_MIN }, { SH_PAST_DURATION, 3600, SH_HOUR } },
	  2 },
	{ "trend", { { SH_PAST_DURATION, 3600, SH_HOUR } }, 1 },
	{ "deviation", { { SH_PAST_DURATION, 7200, 2 * SH_HOUR } }, 1 },
	{ "deviation", { { SH_PAST_DURATION, 86400, SH_DAY } }, 1 },
	{ "deviation", { { SH_PAST_DURATION, 604800, 7 * SH_DAY } }, 1 },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static struct one begin_call(size_t i)
{
	struct one o = { .t = { .kind = sh_past_find(calls[i].name), .n = calls[i].n } };

	memcpy(o.t.arg, calls[i].arg, sizeof(calls[i].arg));
	o.state = calloc(1, o.t.kind->size(&o.t));
	return o;
}

static struct one begin_named(const char *name)
{
	for (size_t i = 0; i < CALLS; i++)
		if (!strcmp(calls[i].name, name))
			return begin_call(i);
	abort();
}

static void note(struct one *o, int64_t time, double v)
{
	o->t.kind->note(o->state, &o->t, time, v);
}

static struct sh_past_answer ask(const struct one *o, int64_t now)
{
	return o->t.kind->ask(o->state, &o->t, now);
}

/* What the streams of stream.h do, and values no one expects. */
static struct sh_point hard(struct stream *s)
{
	struct sh_point p = next(s);
	uint64_t chance = draw(&s->seed) % 1000;

	if (s->shape != STEPS && chance < 3)
		p.value = chance == 0 ? 1.7e308 : chance == 1 ? -1.7e308 : 4e-324;
	return p;
}

static void restart(struct one *o, struct sh_buf *b)
{
	struct one fresh = { .t = o->t, .state = calloc(1, o->t.kind->size(&o->t)) };
	struct sh_error err;

	sh_buf_clear(b);
	o->t.kind->store(o->state, &o->t, b);
	if (load(&fresh, b, b->len, &err) < 0)
		OK(false, "%s: what was stored loads: %s", o->t.kind->name, err.text);
	free(o->state);
	o->state = fresh.state;
}

static bool are_same(const struct sh_past_answer *a, const struct sh_past_answer *b)
{
	return a->known == b->known && memcmp(&a->value, &b->value, sizeof(a->value)) == 0;
}

/* One state never stored, one stored and loaded now and then: the same answers to the bit. */
static void test_split(size_t call, int shape)
{
	struct stream s = { .seed = 1 + call * 97 + (uint64_t)shape,
			    .time = START,
			    .every = SH_MIN / 4,
			    .shape = shape };
	struct one whole = begin_call(call), split = begin_call(call);
	SH_CLEANUP_BUF struct sh_buf b = SH_BUF_INIT, c = SH_BUF_INIT;
	size_t differ = 0, known = 0, wild = 0;

	for (int i = 0; i < 12000; i++) {
		struct sh_point p = hard(&s);
		struct sh_past_answer a, d;
		bool judged = whole.t.kind->judge && i % 3000 > 2800;

		(judged ? whole.t.kind->judge : whole.t.kind->note)(whole.state, &whole.t, p.time,
								    p.value);
		(judged ? split.t.kind->judge : split.t.kind->note)(split.state, &split.t, p.time,
								    p.value);
		if (i < 150 || draw(&s.seed) % 40 == 0)
			restart(&split, &b);
		a = ask(&whole, p.time);
		d = ask(&split, p.time);
		differ += !are_same(&a, &d);
		known += a.known;
		wild += !isfinite(a.value) || (!a.known && !a.why);
	}
	sh_buf_clear(&b);
	whole.t.kind->store(whole.state, &whole.t, &b);
	split.t.kind->store(split.state, &split.t, &c);
	OK(differ == 0 && wild == 0 && b.len == c.len && !memcmp(b.data, c.data, b.len),
	   "%s %zu, shape %d: stored and loaded it goes on to the bit (%zu known, %zu wild, %zu "
	   "differ)",
	   whole.t.kind->name, call, shape, known, wild, differ);
	end(&whole);
	end(&split);
}

static void test_damage(size_t call, int rows)
{
	struct stream s = { .seed = 7, .time = START, .every = SH_MIN, .shape = GAUGE };
	struct one o = begin_call(call), t = begin_call(call), fresh = begin_call(call);
	SH_CLEANUP_BUF struct sh_buf b = SH_BUF_INIT;
	size_t size = o.t.kind->size(&o.t), taken = 0, unclean = 0;
	struct sh_error err;

	for (int i = 0; i < rows; i++) {
		struct sh_point p = next(&s);

		note(&o, p.time, p.value);
	}
	o.t.kind->store(o.state, &o.t, &b);
	for (size_t len = 0; len < b.len; len++) {
		taken += load(&t, &b, len, &err) == 0;
		unclean += memcmp(t.state, fresh.state, size) != 0;
		memset(t.state, 0, size);
	}
	b.data[0] = 2;
	taken += load(&t, &b, b.len, &err) == 0;
	OK(taken == 0 && unclean == 0,
	   "%s %zu: cut or newer bytes are refused, and leave a new state: %s", o.t.kind->name,
	   call, err.text);
	b.data[0] = 1;
	for (size_t i = 1; i < b.len; i++) { /* damage that is not seen must not do harm */
		char was = b.data[i];

		b.data[i] = (char)(draw(&s.seed) & 0xff);
		memset(t.state, 0, size);
		if (load(&t, &b, b.len, &err) == 0)
			for (int k = 0; k < 3; k++) {
				struct sh_point p = next(&s);

				note(&t, p.time, p.value);
				(void)ask(&t, p.time);
			}
		b.data[i] = was;
	}
	end(&o);
	end(&t);
	end(&fresh);
}

/* Between -.5 and .5. */
static double noise(uint64_t *seed)
{
	return fraction(seed) - .5;
}

static void test_anomaly_onset(void)
{
	struct one o = begin_named("anomaly");
	uint64_t seed = 3;
	int64_t time = START;
	double largest = 0;
	int onsets = 0, rows = 0;

	for (; !ask(&o, time).known; rows++)
		note(&o, time += SH_MIN, 50 + noise(&seed));
	OK(rows == 110, "anomaly is unknown before 110 measurements: %d", rows);
	for (int i = 0; i < 3000; i++) {
		note(&o, time += SH_MIN, 50 + noise(&seed));
		onsets += ask(&o, time).value > 5.3;
	}
	OK(onsets <= 3, "noise is hardly ever an onset: %d of 3000", onsets);
	onsets = 0;
	for (int i = 0; i < 30; i++) {
		note(&o, time += SH_MIN, 58 + noise(&seed));
		largest = fmax(largest, ask(&o, time).value);
		onsets += ask(&o, time).value > 5.3;
	}
	OK(largest > 7 && onsets <= 2, "an incident is an onset and no more: %g, %d of 30", largest,
	   onsets);
	for (int i = 0; i < 200; i++)
		note(&o, time += SH_MIN, 50 + noise(&seed));
	note(&o, time += SH_MIN, 90);
	OK(ask(&o, time).value > 7 && ask(&o, time + 1).value == 0,
	   "and only of its own measurement");
	end(&o);
}

/* The first answer when 20 is seen again after noise around 50, when the first time was noted or
 * judged. */
static double again(bool judged)
{
	struct one o = begin_named("anomaly");
	uint64_t seed = 5;
	int64_t time = START;
	double first = 0;

	for (int i = 0; i < 2000; i++)
		note(&o, time += SH_MIN, 50 + noise(&seed));
	for (int i = 0; i < 3; i++)
		(judged ? o.t.kind->judge : o.t.kind->note)(o.state, &o.t, time += SH_MIN, 20);
	for (int i = 0; i < 500; i++)
		note(&o, time += SH_MIN, 50 + noise(&seed));
	note(&o, time += SH_MIN, 20);
	first = ask(&o, time).value;
	end(&o);
	return first;
}

static void test_anomaly_hold(void)
{
	double judged = again(true), noted = again(false);

	OK(judged > 7 && noted < judged,
	   "what was judged and not learned is new again: %g, else %g", judged, noted);
}

/* A constant series, and what a gap and a clock that is set do to any of them. */
static void test_quiet(size_t call)
{
	struct one o = begin_call(call);
	int64_t time = START;
	uint64_t seed = 11;
	int alarms = 0;

	for (int i = 0; i < 8000; i++) {
		struct sh_past_answer a;
		double v = i < 4000 ? 1 : 1 + .01 * noise(&seed);

		time += i == 2000 || i == 6000 ? 3 * SH_DAY : i == 7000 ? 30 * SH_DAY + 1 : SH_MIN;
		note(&o, time, v);
		a = ask(&o, time);
		if (i < 4000 || i == 6000 || i == 7000) {
			if (o.t.kind->is_duration)
				alarms += a.known && a.value < 4 * 3600;
			else if (o.t.kind == sh_past_find("forecast"))
				alarms += a.known && fabs(a.value - 1) > .1;
			else
				alarms += a.known && fabs(a.value) > 4.5;
		}
	}
	OK(alarms == 0, "%s %zu: nothing is found in a constant or after a gap: %d", o.t.kind->name,
	   call, alarms);
	end(&o);
}

static void test_level(void)
{
	struct one o = begin_named("level");
	uint64_t seed = 9;
	int64_t time = START;
	int rows = 0;
	double at_first, held, judged;

	for (; !ask(&o, time).known; rows++)
		note(&o, time += SH_MIN, 50 + noise(&seed));
	OK(rows == 24, "level is unknown before 24 measurements: %d", rows);
	for (int i = 0; i < 500; i++)
		note(&o, time += SH_MIN, 50 + noise(&seed));
	note(&o, time += SH_MIN, 54);
	at_first = ask(&o, time).value;
	note(&o, time += SH_MIN, 50);
	held = ask(&o, time).value;
	OK(at_first > 9 && held < at_first && held > at_first / 2,
	   "a far value is far, and a little longer: %g %g", at_first, held);
	for (int i = 0; i < 20; i++)
		note(&o, time += SH_MIN, 50);
	OK(ask(&o, time).value < 1, "not for ever: %g", ask(&o, time).value);
	for (int i = 0; i < 1000; i++)
		o.t.kind->judge(o.state, &o.t, time += SH_MIN, 54);
	judged = ask(&o, time).value;
	OK(judged > 9, "what is judged does not become usual: %g", judged);
	for (int i = 0; i < 1000; i++)
		note(&o, time += SH_MIN, 54);
	OK(ask(&o, time).value < 2, "what is noted does at last: %g", ask(&o, time).value);
	end(&o);
}

static struct one begin_time_to(double limit)
{
	struct one o = { .t = { .kind = sh_past_find("time_to"), .n = 1 } };

	o.t.arg[0] = (struct sh_past_arg){ SH_PAST_NUMBER, limit, 0 };
	o.state = calloc(1, o.t.kind->size(&o.t));
	return o;
}

/* Goes on for N steps of ten minutes by STEP; returns the value. */
static double go(struct one *o, int64_t *time, double v, int n, double step)
{
	for (int i = 0; i < n; i++)
		note(o, *time += 10 * SH_MIN, v += step);
	return v;
}

static void test_time_to(double from, double limit)
{
	struct one o = begin_time_to(limit);
	int64_t time = START;
	double sign = limit > from ? 1 : -1, v = from, left;

	note(&o, time, v);
	v = go(&o, &time, v, 71, sign * .05);
	OK(!ask(&o, time).known, "%g to %g: unknown within a quarter of the window: %s", from,
	   limit, ask(&o, time).why);
	v = go(&o, &time, v, 729, sign * .05);
	left = fabs(limit - v) / .05 * 600;
	OK(fabs(ask(&o, time).value / left - 1) < .1, "a line is continued: %g, in truth %g",
	   ask(&o, time).value, left);
	OK(ask(&o, time + SH_HOUR).value == ask(&o, time).value - 3600, "and time goes on");
	v = go(&o, &time, v, 600, -sign * .05);
	OK(ask(&o, time).value == NEVER, "going back it is ten years: %g", ask(&o, time).value);
	v = go(&o, &time, v, (int)(fabs(limit - v) / .5) - 4, sign * .5);
	OK(ask(&o, time).value < 3 * 3600, "a runaway is seen near the limit: %g",
	   ask(&o, time).value);
	go(&o, &time, v, 10, sign * .5);
	OK(ask(&o, time).known && ask(&o, time).value == 0, "beyond the limit it is 0");
	end(&o);
}

/* A file system cleaned up at 90 % again and again is no alarm at the second time; full is. */
static void test_cleaned(void)
{
	struct one o = begin_time_to(100);
	int64_t time = START;
	int first = 0, again = 0;
	double v = 50;

	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 400; i++) {
			v = go(&o, &time, v, 1, .1);
			if (ask(&o, time).known && ask(&o, time).value < 86400)
				*(round ? &again : &first) += 1;
		}
		v = go(&o, &time, v, 1, -40);
	}
	OK(first > 0 && again == 0, "cleaned up at 90 again and again: %d times near, then %d",
	   first, again);
	v = go(&o, &time, v, 450, .1);
	OK(ask(&o, time).value < 86400, "nearer than ever it is an alarm: %g", ask(&o, time).value);
	end(&o);
}

static void test_forecast(void)
{
	struct one o = begin_named("forecast");
	int64_t time = START;
	double v = 10;

	for (int i = 0; i < 400; i++)
		note(&o, time += SH_MIN, v += .1);
	OK(fabs(ask(&o, time).value - (v + 6)) < .3, "an hour ahead on a line: %g, in truth %g",
	   ask(&o, time).value, v + 6);
	end(&o);
}

static void test_trend(void)
{
	struct one o = begin_named("trend");
	int64_t time = START;
	uint64_t seed = 21;
	double v = 10;
	int counted = 0;

	for (int i = 0; i < 25; i++)
		note(&o, time += SH_MIN, v += .1);
	OK(!ask(&o, time).known, "less than half of a window is no trend: %s", ask(&o, time).why);
	o.t.eager = true;
	OK(fabs(ask(&o, time).value * 60 - .1) < 1e-9, "but eagerly it is one");
	o.t.eager = false;
	for (int i = 0; i < 200; i++)
		note(&o, time += SH_MIN, (v += .1) + (i % 40 == 7 ? 1000 : 0));
	OK(fabs(ask(&o, time).value * 60 - .1) < .01, "outliers do not move it: %g a minute",
	   ask(&o, time).value * 60);
	for (int i = 0; i < 3000; i++) {
		note(&o, time += SH_MIN, noise(&seed));
		counted += i > 100 && ask(&o, time).value != 0;
	}
	OK(counted < 250, "noise has no trend: %d of 2900", counted);
	OK(!ask(&o, time + SH_DAY).known, "a day later it is unknown");
	end(&o);
}

static double day(int64_t time, uint64_t *seed)
{
	return 50 + 30 * sin((double)(time % SH_DAY) / (double)SH_DAY * 2 * M_PI) + noise(seed);
}

static void note_day(struct one *o, int64_t *time, uint64_t *seed)
{
	*time += 5 * SH_MIN;
	note(o, *time, day(*time, seed));
}

static void test_deviation(void)
{
	struct one o = begin_call(8);
	int64_t time = START;
	uint64_t seed = 13;
	int far = 0;

	while (!ask(&o, time).known)
		note_day(&o, &time, &seed);
	OK(time - START > 2 * SH_DAY && time - START < 2 * SH_DAY + SH_HOUR,
	   "unknown for two periods: %g h", (double)(time - START) / SH_HOUR);
	for (int i = 0; i < 12 * 24 * 5; i++) {
		note_day(&o, &time, &seed);
		far += fabs(ask(&o, time).value) > 4;
	}
	OK(far == 0, "days like those before are not far: %d", far);
	while (time % SH_DAY != 18 * SH_HOUR)
		note_day(&o, &time, &seed);
	note(&o, time += 5 * SH_MIN, 50);
	OK(ask(&o, time).value > 6, "usual at noon is far in the evening: %g", ask(&o, time).value);
	for (int i = 0; i < 1000; i++)
		o.t.kind->judge(o.state, &o.t, time += 5 * SH_MIN, 90);
	note_day(&o, &time, &seed);
	OK(fabs(ask(&o, time).value) < 4, "what was judged is not learned: %g",
	   ask(&o, time).value);
	end(&o);
}

static void test_checks(void)
{
	static const struct {
		const char *name;
		struct sh_past_arg arg;
	} bad[] = {
		{ "time_to", { SH_PAST_DURATION, 1, SH_SEC } },
		{ "forecast", { SH_PAST_NUMBER, 1, 0 } },
		{ "trend", { SH_PAST_NUMBER, 1, 0 } },
		{ "deviation", { SH_PAST_DURATION, 1, SH_SEC } },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sh_past_terms t = { .kind = sh_past_find(bad[i].name),
					   .arg = { bad[i].arg },
					   .n = 1 };
		struct sh_error err = SH_ERROR_INIT;

		OK(t.kind->check(&t, &err) < 0 &&
			   !strncmp(err.text, bad[i].name, strlen(bad[i].name)),
		   "%s", err.text);
	}
}

int main(void)
{
	for (size_t i = 0; i < CALLS; i++) {
		for (int shape = 0; shape < SHAPES; shape++)
			test_split(i, shape);
		test_damage(i, 30);
		test_damage(i, 300);
		test_quiet(i);
	}
	test_anomaly_onset();
	test_anomaly_hold();
	test_level();
	test_time_to(40, 100);
	test_time_to(60, 0);
	test_cleaned();
	test_forecast();
	test_trend();
	test_deviation();
	test_checks();
	return plan_done();
}
