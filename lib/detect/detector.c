/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/detector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/ahead.h"
#include "detect/bound.h"
#include "detect/candidates.h"
#include "detect/clock.h"
#include "detect/elapse.h"
#include "detect/host.h"
#include "detect/judge.h"
#include "detect/past.h"
#include "detect/picture.h"
#include "detect/warmup.h"
#include "record/entity.h"
#include "topology/heard.h"

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
		sh_graph_advance(d->hush.graph, d->store.largest);
	}
}

static void note_times(const struct sh_detector *d, struct sh_subject *s, struct sh_origin *o,
		       int64_t time)
{
	int64_t lag;

	if (time > o->last)
		o->last = time;
	o->backs = 0;
	if (time <= s->last)
		return;
	s->since = sh_warmup_since(s->since, s->last == INT64_MIN ? 0 : s->last, s->interval, time);
	s->interval = s->last == INT64_MIN ? 0 : sh_damage_between(s->last, time);
	s->last = time;
	/* A clock that is behind is judged by itself; a little is the way that records took. */
	lag = time < d->store.largest ? sh_damage_between(time, d->store.largest) : 0;
	sh_subject_set_lag(s, lag > SH_MIN ? lag : 0);
}

int sh_detector_sample(struct sh_detector *d, const struct sh_record *r, struct sh_error *err)
{
	struct sh_subject *s;
	size_t origin;
	bool timed;

	if (sh_look_check(r, err) < 0)
		return -1;
	sh_bound_keep(&d->store);
	s = sh_store_find(&d->store, r, &origin);
	if (!s)
		return 0;
	sh_ahead_fetch(&d->store, s);
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
	sh_elapse_to(d, r);
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
	sh_candidates_judge_sample(d, r, s);
	if (timed || s->watch)
		sh_elapse_reckon(d, s, r->time);
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
	sh_bound_keep(&d->store);
	s = sh_store_find(&d->store, r, &origin);
	if (!s)
		return 0;
	sh_buf_add(&stream, s->key, s->key_len);
	sh_buf_addch(&stream, '\0');
	sh_buf_addstr(&stream, s->origin[origin].collector);
	if (sh_logs_look(&d->logs, r, (struct sh_span){ stream.data, stream.len }, &line, err) == 0) {
		if (!s->route)
			sh_detector_introduce(d, s);
		s->route->seen = s->route->seen || r->time >= d->since;
		sh_elapse_to(d, r);
		note_times(d, s, &s->origin[origin], r->time);
		sh_store_touch(&d->store, s);
		l = sh_candidates_look(d, r, s, r->time);
		l.log = &line;
		judge_log(d, &l);
		if (s->watch || s->queued)
			sh_elapse_reckon(d, s, r->time);
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
	sh_elapse_to(d, r);
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
		sh_elapse_note(d, time);
	return true;
}

void sh_detector_tick(struct sh_detector *d, const struct sh_record *r)
{
	sh_elapse_to(d, r);
	if (r->time == d->store.largest)
		sh_elapse_through(d, r->time, true);
	sweep(d);
}

static void write_pending(struct sh_detector *d, struct sh_subject *s, struct sh_watched *w)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	const struct sh_rule *rule = &d->rules->rule[w->rule];
	struct sh_look l = sh_candidates_look(d, &r, s, w->watch.until);

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
