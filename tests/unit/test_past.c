/* SPDX-License-Identifier: MIT */
/* The functions over time by hand: what promtool says, when nothing is known, bytes that are damaged. */
#include "config.h"

#include "series/past.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "one_past.h"
#include "series/recent.h"
#include "tap.h"

/* Values at equal distances, the first at 0; NAN where none is. */
static struct sh_past_answer after(const char *name, int64_t window, int64_t every, const double *v,
				   size_t n, int64_t now)
{
	struct one o = begin(name, window, true);
	struct sh_past_answer a;

	if (o.t.n == 1 && !strcmp(name, "predict_linear")) /* an hour ahead */
		o.t.arg[o.t.n++] = (struct sh_past_arg){ SH_PAST_DURATION, 3600, SH_HOUR };
	for (size_t i = 0; i < n && (int64_t)i * every <= now; i++)
		if (!isnan(v[i]))
			o.t.kind->note(o.state, &o.t, (int64_t)i * every, v[i]);
	a = o.t.kind->ask(o.state, &o.t, now);
	end(&o);
	return a;
}

/* What promtool 2.42 says, worked out by hand from its definition of the window and of the stretch. */
static void test_prometheus(void)
{
	static const double middle[] = { 0, 10, 20, 30, 40, 0, 10, 20, 30, 40, 50 };
	static const double late[] = { NAN, NAN, NAN, NAN, NAN, NAN, 100, 110, 120, 130, 140 };
	static const double zero[] = { NAN, NAN, NAN, NAN, NAN, NAN, 2, 12, 22, 32, 42 };
	static const double fall[] = { 50, 40, 30, 20, 10, 0, -10, -20, -30, -40, -50 };
	static const struct {
		const char *name;
		const double *v;
		int64_t window, now;
		double want;
		const char *what;
	} cases[] = {
		{ "increase", middle, 50, 50, 90, "a reset in the middle" },
		{ "rate", middle, 50, 50, 0.03, "a reset in the middle, a second" },
		{ "delta", middle, 50, 50, 50, "the same as a gauge" },
		{ "increase", middle, 10, 50, 20, "both ends of the window belong to it" },
		{ "increase", late, 50, 50, 45, "a series that begins inside, by half a distance" },
		{ "increase", zero, 50, 50, 42, "a counter that began at 0" },
		{ "delta", fall, 50, 50, -100, "a gauge that falls" },
		{ "increase", middle, 11, 53, 22, "the newest point is not at the end" },
		{ "irate", middle, 10, 50, 10 / 300.0, "the last two" },
		{ "irate", middle, 10, 25, 0, "a reset to 0" },
		{ "idelta", middle, 10, 25, -40, "is a step down" },
		{ "deriv", middle, 20, 50, 10 / 300.0, "a straight line" },
		{ "deriv", middle, 50, 50, 0.010606060606060607, "with a reset inside" },
		{ "predict_linear", middle, 20, 50, 170, "on along the line" },
		{ "predict_linear", middle, 50, 50, 76.81818181818181, "past a reset" },
		{ "changes", middle, 50, 50, 10, "each differs" },
		{ "resets", middle, 50, 50, 1, "one is lower" },
		{ "resets", fall, 20, 50, 4, "all are lower" },
		{ "last", middle, 10, 38, 20, "the newest in the window" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_past_answer a = after(cases[i].name, cases[i].window * SH_MIN, 5 * SH_MIN,
						cases[i].v, 11, cases[i].now * SH_MIN);

		OK(a.known && fabs(a.value - cases[i].want) < 1e-9, "%s, %s: %g", cases[i].name,
		   cases[i].what, a.value);
	}
}

/* Of any number of points, with runs of equal ones among them, however the ring lies. */
static void test_steps(void)
{
	static const double v[] = { 1, 1, 2, 2, 2, -0., 0, 7, 6, 6, 5, 8 };
	unsigned wrong = 0;

	for (int64_t window = 1; window <= 40; window++) {
		struct one o = begin("changes", window, true);

		for (int64_t t = 0; t < 200; t++) {
			double steps = 0;

			o.t.kind->note(o.state, &o.t, t, v[t * t % 12]);
			for (int64_t i = t > window ? t - window + 1 : 1; i <= t; i++)
				steps += v[i * i % 12] < v[(i - 1) * (i - 1) % 12] ||
					 v[i * i % 12] > v[(i - 1) * (i - 1) % 12];
			wrong += !(o.t.kind->ask(o.state, &o.t, t).value == steps);
		}
		end(&o);
	}
	OK(!wrong, "changes as they are counted one by one: %u wrong", wrong);
}

static void test_warm_up(void)
{
	struct one o = begin("avg", 5 * SH_MIN, false);
	const struct sh_past_kind *k = o.t.kind;

	OK(!strcmp(k->ask(o.state, &o.t, 0).why, "nothing was measured in the window"), "nothing yet");
	for (int64_t t = 0; t < 5; t++)
		k->note(o.state, &o.t, t * SH_MIN, 1);
	OK(!strcmp(k->ask(o.state, &o.t, 4 * SH_MIN).why, "not yet measured for as long as the window"),
	   "4 minutes are not 5");
	o.t.eager = true;
	OK(k->ask(o.state, &o.t, 4 * SH_MIN).known, "an eager rule answers");
	o.t.eager = false;
	k->note(o.state, &o.t, 5 * SH_MIN, 1);
	OK(k->ask(o.state, &o.t, 5 * SH_MIN).known, "5 are");
	OK(k->ask(o.state, &o.t, 10 * SH_MIN).known, "the oldest end of the window belongs to it");
	OK(!k->ask(o.state, &o.t, 10 * SH_MIN + 1).known, "after a window of silence nothing is known");
	k->note(o.state, &o.t, 11 * SH_MIN, 1);
	OK(!k->ask(o.state, &o.t, 11 * SH_MIN).known, "and it starts anew");
	end(&o);
	o = begin("rate", SH_MIN, true);
	o.t.kind->note(o.state, &o.t, 0, 5);
	OK(!strcmp(o.t.kind->ask(o.state, &o.t, 0).why, "fewer than 2 points in the window"),
	   "a rate needs two points");
	end(&o);
	o = begin("sum", SH_MIN, true);
	o.t.kind->note(o.state, &o.t, 0, 1.5e308);
	o.t.kind->note(o.state, &o.t, 1, 1.5e308);
	OK(!strcmp(o.t.kind->ask(o.state, &o.t, 1).why, "the values are too large"), "no sum is infinite");
	end(&o);
}

/* Stored and loaded it is the same, and what is cut or of the future is refused. */
static bool goes_on(struct one *o)
{
	struct sh_buf b = SH_BUF_INIT, again = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	bool good = true;

	o->t.kind->store(o->state, &o->t, &b);
	memset(o->state, 0, o->t.kind->size(&o->t));
	for (size_t len = 0; len < b.len; len++)
		good = load(o, &b, len, &err) < 0 && good;
	good = load(o, &b, b.len, &err) == 0 && good;
	o->t.kind->store(o->state, &o->t, &again);
	good = b.len == again.len && !memcmp(b.data, again.data, b.len) && good;
	b.data[0] = 9;
	good = load(o, &b, b.len, &err) < 0 && good;
	sh_buf_release(&b);
	sh_buf_release(&again);
	return good;
}

/* Those that need a point or two. */
static void test_latest(void)
{
	struct one p = begin("previous", 1, false), c = begin("changed", 1, false);
	struct one a = begin("absent", 2 * SH_MIN, false), age = begin("age", 1, false);
	struct one l = begin("last", SH_MIN, false), i = begin("irate", SH_MIN, false);
	struct one *all[] = { &p, &c, &a, &age, &l, &i };
	struct sh_past_answer w;
	size_t known = 0, wrong = 0;

	p.t.n = c.t.n = age.t.n = 0;
	for (size_t k = 0; k < 6; k++)
		known += all[k]->t.kind->ask(all[k]->state, &all[k]->t, 5).known;
	OK(!known && a.t.kind->due(a.state, &a.t) == INT64_MAX && age.t.kind->due(age.state, &age.t) == INT64_MAX,
	   "of what was never measured nothing is known, not even that it is absent");
	for (size_t k = 0; k < 6; k++)
		all[k]->t.kind->note(all[k]->state, &all[k]->t, SH_SEC, 7);
	OK(!p.t.kind->ask(p.state, &p.t, SH_SEC).known && !c.t.kind->ask(c.state, &c.t, SH_SEC).known,
	   "the first value has none before it");
	for (size_t k = 0; k < 6; k++)
		all[k]->t.kind->note(all[k]->state, &all[k]->t, 3 * SH_SEC, 9);
	for (size_t k = 0; k < 6; k++)
		wrong += !goes_on(all[k]);
	OK(!wrong, "they go on after being stored, and refuse what is damaged");
	w = p.t.kind->ask(p.state, &p.t, SH_DAY);
	OK(w.known && w.value == 7, "the previous value is known however old");
	w = c.t.kind->ask(c.state, &c.t, 3 * SH_SEC);
	OK(w.known && w.value == 1, "9 differs from 7");
	c.t.kind->note(c.state, &c.t, 4 * SH_SEC, 9);
	w = c.t.kind->ask(c.state, &c.t, 4 * SH_SEC);
	OK(w.known && w.value == 0, "9 does not differ from 9");
	w = i.t.kind->ask(i.state, &i.t, 3 * SH_SEC);
	OK(w.known && w.value == 1, "from 7 to 9 in 2 seconds is 1 a second");
	OK(!i.t.kind->ask(i.state, &i.t, SH_MIN + 2 * SH_SEC).known, "one point in the window is no rate");
	OK(l.t.kind->ask(l.state, &l.t, SH_MIN + 3 * SH_SEC).value == 9, "the last in the window is");
	OK(!l.t.kind->ask(l.state, &l.t, SH_MIN + 3 * SH_SEC + 1).known, "and after it unknown");
	w = age.t.kind->ask(age.state, &age.t, 10 * SH_SEC);
	OK(w.known && w.value == 7 && age.t.kind->due(age.state, &age.t) == 4 * SH_SEC, "its age is 7 s");
	w = a.t.kind->ask(a.state, &a.t, 2 * SH_MIN + 3 * SH_SEC);
	OK(w.known && w.value == 0, "2 minutes later it is not absent for longer than 2 minutes");
	w = a.t.kind->ask(a.state, &a.t, a.t.kind->due(a.state, &a.t));
	OK(w.known && w.value == 1 && a.t.kind->due(a.state, &a.t) == 2 * SH_MIN + 3 * SH_SEC + 1,
	   "right after them it is");
	for (size_t k = 0; k < 6; k++)
		end(all[k]);
}

static void test_changed(void)
{
	struct one o = begin("changed", SH_MIN, false);
	const struct sh_past_kind *k = o.t.kind;
	struct sh_past_answer a;

	for (int64_t t = 0; t < 3; t++)
		k->note(o.state, &o.t, t * 10 * SH_SEC, 5);
	OK(!k->ask(o.state, &o.t, 20 * SH_SEC).known, "that nothing changed is not known of part of a window");
	k->note(o.state, &o.t, 30 * SH_SEC, 6);
	a = k->ask(o.state, &o.t, 30 * SH_SEC);
	OK(a.known && a.value == 1, "a change is");
	for (int64_t t = 4; t < 9; t++)
		k->note(o.state, &o.t, t * 10 * SH_SEC, 6);
	a = k->ask(o.state, &o.t, 80 * SH_SEC);
	OK(a.known && a.value == 1, "it counts while both values are in the window");
	k->note(o.state, &o.t, 90 * SH_SEC, 6);
	a = k->ask(o.state, &o.t, 90 * SH_SEC);
	OK(a.known && a.value == 0, "and then no more");
	end(&o);
}

/* The manual on one line, "" where it cannot be read. */
static char *manual(void)
{
	const char *top = getenv("abs_top_srcdir");
	char path[4096], *text = calloc(1, 1 << 16);
	FILE *f;

	snprintf(path, sizeof(path), "%s/share/man/sh-rules.7", top ? top : ".");
	f = fopen(path, "r");
	if (f) {
		text[fread(text, 1, (1 << 16) - 1, f)] = '\0';
		fclose(f);
	}
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	return text;
}

/* "q, window" is path, q and window in the manual, and what it says of each begins with the same sentence. */
static void test_manual(void)
{
	const struct sh_past_kind *k;
	char *text = manual();

	for (size_t i = 0; (k = sh_past_at(i)); i++) {
		struct sh_buf b = SH_BUF_INIT;

		sh_buf_addf(&b, ".It Fn %s %s", k->name, k->note_metric ? "" : "path ");
		for (const char *s = k->synopsis; *s; s++)
			if (*s != ',')
				sh_buf_addch(&b, *s);
		if (*k->synopsis)
			sh_buf_addch(&b, ' ');
		sh_buf_addstr(&b, k->help);
		OK(strstr(text, sh_buf_str(&b)), "the manual says \"%s\"", sh_buf_str(&b));
		OK(sh_past_find(k->name) == k, "%s is found", k->name);
		sh_buf_release(&b);
	}
	OK(!sh_past_find("average"), "what is not there is not");
	free(text);
}

/* What a sum loses to a large value is kept, in points and in cells. */
static void test_lost_digits(int64_t n)
{
	static const double v[] = { 1e16, 1, -1e16 };
	struct one o = begin("sum", SH_HOUR, true);

	for (int64_t t = 0; t < n; t++)
		o.t.kind->note(o.state, &o.t, t * SH_SEC, v[t % 3]);
	OK(o.t.kind->ask(o.state, &o.t, n * SH_SEC).value == (double)(n / 3), "the sum of %d is exact", (int)n);
	end(&o);
}

/* Memory of a day by the second, and what is exact. */
static void test_size(void)
{
	static const char *const names[] = { "avg", "max", "stddev", "rate", "deriv", "changes" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct one o = begin(names[i], SH_DAY, false);
		struct sh_buf b = SH_BUF_INIT;
		struct sh_recent *r = o.state;
		bool is_exact;

		for (int64_t t = 0; t < 128; t++)
			o.t.kind->note(o.state, &o.t, t * SH_SEC, 1);
		is_exact = !r->has_cells;
		for (int64_t t = 128; t < 200000; t++)
			o.t.kind->note(o.state, &o.t, t * SH_SEC, 1);
		o.t.kind->store(o.state, &o.t, &b);
		OK(is_exact && r->has_cells && b.len < 4096 && (r->cap + 1U) * 56 + sizeof(*r) < 4096,
		   "%s of a day: 128 points are kept, more are stored in %zu bytes", names[i], b.len);
		sh_buf_release(&b);
		end(&o);
	}
}

/* Bytes that are cut, of the future, of another window, or out of order; N points in it. */
static void test_damage(int64_t n)
{
	struct one o = begin("rate", 1000 * SH_SEC, true), other = begin("rate", 999 * SH_SEC, true);
	struct one copy = begin("rate", 1000 * SH_SEC, true);
	struct sh_buf b = SH_BUF_INIT;
	struct sh_error err;
	size_t taken = 0;

	for (int64_t t = 0; t < n; t++)
		o.t.kind->note(o.state, &o.t, t * SH_SEC, (double)t);
	o.t.kind->store(o.state, &o.t, &b);
	for (size_t len = 0; len < b.len; len++)
		taken += load(&copy, &b, len, &err) == 0;
	OK(!taken && !((struct sh_recent *)copy.state)->slot, "%d points cut anywhere are refused", (int)n);
	OK(load(&other, &b, b.len, &err) < 0 && err.code == SH_ERRC_STATE, "%s", err.text);
	for (size_t i = 0; i < b.len; i++) { /* some are taken; none may break what follows */
		b.data[i] ^= (char)0x81;
		if (load(&copy, &b, b.len, &err) == 0) {
			copy.t.kind->note(copy.state, &copy.t, INT64_MAX - 5, 1);
			copy.t.kind->ask(copy.state, &copy.t, INT64_MAX);
			copy.t.kind->release(copy.state);
		}
		b.data[i] ^= (char)0x81;
	}
	b.data[0] = 9;
	OK(load(&copy, &b, b.len, &err) < 0 && strstr(err.text, "version 9"), "%s", err.text);
	sh_buf_release(&b);
	end(&o);
	end(&other);
	end(&copy);
}

static void test_arguments(void)
{
	struct sh_past_terms t = { .kind = sh_past_find("avg"), .n = 1 };
	struct sh_error err = SH_ERROR_INIT;

	t.arg[0] = (struct sh_past_arg){ SH_PAST_NUMBER, 300, 0 };
	OK(t.kind->check(&t, &err) < 0 && !strncmp(err.text, "avg: ", 5), "%s", err.text);
	t.arg[0] = (struct sh_past_arg){ SH_PAST_DURATION, 0, 0 };
	OK(t.kind->check(&t, &err) < 0, "a window of 0 is none");
	t.arg[0] = (struct sh_past_arg){ SH_PAST_DURATION, 300, 300 * SH_SEC };
	OK(t.kind->check(&t, &err) == 0 && t.kind->reach(&t) == 300 * SH_SEC, "5m is a window");
}

int main(void)
{
	test_arguments();
	test_manual();
	test_prometheus();
	test_steps();
	test_warm_up();
	test_latest();
	test_changed();
	test_lost_digits(99);
	test_lost_digits(3000);
	test_size();
	test_damage(50);
	test_damage(900);
	return plan_done();
}
