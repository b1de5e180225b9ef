/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/watch.h"

#include "base/clock.h"
#include "detect/damage.h"
#include "record/json.h"
#include "series/hits.h"

static const struct sh_watch_damping none;

/* What was silent in between says nothing about the condition. */
static void hear(struct sh_watch *w, int64_t time)
{
	if (w->lost && w->clear_since)
		w->clear_since += time - w->heard;
	w->lost = false;
	w->heard = time;
}

static void miss(struct sh_watch *w, const struct sh_watch_damping *d)
{
	w->recent = sh_hits_note(w->recent, d->hits_of, false);
	w->hits = sh_hits_of(w->recent, d->hits_of);
	w->run_since = 0;
	if (!w->open && w->hits == 0)
		w->total_hits = 0;
}

static void count_hit(struct sh_watch *w, const struct sh_watch_damping *d, int64_t time)
{
	if (w->hits == 0)
		w->since = time;
	if (!w->run_since)
		w->run_since = time;
	if (!w->open && w->total_hits == 0)
		w->first_hit = time;
	w->recent = sh_hits_note(w->recent, d->hits_of, true);
	w->hits = d->hits_of ? (int64_t)sh_hits_of(w->recent, d->hits_of) : w->hits + 1;
	w->total_hits++;
	w->until = time;
}

static void count_clear(struct sh_watch *w, const struct sh_watch_damping *d, bool cleared,
			int64_t time)
{
	if (!cleared)
		w->clear_since = 0;
	else if (!w->clear_since)
		w->clear_since = time;
	w->cleared = sh_hits_note(w->cleared, d->clear_of, cleared);
	w->clears = d->clear_of ? (int64_t)sh_hits_of(w->cleared, d->clear_of) :
		    cleared	? w->clears + 1 :
				  0;
}

/* Between hit and clear the state is what it was: the band of a hysteresis does not flap. */
static void note_state(struct sh_watch *w, const struct sh_watch_damping *d, bool hit, bool cleared)
{
	bool holds = hit || (w->holds && !cleared);

	if (!d->flap_of) {
		w->holds = w->flapping = false;
		w->changes = 0;
		return;
	}
	w->changes = sh_hits_note(w->changes, d->flap_of, holds != w->holds);
	w->holds = holds;
}

static void begin(struct sh_watch *w)
{
	w->open = true;
	w->clears = 0;
	w->clear_since = 0;
	w->cleared = 0;
}

static bool is_clear(const struct sh_watch *w, const struct sh_watch_terms *t,
		     const struct sh_watch_damping *d, int64_t time)
{
	return w->clears >= t->clear_count && time - w->clear_since >= d->clear_for &&
	       time - w->until >= d->keep_firing;
}

/* A fault that is not open begins with a hit, which names it and has its values. */
static bool begins_to_flap(const struct sh_watch *w, const struct sh_watch_damping *d, bool hit)
{
	return d->flap_of && !w->flapping && (w->open || hit) &&
	       sh_watch_score(w, d) >= d->flap_high;
}

static enum sh_watch_event begin_to_flap(struct sh_watch *w, int64_t time)
{
	bool was_open = w->open;

	w->flapping = true;
	w->flap_since = time;
	if (was_open)
		return SH_WATCH_ONGOING;
	begin(w);
	return SH_WATCH_OPENED;
}

/* It ends with the state that is real then; one that is clear, but not for long enough, goes on. */
static enum sh_watch_event flap_on(struct sh_watch *w, const struct sh_watch_damping *d, bool hit,
				   bool clear)
{
	if (sh_watch_score(w, d) < d->flap_low && clear)
		return SH_WATCH_RESOLVED;
	if (sh_watch_score(w, d) < d->flap_low && w->holds) {
		w->flapping = false;
		return SH_WATCH_ONGOING;
	}
	if (w->stale)
		return SH_WATCH_ONGOING;
	return hit ? SH_WATCH_HIT : SH_WATCH_NOTHING;
}

static enum sh_watch_event on_hit(struct sh_watch *w, const struct sh_watch_terms *t, int64_t time)
{
	if (w->open && (w->stale || w->severity != w->told))
		return SH_WATCH_ONGOING;
	if (w->hits < t->count || time - w->run_since < t->for_time)
		return SH_WATCH_HIT;
	if (!w->open) {
		begin(w);
		return SH_WATCH_OPENED;
	}
	return time - w->emitted < t->repeat ? SH_WATCH_HIT : SH_WATCH_ONGOING;
}

void sh_watch_rate(struct sh_watch *w, enum sh_severity severity)
{
	w->severity = (uint8_t)severity;
}

