/* SPDX-License-Identifier: MIT */
/*
 * Random answers on random terms: the machine, which keeps counters, must say what
 * one says that keeps every answer and looks back over all of them each time; and
 * the same when it is stored and read back, or forgotten while idle, at any point.
 */
#include "config.h"

#include "detect/watch.h"

#include <string.h>

#include "tap.h"

#define STREAMS 4000
#define STEPS   120

struct heard {
	int64_t time;
	enum sh_truth hit, cleared; /* hit is unknown where warm-up ignored it */
	bool after_loss;
};

/* Indices are of what was heard; -1 none. */
struct naive {
	struct sh_watch_terms t;
	struct sh_watch_damping d;
	struct heard h[STEPS];
	int n;
	int written, resolved, opened; /* on which the latest record was due, and these */
	bool open, flapping, lost, stale;
	enum sh_severity severity, told;
	int64_t emitted;
};

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static int64_t count_hits(const struct naive *v)
{
	int64_t hits = 0, seen = 0;

	for (int i = v->n - 1; i > v->written; i--) {
		if (v->h[i].hit == SH_UNKNOWN)
			continue;
		if (v->d.hits_of ? seen == v->d.hits_of : v->h[i].hit == SH_FALSE)
			break;
		seen++;
		hits += v->h[i].hit == SH_TRUE;
	}
	return hits;
}

static int64_t held_for(const struct naive *v)
{
	int64_t since = v->h[v->n - 1].time;

	for (int i = v->n - 1; i > v->resolved && v->h[i].hit != SH_FALSE; i--)
		if (v->h[i].hit == SH_TRUE)
			since = v->h[i].time;
	return v->h[v->n - 1].time - since;
}

static bool says_clear(const struct heard *h)
{
	return h->hit != SH_UNKNOWN && h->cleared != SH_UNKNOWN;
}

static int64_t count_clears(const struct naive *v)
{
	int64_t clears = 0, seen = 0;

	for (int i = v->n - 1; i > v->opened; i--) {
		if (!says_clear(&v->h[i]))
			continue;
		if (v->d.clear_of ? seen == v->d.clear_of : v->h[i].cleared == SH_FALSE)
			break;
		seen++;
		clears += v->h[i].cleared == SH_TRUE;
	}
	return clears;
}

/* Without the time of silence. */
static int64_t clear_for(const struct naive *v)
{
	int64_t sum = 0, of_run = 0;

	for (int i = v->n - 1; i > v->opened; i--) {
		if (says_clear(&v->h[i]) && v->h[i].cleared == SH_FALSE)
			break;
		if (says_clear(&v->h[i]))
			of_run = sum;
		if (i > 0 && !v->h[i].after_loss)
			sum += v->h[i].time - v->h[i - 1].time;
	}
	return of_run;
}

static int64_t since_hit(const struct naive *v)
{
	for (int i = v->n - 1; i >= 0; i--)
		if (v->h[i].hit == SH_TRUE)
			return v->h[v->n - 1].time - v->h[i].time;
	return INT64_MAX;
}

static double score(const struct naive *v, bool *holds)
{
	bool changed[STEPS], state = false;
	double sum = 0;
	int n = 0;

	for (int i = 0; i < v->n; i++) {
		const struct heard *h = &v->h[i];
		bool now = h->hit == SH_TRUE || (state && h->cleared != SH_TRUE);

		if (h->hit == SH_UNKNOWN)
			continue;
		changed[n++] = now != state;
		state = now;
	}
	for (int age = 0; age < n && age < v->d.flap_of; age++)
		if (changed[n - 1 - age])
			sum += 1.25 - 0.5 * age / (v->d.flap_of - 1);
	*holds = state;
	return sum * 100 / v->d.flap_of;
}

static char write_down(struct naive *v, char status)
{
	if (status == 'R' || !v->open)
		v->opened = v->n - 1;
	v->open = status != 'R';
	v->flapping = status == 'F';
	v->written = v->n - 1;
	if (status == 'R')
		v->resolved = v->n - 1;
	v->told = v->severity;
	v->stale = false;
	v->emitted = v->h[v->n - 1].time;
	return status;
}

static char flapped(struct naive *v, bool clear)
{
	bool holds, hit = v->h[v->n - 1].hit == SH_TRUE;
	double s = score(v, &holds);

	if (!v->flapping && (v->open || hit) && s >= v->d.flap_high)
		return write_down(v, 'F');
	if (!v->flapping)
		return 0;
	if (s < v->d.flap_low && clear)
		return write_down(v, 'R');
	if (s < v->d.flap_low && holds)
		return write_down(v, 'A');
	return v->stale ? write_down(v, 'F') : hit ? '+' : '.';
}

