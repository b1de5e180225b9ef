/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/detector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/clock.h"
#include "detect/host.h"
#include "detect/hushed.h"
#include "detect/judge.h"
#include "detect/past.h"
#include "detect/picture.h"
#include "detect/warmup.h"
#include "record/entity.h"

/* A silence of all sources that is longer than this, and than three times what is usual, is one of ours. */
#define SILENCE (5 * SH_MIN)

static void forget(void *arg, struct sh_subject *s)
{
	struct sh_detector *d = arg;

	sh_timers_remove(&d->timers, s);
	sh_host_forget(&d->book, s);
	sh_past_release(&d->book, s);
}

size_t sh_detector_init(struct sh_detector *d, const struct sh_rules *rules,
			const struct sh_site *site, bool mine,
			void (*report)(void *arg, const struct sh_error *err), void *arg)
{
	size_t broken;

	memset(d, 0, sizeof(*d));
	d->rules = rules;
	d->site = site;
	sh_hush_init(&d->hush, rules, site);
	broken = sh_rulebook_make(&d->book, rules, report, arg);
	sh_store_init(&d->store, d->book.hosts);
	d->store.forget = forget;
	d->store.arg = d;
	sh_peers_init(&d->peers);
	sh_logs_init(&d->logs, rules, mine);
	d->fared = sh_calloc(rules->n + 1, sizeof(*d->fared));
	d->candidate = sh_calloc(d->book.words + 1, sizeof(*d->candidate));
	d->quiet = sh_calloc(d->book.words + 1, sizeof(*d->quiet));
	d->settled = sh_calloc(d->book.words + 1, sizeof(*d->settled));
	d->met = sh_calloc(SH_NEEDS * d->book.words + 1, sizeof(*d->met));
	d->heard = sh_calloc(d->book.words + 1, sizeof(*d->heard));
	d->asked = sh_calloc(d->book.recalls.n + 1, sizeof(*d->asked));
	d->value = sh_reallocn(NULL, sh_rulebook_size(&d->book) + 1, sizeof(*d->value));
	for (size_t i = 0; i < sh_rulebook_size(&d->book); i++)
		d->value[i] = NAN;
	return broken;
}

void sh_detector_release(struct sh_detector *d)
{
	sh_store_release(&d->store);
	sh_timers_release(&d->timers);
	sh_peers_release(&d->peers);
	sh_logs_release(&d->logs);
	sh_rulebook_release(&d->book);
	json_decref(d->orphans);
	sh_hush_release(&d->hush);
	sh_arena_release(&d->arena);
	free(d->fared);
	free(d->candidate);
	free(d->quiet);
	free(d->settled);
	free(d->met);
	free(d->heard);
	free(d->asked);
	free(d->value);
}

const char *sh_detector_blind(const struct sh_detector *d, const struct sh_rule *rule)
{
	size_t number = (size_t)(rule - d->rules->rule);
	const struct sh_fared *f = &d->fared[number];

	if (f->known)
		return NULL;
	if (f->missing[0])
		return f->missing;
	/* Its records came, and none had anything that it reads. */
	return sh_rulebook_was_seen(&d->book, number) ? sh_expr_path(rule->expr, 0) : NULL;
}

static struct sh_value recall(const struct sh_look *l, const struct sh_call *call)
{
	const struct sh_detector *d = l->user;
	long number = sh_recalls_find(&d->book.recalls, call, l->rule->eager);
	struct sh_past_answer a;

	if (number < 0)
		return sh_value_unknown();
	a = sh_past_ask(&d->book, l->subject, (uint32_t)number, l->now);
	if (!a.known && !call->eval->missing[0])
		snprintf(call->eval->missing, sizeof(call->eval->missing), "%s: %s",
			 d->book.recalls.item[number].shown, a.why);
	return sh_recall_value(d->book.recalls.item[number].terms.kind, &a);
}

/* A value of a function in the vector: times in nanoseconds, as the programs want them. */
static double as_value(const struct sh_past_kind *kind, const struct sh_past_answer *a)
{
	struct sh_value v = sh_recall_value(kind, a);

	switch (v.type) {
	case SH_VALUE_BOOL:
		return v.u.b;
	case SH_VALUE_DURATION:
		return (double)v.u.i;
	case SH_VALUE_DOUBLE:
		return v.u.d;
	default:
		return NAN;
	}
}

