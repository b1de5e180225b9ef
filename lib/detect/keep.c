/* SPDX-License-Identifier: MIT */
/* keep - the detector's state into its database and back: a row for each series */
#include "config.h"

#include "detect/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/bound.h"
#include "detect/detector.h"
#include "detect/host.h"
#include "detect/past.h"
#include "record/entity.h"
#include "record/json.h"
#include "state/round.h"
#include "topology/heard.h"

#define FORMAT 2

static void store_hushed(const struct sh_hushed *h, json_t *watch)
{
	if (h->again)
		json_object_set_new(watch, "again", json_integer(h->again));
	if (h->ended)
		json_object_set_new(watch, "ended", json_true());
	if (h->told)
		json_object_set_new(watch, "was_told", json_true());
}

static struct sh_hushed load_hushed(const json_t *watch)
{
	return (struct sh_hushed){ .again = sh_json_int(watch, "again", 0),
				   .ended = json_is_true(json_object_get(watch, "ended")),
				   .told = json_is_true(json_object_get(watch, "was_told")) };
}

static void store_watches(const struct sh_detector *d, const struct sh_subject *s, struct sh_buf *out)
{
	for (const struct sh_watched *w = s->watch; w; w = w->next) {
		const char *id = d->rules->rule[w->rule].id;
		SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
		json_t *watch = sh_watch_to_json(&w->watch);

		if (w->shown)
			json_object_set(watch, "fault", w->shown);
		if (w->broken)
			json_object_set_new(watch, "broken", json_true());
		store_hushed(&w->hushed, watch);
		json_object_set_new(watch, "interval", json_integer(w->interval));
		sh_json_dump(&text, watch);
		json_decref(watch);
		sh_bytes_put_span(out, sh_span_of(id));
		sh_bytes_put_span(out, (struct sh_span){ text.data, text.len });
		sh_bytes_put_span(out, (struct sh_span){ w->line, w->watch.open ? 0 : w->len });
	}
	sh_bytes_put_span(out, sh_span_of(""));
}

static void store_subject(const struct sh_detector *d, const struct sh_subject *s, struct sh_buf *out)
{
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, s->entity_len, 4);
	sh_bytes_put_span(out, sh_span_of(s->host->name));
	sh_bytes_put(out, (uint64_t)s->since, 8);
	sh_bytes_put(out, (uint64_t)s->last, 8);
	sh_bytes_put(out, (uint64_t)s->interval, 8);
	sh_bytes_put(out, (uint64_t)sh_subject_lag(s), 8);
	sh_bytes_put(out, (uint64_t)sh_subject_repaired(s), 8);
	sh_bytes_put(out, (uint64_t)sh_subject_opened(s), 8);
	sh_bytes_put(out, (uint64_t)s->due, 8);
	sh_bytes_put(out, s->origins, 4);
	for (size_t i = 0; i < s->origins; i++) {
		sh_bytes_put_span(out, sh_span_of(s->origin[i].collector));
		sh_bytes_put(out, (uint64_t)s->origin[i].last, 8);
		sh_bytes_put(out, (uint64_t)s->origin[i].back, 8);
		sh_bytes_put(out, s->origin[i].backs, 4);
		sh_bytes_put(out, s->origin[i].streak, 4);
	}
	sh_bytes_put_span(out, (struct sh_span){ s->rare ? s->rare->line : NULL, s->rare ? s->rare->line_len : 0 });
	sh_latest_store(&s->latest, out);
	store_watches(d, s, out);
	sh_past_store(&d->book, s, out);
}

static bool skip_origins(struct sh_bytes *in)
{
	struct sh_span span;
	uint64_t n, v;

	if (!sh_bytes_take(in, 4, &n))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (!sh_bytes_take_span(in, &span) || !sh_bytes_take(in, 8, &v) || !sh_bytes_take(in, 8, &v) ||
		    !sh_bytes_take(in, 4, &v) || !sh_bytes_take(in, 4, &v))
			return false;
	return true;
}