enum sh_watch_event sh_watch_judge(struct sh_watch *w, const struct sh_watch_terms *terms,
				   const struct sh_watch_damping *damping, enum sh_truth hit,
				   enum sh_truth cleared, int64_t time)
{
	bool clear;

	if (hit == SH_UNKNOWN)
		return SH_WATCH_NOTHING;
	hear(w, time);
	if (hit == SH_TRUE)
		count_hit(w, damping, time);
	else
		miss(w, damping);
	note_state(w, damping, hit == SH_TRUE, cleared == SH_TRUE);
	if (w->open && cleared != SH_UNKNOWN)
		count_clear(w, damping, cleared == SH_TRUE, time);
	if (begins_to_flap(w, damping, hit == SH_TRUE))
		return begin_to_flap(w, time);
	clear = w->open && cleared == SH_TRUE && is_clear(w, terms, damping, time);
	if (w->flapping)
		return flap_on(w, damping, hit == SH_TRUE, clear);
	if (clear)
		return SH_WATCH_RESOLVED;
	return hit == SH_TRUE ? on_hit(w, terms, time) : SH_WATCH_NOTHING;
}

enum sh_watch_event sh_watch_step(struct sh_watch *w, const struct sh_watch_terms *terms,
				  enum sh_truth hit, enum sh_truth cleared, int64_t time)
{
	return sh_watch_judge(w, terms, &none, hit, cleared, time);
}

enum sh_fault_status sh_watch_status(const struct sh_watch *w, enum sh_watch_event event)
{
	switch (event) {
	case SH_WATCH_OPENED:
		return w->flapping ? SH_FAULT_FLAPPING : SH_FAULT_OPEN;
	case SH_WATCH_ONGOING:
		return w->flapping ? SH_FAULT_FLAPPING : SH_FAULT_ONGOING;
	case SH_WATCH_RESOLVED:
		return SH_FAULT_RESOLVED;
	case SH_WATCH_NOTHING:
	case SH_WATCH_HIT:
		break;
	}
	return !w->open	   ? SH_FAULT_PENDING :
	       w->stale	   ? SH_FAULT_STALE :
	       w->flapping ? SH_FAULT_FLAPPING :
			     SH_FAULT_ONGOING;
}

void sh_watch_emitted(struct sh_watch *w, enum sh_watch_event event, int64_t time)
{
	w->hits = 0;
	w->recent = 0;
	w->emitted = time;
	w->told = w->severity;
	w->stale = false;
	if (event != SH_WATCH_RESOLVED)
		return;
	w->open = w->flapping = false;
	w->clears = 0;
	w->clear_since = 0;
	w->cleared = 0;
	miss(w, &none);
}

void sh_watch_ignored(struct sh_watch *w, int64_t time)
{
	hear(w, time);
}

void sh_watch_missed(struct sh_watch *w, int64_t time)
{
	int64_t silence = time - w->heard;

	if (w->run_since)
		w->run_since += silence;
	if (w->clear_since && !w->lost)
		w->clear_since += silence;
}

void sh_watch_move(struct sh_watch *w, int64_t by)
{
	int64_t *const times[] = { &w->since, &w->until,       &w->run_since, &w->emitted,
				   &w->heard, &w->clear_since, &w->flap_since };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (*times[i])
			*times[i] = sh_damage_moved(*times[i], by);
	if (!w->open && w->first_hit)
		w->first_hit = sh_damage_moved(w->first_hit, by);
}

int64_t sh_watch_due(const struct sh_watch *w, const struct sh_watch_damping *damping,
		     int64_t interval)
{
	int64_t wait = damping->stale_after, due;

	if (!w->open || w->lost || wait < 0)
		return INT64_MAX;
	if (wait == 0 && __builtin_mul_overflow(interval, 3, &wait))
		return INT64_MAX;
	if (damping->stale_after == 0 && wait < 2 * SH_MIN)
		wait = 2 * SH_MIN;
	return __builtin_add_overflow(w->heard, wait, &due) ? INT64_MAX : due;
}

bool sh_watch_lost(struct sh_watch *w, const struct sh_watch_damping *damping, int64_t interval,
		   int64_t now)
{
	int64_t due = sh_watch_due(w, damping, interval);
	bool told = w->stale;

	if (due == INT64_MAX || now < due)
		return false;
	w->lost = w->stale = true;
	return !told;
}

double sh_watch_score(const struct sh_watch *w, const struct sh_watch_damping *damping)
{
	return damping->flap_of ? sh_hits_score(w->changes, damping->flap_of) : 0;
}

bool sh_watch_is_idle(const struct sh_watch *w)
{
	return !w->open && w->hits == 0 && !w->holds && !w->changes && !w->recent;
}