static void ask_calls(struct sh_detector *d, const struct sh_look *l, const struct sh_planned *p)
{
	for (size_t i = 0; i < p->recalls; i++) {
		uint32_t number = p->recall[i];
		struct sh_past_answer a;

		if (d->asked[number] == d->looks)
			continue;
		d->asked[number] = d->looks;
		a = sh_past_ask(&d->book, l->subject, number, l->now);
		d->value[sh_rulebook_recall(&d->book, number)] =
			as_value(d->book.recalls.item[number].terms.kind, &a);
	}
}

static void judge_candidates(struct sh_detector *d, struct sh_look *l)
{
	bool has_host = false;

	d->looks++;
	for (size_t w = 0; w < d->book.words; w++) {
		for (uint64_t set = d->candidate[w]; set; set &= set - 1) {
			size_t rule = w * 64 + (size_t)__builtin_ctzll(set);
			const struct sh_planned *p = &d->book.rule[rule];

			if (p->reads_host && !has_host) {
				sh_host_read(&d->book, l->subject->host, l->now, d->value);
				has_host = true;
			}
			ask_calls(d, l, p);
			sh_judge_rule(d, l, rule);
		}
	}
	sh_watched_prune(&l->subject->watch);
}

static struct sh_look look_at(struct sh_detector *d, const struct sh_record *r, struct sh_subject *s,
			      int64_t now)
{
	return (struct sh_look){ .record = r,	     .subject = s,	.about = s,	.store = &d->store, .peers = &d->peers,
				 .now = now,
				 .arena = &d->arena, .recall = recall, .user = d };
}

/* The rules that have something to say about what was picked. */
static void find_candidates(struct sh_detector *d, const struct sh_route *route)
{
	size_t words = d->book.words;
	const uint64_t *always = route->rules + d->book.picks * words;

	memcpy(d->candidate, always, words * sizeof(*always));
	memset(d->quiet, 0, words * sizeof(*d->quiet));
	memset(d->met, 0, SH_NEEDS * words * sizeof(*d->met));
	for (size_t i = 0; i < d->book.pick.n; i++) {
		size_t slot = d->book.pick.found[i];
		const uint64_t *row = route->rules + slot * words;

		for (size_t w = 0; w < words; w++)
			d->candidate[w] |= row[w];
		sh_gates_pass(&route->gates, slot, d->value[slot], d->quiet);
		sh_needs_meet(&route->needs, slot, d->met);
	}
}

static void settle(struct sh_detector *d, size_t word, uint64_t rules)
{
	d->settled[word] |= rules;
	for (; rules; rules &= rules - 1)
		d->fared[word * 64 + (size_t)__builtin_ctzll(rules)].known = true;
}

/* Of a word of rules those of which something is remembered. */
static uint64_t watched_in(const struct sh_subject *s, size_t word)
{
	uint64_t rules = 0;

	for (const struct sh_watched *w = s->watch; w; w = w->next)
		if (w->rule / 64 == word)
			rules |= UINT64_C(1) << (w->rule % 64);
	return rules;
}

/* Of rules that lack something those that need not say again what it is. */
static uint64_t heard_of(struct sh_detector *d, size_t word, uint64_t rules)
{
	for (uint64_t set = rules & ~d->heard[word]; set; set &= set - 1) {
		const struct sh_fared *f = &d->fared[word * 64 + (size_t)__builtin_ctzll(set)];

		if (f->known || f->missing[0])
			d->heard[word] |= set & -set;
	}
	return rules & d->heard[word];
}

/* A rule that is false, or not to be known, needs no look where nothing is remembered of it. */
static void leave_quiet(struct sh_detector *d, const struct sh_subject *s)
{
	if (s->params || d->explain || d->score)
		return;
	for (size_t w = 0; w < d->book.words; w++) {
		uint64_t found = d->candidate[w] & ~watched_in(s, w);
		uint64_t left = found & d->quiet[w];
		uint64_t lacking = found & ~left & sh_needs_lacking(&s->route->needs, d->met, w);

		if (left & ~d->settled[w])
			settle(d, w, left & ~d->settled[w]);
		if (lacking)
			left |= heard_of(d, w, lacking);
		d->candidate[w] &= ~left;
	}
}

static void judge_sample(struct sh_detector *d, const struct sh_record *r, struct sh_subject *s)
{
	struct sh_look l = look_at(d, r, s, r->time);
	const struct sh_pick *pick = &d->book.pick;

	for (size_t i = 0; i < pick->n; i++)
		d->value[pick->found[i]] = pick->value[pick->found[i]];
	find_candidates(d, s->route);
	leave_quiet(d, s);
	judge_candidates(d, &l);
	for (size_t i = 0; i < pick->n; i++)
		d->value[pick->found[i]] = NAN;
	sh_look_release(&l);
}

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