static bool skip_watches(struct sh_bytes *in)
{
	struct sh_span span;

	while (sh_bytes_take_span(in, &span)) {
		if (!span.len)
			return true;
		if (!sh_bytes_take_span(in, &span) || !sh_bytes_take_span(in, &span))
			return false;
	}
	return false;
}

bool sh_keep_read(struct sh_bytes row, struct sh_keep_row *out)
{
	struct sh_bytes in = row;
	struct sh_latest latest = { 0 };
	struct sh_span span;
	uint64_t format, entity_len, v;
	bool ok;

	if (!sh_bytes_take(&in, 1, &format) || format != FORMAT || !sh_bytes_take(&in, 4, &entity_len) ||
	    !sh_bytes_take_span(&in, &span))
		return false;
	for (int i = 0; i < 7; i++) /* its times */
		if (!sh_bytes_take(&in, 8, &v))
			return false;
	ok = skip_origins(&in) && sh_bytes_take_span(&in, &span) && sh_latest_load(&latest, &in) && skip_watches(&in);
	sh_latest_release(&latest);
	out->entity_len = (size_t)entity_len;
	out->learned = row.len - in.len;
	return ok && sh_bytes_take(&in, 4, &out->functions);
}

static int save_subject(struct sh_detector *d, const struct sh_subject *s, struct sh_state *state,
			struct sh_buf *row, struct sh_error *err)
{
	sh_buf_clear(row);
	store_subject(d, s, row);
	return sh_state_put(state, SH_KEEP_TABLE, s->key, s->key_len, row->data, row->len, err);
}

static int save_graves(const struct sh_store *st, struct sh_state *state, struct sh_error *err)
{
	uint32_t len;

	for (size_t at = 0; at + sizeof(len) <= st->graves.len; at += sizeof(len) + len) {
		memcpy(&len, st->graves.data + at, sizeof(len));
		if (sh_state_delete(state, SH_KEEP_TABLE, st->graves.data + at + sizeof(len), len, err) < 0)
			return -1;
	}
	return 0;
}

static int save_clock(const struct sh_detector *d, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;

	sh_bytes_put(&row, (uint64_t)d->store.largest, 8);
	sh_bytes_put(&row, (uint64_t)d->store.swept, 8);
	sh_bytes_put(&row, (uint64_t)d->usual, 8);
	sh_bytes_put(&row, (uint64_t)d->resumed, 8);
	sh_bytes_put(&row, (uint64_t)d->pause, 8);
	sh_bytes_put(&row, (uint64_t)d->resumed_before, 8);
	sh_bytes_put(&row, d->streak, 4);
	sh_bytes_put(&row, d->behind, 1);
	sh_bytes_put(&row, (uint64_t)d->leap.time, 8);
	sh_bytes_put(&row, d->leap.host, 8);
	sh_bytes_put(&row, d->leap.only, 8);
	sh_bytes_put(&row, d->leap.many, 8);
	sh_bytes_put(&row, d->leap.count, 8);
	if (d->store.largest && sh_round_put(state, d->store.largest, err) < 0)
		return -1;
	return sh_state_put(state, "meta", "clock", 5, row.data, row.len, err);
}

/* Before a save: the last one is known to have been well, unless sh_detector_unsaved said otherwise. */
static void bury(struct sh_detector *d)
{
	struct sh_buf *graves = &d->store.graves;

	sh_buf_consume(graves, d->store.told);
	d->store.told = 0;
}

static void settle(struct sh_store *st)
{
	st->told = st->graves.len;
	st->is_kept = true;
	st->round++;
}