static char naive_answer(struct naive *v)
{
	const struct heard *h = &v->h[v->n - 1];
	bool clear;
	char c;

	if (h->hit == SH_UNKNOWN)
		return '.';
	clear = v->open && h->cleared == SH_TRUE && count_clears(v) >= v->t.clear_count &&
		clear_for(v) >= v->d.clear_for && since_hit(v) >= v->d.keep_firing;
	if (v->d.flap_of && (c = flapped(v, clear)))
		return c;
	if (clear)
		return write_down(v, 'R');
	if (h->hit != SH_TRUE)
		return '.';
	if (v->open && (v->stale || v->severity != v->told))
		return write_down(v, 'A');
	if (count_hits(v) < v->t.count || held_for(v) < v->t.for_time)
		return '+';
	if (!v->open)
		return write_down(v, 'O');
	return h->time - v->emitted < v->t.repeat ? '+' : write_down(v, 'A');
}

static char naive_silence(struct naive *v, int64_t now)
{
	bool told = v->stale;

	if (!v->open || v->lost || now < v->h[v->n - 1].time + v->d.stale_after)
		return '.';
	v->lost = v->stale = true;
	return told ? '.' : 'S';
}

static char machine_answer(struct sh_watch *w, const struct naive *v, const struct heard *h)
{
	static const char letters[] = { 'P', 'O', 'A', 'R', 'F', 'S' };
	enum sh_watch_event event;
	enum sh_fault_status status;

	if (h->hit == SH_TRUE)
		sh_watch_rate(w, v->severity);
	event = sh_watch_judge(w, &v->t, &v->d, h->hit, h->cleared, h->time);
	if (event <= SH_WATCH_HIT)
		return event == SH_WATCH_HIT ? '+' : '.';
	status = sh_watch_status(w, event);
	sh_watch_emitted(w, event, h->time);
	return letters[status];
}

static void store(struct sh_watch *w)
{
	json_t *object = sh_watch_to_json(w);
	bool idle = sh_watch_is_idle(w);

	memset(w, 0xee, sizeof(*w));
	if (idle)
		memset(w, 0, sizeof(*w));
	else
		sh_watch_from_json(w, object);
	json_decref(object);
}

static void random_terms(struct naive *v)
{
	memset(v, 0, sizeof(*v));
	v->written = v->resolved = v->opened = -1;
	v->t.count = 1 + below(4);
	v->t.clear_count = 1 + below(4);
	v->t.for_time = below(2) ? 0 : below(12);
	v->t.repeat = below(2) ? 0 : below(20);
	v->d.hits_of = (uint8_t)(below(2) ? 0 : (unsigned)v->t.count + below(6));
	v->d.clear_of = (uint8_t)(below(2) ? 0 : (unsigned)v->t.clear_count + below(6));
	v->d.clear_for = below(2) ? 0 : below(12);
	v->d.keep_firing = below(2) ? 0 : below(12);
	v->d.stale_after = 3 + below(9);
	if (below(2)) {
		v->d.flap_of = (uint8_t)(below(8) ? 2 + below(20) : 64);
		v->d.flap_high = 23.456 + below(40);
		v->d.flap_low = v->d.flap_high - below(20);
	}
}

/* What happens next: both machines are told, their words are compared. */
static bool step(struct naive *v, struct sh_watch *w, int64_t time, unsigned stay, bool *hit)
{
	struct heard h = { .time = time, .after_loss = v->lost };
	unsigned what = below(20);
	char want, got;

	if (what == 0 && v->n > 0) {
		want = naive_silence(v, time);
		got = sh_watch_lost(w, &v->d, 0, time) ? 'S' : '.';
		return want == got;
	}
	*hit = below(stay) ? *hit : !*hit;
	h.hit = what == 1 ? SH_UNKNOWN : *hit ? SH_TRUE : SH_FALSE;
	h.cleared = what == 2 ? SH_UNKNOWN : what == 3 ? SH_FALSE : what == 4 || !*hit ? SH_TRUE : SH_FALSE;
	if (h.hit == SH_UNKNOWN && below(2)) /* not heard at all */
		return machine_answer(w, v, &h) == '.';
	v->lost = false;
	v->h[v->n++] = h;
	if (h.hit == SH_UNKNOWN) {
		sh_watch_ignored(w, time);
		return true;
	}
	if (*hit && below(8) == 0)
		v->severity = (enum sh_severity)below(5);
	want = naive_answer(v);
	got = machine_answer(w, v, &h);
	return want == got && w->hits == count_hits(v) && w->open == v->open;
}

static bool stream(bool split)
{
	struct sh_watch w = { 0 };
	unsigned stay = 1 + below(8);
	bool hit = false;
	struct naive v;
	int64_t time = 1;

	random_terms(&v);
	for (int i = 0; i < STEPS; i++) {
		time += 1 + below(below(6) ? 3 : 15);
		if (split && below(3) == 0)
			store(&w);
		if (!step(&v, &w, time, stay, &hit))
			return false;
	}
	return true;
}

int main(void)
{
	for (int split = 0; split < 2; split++) {
		int failed = 0, first = 0;

		for (int i = 1; i <= STREAMS; i++) {
			seed = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)i;
			if (!stream(split) && !failed++)
				first = i;
		}
		OK(!failed, "%d random streams%s: %d differ, the first is number %d", STREAMS,
		   split ? ", stored at random points" : "", failed, first);
	}
	return plan_done();
}