void sh_detector_reckon(struct sh_detector *d, struct sh_subject *s, int64_t now)
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
	struct sh_look l = look_at(d, &none, s, now);

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
	struct sh_look l = look_at(d, &r, s, now);

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
		judge_candidates(d, &l);
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

/* What is silent up to NOW is. HEARD_ALL: so somebody says who waited for all. */
static void run_timers(struct sh_detector *d, int64_t now, bool heard_all)
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
		sh_detector_reckon(d, s, own);
	}
}

static void note_clock(struct sh_detector *d, int64_t time)
{
	int64_t jump = d->store.largest ? time - d->store.largest : 0;

	if (jump > SILENCE && jump > 3 * d->usual) {
		d->resumed_before = d->resumed;
		d->resumed = time;
	}
	if (jump >= SH_SEC)
		d->usual = jump > d->usual - d->usual / 8 ? jump : d->usual - d->usual / 8;
	d->pause = jump;
	d->store.largest = time;
}

/*
 * A record at TIME is about to be looked at. Others of the same instant may follow
 * it, so only the instants before are judged as complete.
 */
static void advance(struct sh_detector *d, const struct sh_record *r)
{
	int64_t time;

	if (d->orphans)
		tell_orphans(d, r->time);
	if (r->time <= d->store.largest)
		return;
	time = sh_leap_time(&d->leap, d->store.largest, r->time, r->host);
	if (time <= d->store.largest)
		return;
	run_timers(d, d->store.largest, false);
	note_clock(d, time);
}

void sh_detector_introduce(struct sh_detector *d, struct sh_subject *s)
{
	struct sh_entity parts = { .type = sh_subject_entity(s) };
	SH_CLEANUP_FREE char *entity = sh_strndup(s->key, s->entity_len);

	sh_entity_split(sh_subject_entity(s), &parts);
	s->route = sh_rulebook_route(&d->book, parts.type);
	s->own_host = sh_host_of(&d->store, s);
	if (d->site)
		s->params = sh_site_lookup(d->site, entity).params;
}

static bool is_newer(const struct sh_detector *d, const struct sh_record *r, const struct sh_origin *o)
{
	return !r->has_time || (r->time > o->last && r->time > d->store.largest - SH_STORE_FORGET);
}

/* When is a matter of record times alone: whoever was forgotten comes back as new. */
static void sweep(struct sh_detector *d)
{
	if (sh_store_sweep_is_due(&d->store)) {
		sh_store_sweep(&d->store);
		sh_graph_forget(&d->hush.graph, d->store.largest - SH_STORE_FORGET);
	}
}

static void note_times(const struct sh_detector *d, struct sh_subject *s, struct sh_origin *o,
		       int64_t time)
{
	if (time > o->last)
		o->last = time;
	o->backs = 0;
	if (time <= s->last)
		return;
	s->since = sh_warmup_since(s->since, s->last == INT64_MIN ? 0 : s->last, s->interval, time);
	s->interval = s->last == INT64_MIN ? 0 : time - s->last;
	s->last = time;
	/* A clock that is behind is judged by itself; a little is the way that records took. */
	sh_subject_set_lag(s, d->store.largest - time > SH_MIN ? d->store.largest - time : 0);
}

int sh_detector_sample(struct sh_detector *d, const struct sh_record *r, struct sh_error *err)
{
	struct sh_subject *s;
	size_t origin;
	bool timed;

	if (sh_look_check(r, err) < 0)
		return -1;
	s = sh_store_find(&d->store, r, &origin);
	if (!is_newer(d, r, &s->origin[origin]) &&
	    !sh_clock_stepped(d, r, s, &s->origin[origin])) {
		d->dropped++;
		d->late += r->time <= d->store.largest - SH_STORE_FORGET;
		return 0;
	}
	if (!s->route)
		sh_detector_introduce(d, s);
	s->route->seen = s->route->seen || r->time >= d->since;
	if (d->behind)
		sh_clock_on_time(d, r->time);
	advance(d, r);
	d->records++;
	note_times(d, s, &s->origin[origin], r->time);
	sh_store_touch(&d->store, s);
	sh_pick_take(&d->book.pick, r);
	if (sh_subject_is_whole(s))
		sh_host_note(&d->book, s, origin, r->time);
	timed = sh_past_note(&d->book, s, s->route, r->time);
	if (s->route->all_metrics)
		sh_past_note_row(&d->book, s, r);
	if (timed)
		sh_subject_keep_line(s, r->line);
	judge_sample(d, r, s);
	if (timed || s->watch)
		sh_detector_reckon(d, s, r->time);
	sweep(d);
	return 0;
}