int sh_detector_save(struct sh_detector *d, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;
	struct sh_store *st = &d->store;

	bury(d);
	if (save_graves(st, state, err) < 0)
		return -1;
	for (size_t i = 0; i < st->n; i++)
		if (st->subject[i]->changed == st->round &&
		    save_subject(d, st->subject[i], state, &row, err) < 0)
			return -1;
	if (sh_peers_save(&d->peers, state, err) < 0 || sh_logs_save(&d->logs, state, err) < 0 ||
	    sh_graph_save(d->hush.graph, state, err) < 0 || save_clock(d, state, err) < 0 ||
	    sh_bound_save(st, state, err) < 0)
		return -1;
	settle(st);
	sh_graph_given(d->hush.graph);
	return 0;
}

void sh_detector_given(struct sh_detector *d)
{
	bury(d);
	settle(&d->store);
	sh_graph_given(d->hush.graph);
}

void sh_detector_unsaved(struct sh_detector *d)
{
	sh_graph_unsaved(d->hush.graph);
	d->store.told = 0;
	for (size_t i = 0; i < d->store.n; i++)
		sh_store_touch(&d->store, d->store.subject[i]);
	sh_peers_unsaved(&d->peers);
	sh_logs_unsaved(&d->logs);
}

static long rule_named(const struct sh_detector *d, struct sh_span id)
{
	for (size_t i = 0; i < d->rules->n; i++)
		if (sh_span_is(id, d->rules->rule[i].id))
			return (long)i;
	return -1;
}

static void load_watch(struct sh_detector *d, struct sh_subject *s, uint32_t rule, json_t *object, struct sh_span line)
{
	struct sh_watched *w = sh_watched_make(&s->watch, rule);

	sh_watch_from_json(&w->watch, object);
	w->shown = json_incref(json_object_get(object, "fault"));
	w->broken = json_is_true(json_object_get(object, "broken"));
	w->interval = sh_json_int(object, "interval", 0);
	w->hushed = load_hushed(object);
	if (line.len)
		sh_watched_keep(w, line);
	if (!w->watch.open)
		return;
	if (w->shown)
		sh_sources_put(&d->hush.sources, w);
	s->whole->open++;
}

/* A fault that is about another entity than was judged says nothing of what was. */
static bool still_judges(const struct sh_detector *d, long rule, const struct sh_subject *s)
{
	struct sh_entity parts = { .type = sh_subject_entity(s) };

	if (rule < 0 || d->rules->rule[rule].about)
		return rule >= 0;
	sh_entity_split(sh_subject_entity(s), &parts);
	return sh_rulebook_applies(&d->rules->rule[rule], parts.type);
}

/* A rule that is no more, or does not look at such an entity any more, leaves its fault behind. */
static void orphan(struct sh_detector *d, struct sh_subject *s, json_t *object)
{
	json_t *fault = json_object_get(object, "fault");

	s->changed = d->store.round + 1; /* it is told, and so is to be forgotten */
	if (!json_is_true(json_object_get(object, "open")) || !fault)
		return;
	if (!d->orphans)
		d->orphans = json_array();
	json_array_append_new(d->orphans, json_incref(object));
}

static bool load_watches(struct sh_detector *d, struct sh_subject *s, struct sh_bytes *in)
{
	struct sh_span id, text, line;
	struct sh_error ignored = SH_ERROR_INIT;

	while (sh_bytes_take_span(in, &id)) {
		json_t *object;
		long rule;

		if (!id.len)
			return true;
		if (!sh_bytes_take_span(in, &text) || !sh_bytes_take_span(in, &line))
			return false;
		object = sh_json_parse(text.p, text.len, &ignored);
		if (!json_is_object(object)) {
			json_decref(object);
			return false;
		}
		rule = rule_named(d, id);
		if (still_judges(d, rule, s))
			load_watch(d, s, (uint32_t)rule, object, line);
		else
			orphan(d, s, object);
		json_decref(object);
	}
	return false;
}

