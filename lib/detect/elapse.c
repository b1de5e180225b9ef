/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/elapse.h"

#include "base/clock.h"
#include "detect/candidates.h"
#include "detect/hushed.h"
#include "detect/judge.h"
#include "detect/past.h"
#include "detect/picture.h"

/* A silence of all sources that is longer than this, and than three times what is usual, is one of ours. */
#define SILENCE (5 * SH_MIN)

static int64_t watch_due(const struct sh_detector *d, const struct sh_subject *s)
{
	int64_t due = INT64_MAX;

	for (const struct sh_watched *w = s->watch; w; w = w->next) {
		const struct sh_rule *rule = &d->rules->rule[w->rule];
		int64_t own = rule->is_log ? sh_judge_log_due(rule, w)
					   : sh_watch_due(&w->watch, &rule->damping, w->interval);

		due = own < due ? own : due;
		if (sh_hushed_is(w) && w->hushed.again < due)
			due = w->hushed.again;
	}
	return due;
}

void sh_elapse_reckon(struct sh_detector *d, struct sh_subject *s, int64_t now)
{
	int64_t watch = watch_due(d, s), past = INT64_MAX;

	if (s->route->is_timed)
		past = sh_past_due(&d->book, s, now);
	s->due = watch < past ? watch : past;
	if (s->due != INT64_MAX)
		s->due += sh_subject_lag(s);
	sh_timers_put(&d->timers, s);
}

/* What no line said again for long is over. */
static void end_logs(struct sh_detector *d, struct sh_subject *s, int64_t now)
{
	struct sh_record none = SH_RECORD_INIT;
	struct sh_look l = sh_candidates_look(d, &none, s, now);

	for (struct sh_watched *w = s->watch; w; w = w->next) {
		const struct sh_rule *rule = &d->rules->rule[w->rule];

		if (!rule->is_log || sh_judge_log_due(rule, w) > now)
			continue;
		sh_look_rule(&l, rule);
		sh_judge_log_end(d, &l, w);
	}
	sh_watched_prune(&s->watch);
	sh_look_release(&l);
}

static void tell_lost(struct sh_detector *d, struct sh_subject *s, int64_t now)
{
	for (struct sh_watched *w = s->watch; w; w = w->next) {
		const struct sh_rule *rule = &d->rules->rule[w->rule];

		if (!rule->is_log && sh_watch_lost(&w->watch, &rule->damping, w->interval, now) && w->shown)
			sh_judge_write(d, rule, w, SH_FAULT_STALE, now);
	}
}

static void judge_timed(struct sh_detector *d, struct sh_subject *s, int64_t now)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_look l = sh_candidates_look(d, &r, s, now);

	l.timed = true;
	if (s->rare && s->rare->line_len &&
	    sh_record_view(&r, s->rare->line, s->rare->line_len, s->host->name, s->last, &ignored) == 0) {
		for (size_t i = 0; i < d->rules->n; i++) {
			size_t word = i / 64;

			if (i % 64 == 0)
				d->candidate[word] = 0;
			if (d->book.rule[i].is_timed && sh_route_has(s->route, i))
				d->candidate[word] |= UINT64_C(1) << (i % 64);
		}
		sh_candidates_judge(d, &l);
	}
	sh_look_release(&l);
	sh_record_release(&r);
}

/*
 * Silence of all sources says nothing of one: what it had still to wait it waits
 * from now. Where all come in rounds that are further apart than it waits, it is
 * missed when it misses a second round: the first has only just begun.
 */
static bool postpone(struct sh_detector *d, struct sh_subject *s, int64_t now, bool heard_all)
{
	int64_t last = s->last + sh_subject_lag(s), wait = s->due - last;
	int64_t heard = last > d->resumed_before ? last : d->resumed_before;

	if (s->due <= d->resumed && last < d->resumed)
		s->due = d->resumed + (s->due - heard);
	else if (!heard_all && s->due > now - d->pause && last < now && d->pause > wait)
		s->due = now + d->pause;
	else
		return false;
	sh_store_touch(&d->store, s);
	sh_timers_put(&d->timers, s);
	return true;
}

/* A fault whose rule is no more: whoever follows it is told once that it ended. */
static void tell_orphans(struct sh_detector *d, int64_t time)
{
	size_t i;
	json_t *object;

	json_array_foreach(d->orphans, i, object) {
		SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
		struct sh_watched w = { 0 };

		sh_watch_from_json(&w.watch, object);
		if (sh_picture_write(json_object_get(object, "fault"), NULL, &w, SH_FAULT_RESOLVED, time,
				     &line))
			d->emit(d->arg, line.data, line.len);
	}
	json_decref(d->orphans);
	d->orphans = NULL;
}

void sh_elapse_through(struct sh_detector *d, int64_t now, bool heard_all)
{
	struct sh_subject *s;
	int64_t own;

	while ((s = sh_timers_take(&d->timers, now))) {
		if (postpone(d, s, now, heard_all))
			continue;
		sh_store_touch(&d->store, s);
		own = now - sh_subject_lag(s);
		tell_lost(d, s, own);
		if (d->book.has_logs)
			end_logs(d, s, own);
		sh_hushed_look(d, s, own);
		if (s->route->is_timed)
			judge_timed(d, s, own);
		sh_elapse_reckon(d, s, own);
	}
}

void sh_elapse_note(struct sh_detector *d, int64_t time)
{
	int64_t jump = d->store.largest ? sh_damage_between(d->store.largest, time) : 0;

	if (jump > SILENCE && jump > 3 * d->usual) {
		d->resumed_before = d->resumed;
		d->resumed = time;
	}
	if (jump >= SH_SEC)
		d->usual = jump > d->usual - d->usual / 8 ? jump : d->usual - d->usual / 8;
	d->pause = jump;
	d->store.largest = time;
}

void sh_elapse_to(struct sh_detector *d, const struct sh_record *r)
{
	int64_t time;

	if (d->orphans)
		tell_orphans(d, r->time);
	if (r->time <= d->store.largest)
		return;
	time = sh_leap_time(&d->leap, d->store.largest, r->time, r->host);
	if (time <= d->store.largest)
		return;
	if (sh_timers_due(&d->timers, d->store.largest))
		sh_elapse_through(d, d->store.largest, false);
	sh_elapse_note(d, time);
}