static void judge_log(struct sh_detector *d, struct sh_look *l)
{
	const struct sh_route *route = l->subject->route;

	d->records++;
	for (size_t w = 0; w < d->book.words; w++)
		for (uint64_t set = route->logs[w]; set; set &= set - 1) {
			size_t rule = w * 64 + (size_t)__builtin_ctzll(set);

			if (sh_logs_may_match(&d->logs, rule))
				sh_judge_rule(d, l, rule);
		}
	sh_watched_prune(&l->subject->watch);
}

int sh_detector_log(struct sh_detector *d, const struct sh_record *r, struct sh_buf *annotated,
		    struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf stream = SH_BUF_INIT;
	struct sh_log_line line;
	struct sh_subject *s;
	struct sh_look l;
	size_t origin;

	if (!d->book.has_logs && !d->logs.miner)
		return 0;
	s = sh_store_find(&d->store, r, &origin);
	sh_buf_add(&stream, s->key, s->key_len);
	sh_buf_addch(&stream, '\0');
	sh_buf_addstr(&stream, s->origin[origin].collector);
	if (sh_logs_look(&d->logs, r, (struct sh_span){ stream.data, stream.len }, &line, err) == 0) {
		if (!s->route)
			sh_detector_introduce(d, s);
		s->route->seen = s->route->seen || r->time >= d->since;
		advance(d, r);
		note_times(d, s, &s->origin[origin], r->time);
		sh_store_touch(&d->store, s);
		l = look_at(d, r, s, r->time);
		l.log = &line;
		judge_log(d, &l);
		if (s->watch || s->queued)
			sh_detector_reckon(d, s, r->time);
		if (annotated && line.is_mined)
			sh_logs_annotate(&line, r, annotated);
		sh_look_release(&l);
		sh_log_line_release(&line);
		sweep(d);
		return 0;
	}
	sh_log_line_release(&line);
	return -1;
}

/* Whether records of the kind are looked at, and so move the clock. */
static bool is_looked_at(const struct sh_detector *d, enum sh_kind kind)
{
	return kind == SH_KIND_SAMPLE || d->book.has_logs || d->logs.miner;
}

void sh_detector_foreign(struct sh_detector *d, const struct sh_record *r)
{
	struct sh_error ignored = SH_ERROR_INIT;

	if (!is_looked_at(d, r->kind) || sh_look_check(r, &ignored) < 0)
		return;
	if (d->behind)
		sh_clock_on_time(d, r->time);
	advance(d, r);
	sweep(d);
}

/* A line that is broken behind its time moves the clock too, so no step that is worth a look is left to it. */
bool sh_detector_glance(struct sh_detector *d, enum sh_kind kind, int64_t time)
{
	int64_t jump = time - d->store.largest;

	if (!is_looked_at(d, kind))
		return true;
	if (d->orphans || d->behind || jump >= SH_SEC)
		return false;
	/* A leap ahead that is in doubt is believed, or not, by whole records. */
	if (jump > 0 && (!d->leap.many || d->leap.count || sh_timers_due(&d->timers, d->store.largest)))
		return false;
	if (jump > 0)
		note_clock(d, time);
	return true;
}

void sh_detector_tick(struct sh_detector *d, const struct sh_record *r)
{
	advance(d, r);
	if (r->time == d->store.largest)
		run_timers(d, r->time, true);
	sweep(d);
}

static void write_pending(struct sh_detector *d, struct sh_subject *s, struct sh_watched *w)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	const struct sh_rule *rule = &d->rules->rule[w->rule];
	struct sh_look l = look_at(d, &r, s, w->watch.until);

	if (sh_record_view(&r, w->line, w->len, s->host->name, w->watch.until, &ignored) == 0) {
		sh_look_rule(&l, rule);
		w->shown = sh_picture_make(&l);
		sh_judge_write(d, rule, w, SH_FAULT_PENDING, w->watch.until);
		json_decref(w->shown);
		w->shown = NULL;
	}
	sh_look_release(&l);
	sh_record_release(&r);
	sh_arena_reset(&d->arena);
}

void sh_detector_pending(struct sh_detector *d)
{
	struct sh_subject **list = sh_store_sorted(&d->store);

	for (size_t i = 0; i < d->store.n; i++)
		for (struct sh_watched *w = list[i]->watch; w; w = w->next)
			if (!w->watch.open && w->watch.hits > 0 && w->len)
				write_pending(d, list[i], w);
	free(list);
}