static bool load_origins(struct sh_detector *d, struct sh_subject *s, struct sh_bytes *in)
{
	struct sh_span collector;
	uint64_t n, backs, streak;

	if (!sh_bytes_take(in, 4, &n))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		size_t origin;

		if (!sh_bytes_take_span(in, &collector))
			return false;
		origin = sh_store_origin(&d->store, s, collector);
		if (!sh_bytes_take_time(in, &s->origin[origin].last) || !sh_bytes_take_time(in, &s->origin[origin].back) ||
		    !sh_bytes_take(in, 4, &backs) || !sh_bytes_take(in, 4, &streak))
			return false;
		s->origin[origin].backs = (uint32_t)backs;
		s->origin[origin].streak = (uint32_t)streak;
	}
	return true;
}

static bool has_sane_times(const struct sh_subject *s)
{
	for (size_t i = 0; i < s->origins; i++)
		if (s->origin[i].last != INT64_MIN && !sh_damage_is_time(s->origin[i].last))
			return false;
	return sh_damage_is_time(s->since) && (s->last == INT64_MIN || sh_damage_is_time(s->last)) &&
	       sh_damage_is_span(s->interval) && sh_damage_is_span(sh_subject_lag(s)) &&
	       sh_damage_is_time(sh_subject_repaired(s)) && sh_damage_is_time(sh_subject_opened(s)) &&
	       sh_damage_is_time(s->due);
}

static bool load_subject(struct sh_detector *d, struct sh_span key, struct sh_bytes *in)
{
	uint64_t format, entity_len;
	int64_t lag, repaired, opened;
	struct sh_subject *s;
	struct sh_span host, line;

	if (!sh_bytes_take(in, 1, &format) || format != FORMAT || !sh_bytes_take(in, 4, &entity_len) ||
	    entity_len > key.len || !sh_bytes_take_span(in, &host))
		return false;
	s = sh_store_key(&d->store, key, entity_len);
	if (!s)
		s = sh_store_make(&d->store, key, entity_len, host);
	if (!sh_bytes_take_time(in, &s->since) || !sh_bytes_take_time(in, &s->last) || !sh_bytes_take_time(in, &s->interval) ||
	    !sh_bytes_take_time(in, &lag) || !sh_bytes_take_time(in, &repaired) || !sh_bytes_take_time(in, &opened) ||
	    !sh_bytes_take_time(in, &s->due) || !load_origins(d, s, in) ||
	    !sh_bytes_take_span(in, &line))
		return false;
	if (lag || repaired || opened) {
		sh_subject_set_lag(s, lag);
		sh_subject_rare(s)->repaired = repaired;
		sh_subject_rare(s)->opened = opened;
	}
	sh_subject_keep_line(s, line);
	return has_sane_times(s) && sh_latest_load(&s->latest, in) && load_watches(d, s, in) &&
	       sh_past_load(&d->book, s, in);
}

/* As if it had never been heard of. */
static void renew(struct sh_detector *d, struct sh_subject *s)
{
	while (s->watch) {
		struct sh_watched *w = s->watch;

		s->whole->open -= w->watch.open;
		s->watch = w->next;
		sh_watched_free(w);
	}
	sh_latest_release(&s->latest);
	sh_past_release(&d->book, s);
	if (s->rare) {
		free(s->rare->line);
		*s->rare = (struct sh_rare){ .queued_due = s->rare->queued_due };
	}
	if (s->origin != &s->first)
		free(s->origin);
	s->origin = &s->first;
	s->origins = 0;
	s->since = s->interval = 0;
	s->last = INT64_MIN;
	s->due = INT64_MAX;
	s->changed = d->store.round + 1; /* its row is to be replaced */
}

static int load_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_detector *d = arg;
	struct sh_bytes in = { value, len }, length = { value, len };
	struct sh_span span = { key, key_len };
	uint64_t format = 0, entity_len = 0;
	struct sh_subject *s = NULL;

	if (load_subject(d, span, &in))
		return 0;
	if (sh_bytes_take(&length, 1, &format) && sh_bytes_take(&length, 4, &entity_len))
		s = sh_store_key(&d->store, span, entity_len);
	if (s)
		renew(d, s);
	else
		sh_store_bury(&d->store, span);
	sh_damage_tell(&(struct sh_damage){ d->damaged, d->arg }, "'%.*s'",
		       (int)(key_len < 100 ? key_len : 100), (const char *)key);
	return 0;
}