static void explain_count(struct sh_buf *out, int64_t n, int64_t of, unsigned last)
{
	sh_buf_addf(out, "%lld of %lld ", (long long)n, (long long)of);
	if (last)
		sh_buf_addf(out, "in the last %u", last);
	else
		sh_buf_addstr(out, "in a row");
}

/* Of the duration WANTED of "what" that began at SINCE, 0 not yet. */
static void explain_time(struct sh_buf *out, const char *what, int64_t since, int64_t now,
			 int64_t wanted)
{
	char past[SH_DURATION_TEXT], of[SH_DURATION_TEXT];

	if (!wanted || !since)
		return;
	sh_duration_format(past, now - since);
	sh_duration_format(of, wanted);
	sh_buf_addf(out, "; %s %s of %s", what, past, of);
}

static void explain_clear(const struct sh_watch *w, const struct sh_watch_terms *t,
			  const struct sh_watch_damping *d, int64_t time, struct sh_buf *out)
{
	if (!w->clears)
		return;
	sh_buf_addstr(out, "; clear ");
	explain_count(out, w->clears, t->clear_count, d->clear_of);
	explain_time(out, "clear for", w->clear_since, time, d->clear_for);
	explain_time(out, "kept firing for", w->until, time, d->keep_firing);
}

void sh_watch_explain(const struct sh_watch *w, const struct sh_watch_terms *terms,
		      const struct sh_watch_damping *damping, int64_t time, struct sh_buf *out)
{
	explain_count(out, w->hits, terms->count, damping->hits_of);
	if (w->open)
		sh_buf_addf(out, ", open%s%s", w->flapping ? ", flapping" : "",
			    w->stale ? ", stale" : "");
	explain_time(out, "true for", w->run_since, time, terms->for_time);
	if (w->open)
		explain_clear(w, terms, damping, time, out);
	if (damping->flap_of)
		sh_buf_addf(out, "; flapping score %.0f %%", sh_watch_score(w, damping));
}

static void put(json_t *object, const char *name, int64_t value)
{
	if (value)
		json_object_set_new(object, name, json_integer(value));
}

static void put_truth(json_t *object, const char *name, bool value)
{
	if (value)
		json_object_set_new(object, name, json_true());
}

json_t *sh_watch_to_json(const struct sh_watch *w)
{
	json_t *object = json_object();

	put_truth(object, "open", w->open);
	put_truth(object, "flapping", w->flapping);
	put_truth(object, "holds", w->holds);
	put_truth(object, "lost", w->lost);
	put_truth(object, "stale", w->stale);
	put(object, "severity", w->severity);
	put(object, "told", w->told);
	put(object, "hits", w->hits);
	put(object, "clears", w->clears);
	put(object, "since", w->since);
	put(object, "until", w->until);
	put(object, "run_since", w->run_since);
	put(object, "first_hit", w->first_hit);
	put(object, "total_hits", w->total_hits);
	put(object, "emitted", w->emitted);
	put(object, "heard", w->heard);
	put(object, "clear_since", w->clear_since);
	put(object, "flap_since", w->flap_since);
	put(object, "recent", (int64_t)w->recent);
	put(object, "cleared", (int64_t)w->cleared);
	put(object, "changes", (int64_t)w->changes);
	return object;
}

static bool truth(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

void sh_watch_from_json(struct sh_watch *w, const json_t *object)
{
	w->open = truth(object, "open");
	w->flapping = truth(object, "flapping");
	w->holds = truth(object, "holds");
	w->lost = truth(object, "lost");
	w->stale = truth(object, "stale");
	w->severity = (uint8_t)sh_json_int(object, "severity", 0);
	w->told = (uint8_t)sh_json_int(object, "told", 0);
	w->hits = sh_json_int(object, "hits", 0);
	w->clears = sh_json_int(object, "clears", 0);
	w->since = sh_json_int(object, "since", 0);
	w->until = sh_json_int(object, "until", 0);
	w->run_since = sh_json_int(object, "run_since", 0);
	w->first_hit = sh_json_int(object, "first_hit", 0);
	w->total_hits = sh_json_int(object, "total_hits", 0);
	w->emitted = sh_json_int(object, "emitted", 0);
	/* States of before there was silence to judge. */
	w->heard = sh_json_int(object, "heard", w->until > w->emitted ? w->until : w->emitted);
	w->clear_since = sh_json_int(object, "clear_since", 0);
	w->flap_since = sh_json_int(object, "flap_since", 0);
	w->recent = (uint64_t)sh_json_int(object, "recent", 0);
	w->cleared = (uint64_t)sh_json_int(object, "cleared", 0);
	w->changes = (uint64_t)sh_json_int(object, "changes", 0);
}