static bool take_clock(struct sh_bytes *in, struct sh_detector *d)
{
	uint64_t streak, behind;

	if (!sh_bytes_take_time(in, &d->store.largest) || !sh_bytes_take_time(in, &d->store.swept) || !sh_bytes_take_time(in, &d->usual) ||
	    !sh_bytes_take_time(in, &d->resumed) || !sh_bytes_take_time(in, &d->pause) || !sh_bytes_take_time(in, &d->resumed_before) ||
	    !sh_bytes_take(in, 4, &streak) || !sh_bytes_take(in, 1, &behind) ||
	    !sh_bytes_take_time(in, &d->leap.time) || !sh_bytes_take(in, 8, &d->leap.host) ||
	    !sh_bytes_take(in, 8, &d->leap.only) || !sh_bytes_take(in, 8, &d->leap.many) ||
	    !sh_bytes_take(in, 8, &d->leap.count))
		return false;
	d->streak = (uint32_t)streak;
	d->behind = behind;
	return !in->len && sh_damage_is_time(d->store.largest) && sh_damage_is_time(d->store.swept) &&
	       sh_damage_is_span(d->usual) && sh_damage_is_time(d->resumed) && sh_damage_is_span(d->pause) &&
	       sh_damage_is_time(d->resumed_before) && sh_damage_is_time(d->leap.time) &&
	       (!d->resumed_before || d->resumed_before <= d->resumed) &&
	       (!d->resumed || d->resumed <= d->store.largest);
}

/* All that is known of time then is when each series was heard of last. */
static void renew_clock(struct sh_detector *d)
{
	d->store.largest = d->usual = d->resumed = d->pause = d->resumed_before = 0;
	for (size_t i = 0; i < d->store.n; i++)
		if (d->store.subject[i]->last > d->store.largest)
			d->store.largest = d->store.subject[i]->last;
	d->store.swept = d->store.largest;
	d->streak = 0;
	d->behind = false;
	d->leap = (struct sh_leap){ 0 };
}

static int load_clock(struct sh_detector *d, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_FREE void *row = NULL;
	size_t len = 0;
	int found = sh_state_get(state, "meta", "clock", 5, &row, &len, err);

	if (found <= 0 || take_clock(&(struct sh_bytes){ row, len }, d))
		return found < 0 ? -1 : 0;
	renew_clock(d);
	sh_damage_tell(&(struct sh_damage){ d->damaged, d->arg }, "the clock");
	return 0;
}

static void tell_edges(void *arg, const char *entity)
{
	sh_damage_tell(arg, "what '%.80s' depends on", entity);
}

int sh_detector_load(struct sh_detector *d, struct sh_state *state, struct sh_error *err)
{
	struct sh_damage damage = { d->damaged, d->arg };
	int rc = 0;

	if (sh_state_each(state, SH_KEEP_TABLE, load_row, d, err) < 0)
		rc = -1;
	if (sh_peers_load(&d->peers, state, &damage, err) < 0 ||
	    sh_logs_load(&d->logs, state, &damage, err) < 0 ||
	    sh_graph_restore(d->hush.graph, state, tell_edges, &damage, err) < 0 ||
	    load_clock(d, state, err) < 0 || sh_bound_load(&d->store, state, err) < 0)
		rc = -1;
	d->store.is_kept = true;
	d->store.round++;
	for (size_t i = 0; i < d->store.n; i++) {
		sh_detector_introduce(d, d->store.subject[i]);
		sh_host_restore(&d->book, d->store.subject[i]);
		sh_timers_put(&d->timers, d->store.subject[i]);
	}
	return rc;
}
