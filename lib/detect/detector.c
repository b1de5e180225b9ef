/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/detector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/params.h"
#include "detect/look.h"
#include "detect/watch.h"
#include "record/json.h"

struct sh_watched {
	struct sh_watch watch;
	json_t *last;   /* the fault of the latest hit as JSON: what resolved and pending repeat; NULL none */
	bool dirty, broken;
};

/* How a rule fared on the records so far. */
struct sh_fared {
	bool known;       /* true or false at least once */
	char missing[128]; /* what was absent when it was first unknown, "" never */
};

static void free_watched(void *p)
{
	struct sh_watched *w = p;

	json_decref(w->last);
	free(w);
}

void sh_detector_init(struct sh_detector *d, const struct sh_rules *rules,
		      const struct sh_site *site)
{
	memset(d, 0, sizeof(*d));
	d->rules = rules;
	d->site = site;
	sh_memory_init(&d->memory);
	sh_map_init(&d->watch, free_watched);
	d->fared = sh_calloc(rules->n + 1, sizeof(*d->fared));
}

void sh_detector_release(struct sh_detector *d)
{
	sh_memory_release(&d->memory);
	sh_map_release(&d->watch);
	sh_arena_release(&d->arena);
	free(d->fared);
}

static bool applies(const struct sh_rule *rule, struct sh_span type)
{
	if (!rule->on)
		return true;
	for (size_t i = 0; rule->on[i]; i++)
		if (sh_span_is(type, rule->on[i]))
			return true;
	return false;
}

static struct sh_watched *find_watched(struct sh_detector *d, const struct sh_rule *rule,
				       const struct sh_look *l, bool make)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_watched *w;

	sh_buf_add(&key, rule->id, strlen(rule->id) + 1);
	sh_buf_add(&key, l->key.data, l->key.len);
	w = sh_map_get(&d->watch, key.data, key.len);
	if (!w && make) {
		w = sh_calloc(1, sizeof(*w));
		sh_map_put(&d->watch, key.data, key.len, w);
	}
	return w;
}

static struct sh_eval make_eval(struct sh_detector *d, struct sh_look *l)
{
	return (struct sh_eval){ .lookup = sh_scope_lookup,
				 .user = &l->scope,
				 .now = d->memory.largest,
				 .arena = &d->arena };
}

static json_t *strings(const char **list)
{
	json_t *array = json_array();

	for (; list && *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

static json_t *context_of(struct sh_detector *d, struct sh_look *l)
{
	json_t *context = json_object();
	json_t *own = sh_memory_entity(&d->memory, l->entity);
	json_t *metrics = own ? json_copy(own) : json_object();

	json_object_update(metrics, l->metrics);
	json_object_set_new(context, "metrics", metrics);
	if (l->host)
		json_object_set(context, "host", l->host);
	return context;
}

static char *describe(struct sh_detector *d, const struct sh_rule *rule, struct sh_look *l)
{
	struct sh_eval eval = make_eval(d, l);
	struct sh_buf text = SH_BUF_INIT;

	if (rule->description)
		sh_template_fill(rule->description, &eval, &text);
	else
		sh_buf_addstr(&text, sh_expr_text(rule->expr));
	return sh_buf_take(&text);
}

static void fill_rule(struct sh_fault *f, const struct sh_rule *rule)
{
	f->fault_type = sh_strdup(rule->fault_type);
	f->rule_id = sh_strdup(rule->id);
	f->severity = rule->severity;
	f->count = rule->count;
	f->affected_metrics = strings(rule->affected);
	f->expr = sh_strdup(sh_expr_text(rule->expr));
	f->clear = rule->clear ? sh_strdup(sh_expr_text(rule->clear)) : NULL;
	f->verify = rule->verify ? sh_strdup(sh_expr_text(rule->verify)) : NULL;
}

/* The fault as this hit shows it; status, counts and id come from the watch at the end. */
static json_t *picture(struct sh_detector *d, const struct sh_rule *rule, struct sh_look *l)
{
	const struct sh_record *r = l->record;
	char fingerprint[SH_FAULT_ID_TEXT];
	struct sh_fault f;
	json_t *json;

	memset(&f, 0, sizeof(f));
	sh_fault_fingerprint(fingerprint, rule->id, l->entity, l->dims);
	fill_rule(&f, rule);
	f.time = r->time;
	f.host = sh_strndup(r->host.p, r->host.len);
	f.entity = sh_strdup(l->entity);
	f.dims = json_incref(l->dims);
	f.labels = json_incref(l->labels);
	f.id = sh_strdup(fingerprint);
	f.fingerprint = sh_strdup(fingerprint);
	f.description = describe(d, rule, l);
	f.evidence.values = sh_look_values(l, rule);
	f.source = sh_record_source(r);
	f.params = json_incref(l->params);
	f.context = context_of(d, l);
	json = sh_fault_to_json(&f);
	sh_fault_release(&f);
	return json;
}

/* Open and ongoing come when the count is full; hits beyond it waited for "for" or "repeat". */
static int64_t detection_count(enum sh_fault_status status, const struct sh_watch *w, int64_t count)
{
	return status == SH_FAULT_OPEN || status == SH_FAULT_ONGOING ? count : w->hits;
}

static void emit_fault(struct sh_detector *d, struct sh_watched *w, enum sh_fault_status status,
		       int64_t time)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	char id[SH_FAULT_ID_TEXT];
	struct sh_fault f;

	if (sh_fault_from_json(&f, w->last, &err) < 0)
		return; /* a picture from an older version's state that no longer fits */
	sh_fault_id(id, f.rule_id, f.entity, f.dims, w->watch.first_hit);
	free(f.id);
	f.id = sh_strdup(id);
	f.status = status;
	f.time = f.detected_at = time;
	f.detection_count = detection_count(status, &w->watch, f.count);
	if (status != SH_FAULT_PENDING)
		f.count = 0;
	f.total_hits = w->watch.total_hits;
	f.evidence.since = w->watch.since;
	f.evidence.until = w->watch.until;
	f.evidence.hits = w->watch.hits;
	sh_fault_write(&f, &line);
	d->emit(d->arg, line.data, line.len);
	sh_fault_release(&f);
}

static void keep_picture(struct sh_watched *w, json_t *json)
{
	json_decref(w->last);
	w->last = json;
}

static void act_on(struct sh_detector *d, struct sh_watched *w, enum sh_watch_event event,
		   int64_t time)
{
	switch (event) {
	case SH_WATCH_NOTHING:
	case SH_WATCH_HIT:
		return;
	case SH_WATCH_OPENED:
	case SH_WATCH_ONGOING:
		emit_fault(d, w, event == SH_WATCH_OPENED ? SH_FAULT_OPEN : SH_FAULT_ONGOING,
			   time);
		sh_watch_emitted(&w->watch, event, time);
		d->faults++;
		return;
	case SH_WATCH_RESOLVED:
		emit_fault(d, w, SH_FAULT_RESOLVED, time);
		sh_watch_emitted(&w->watch, event, time);
		keep_picture(w, NULL);
		return;
	}
}

static void note_broken(struct sh_detector *d, const struct sh_rule *rule, struct sh_watched *w,
			const struct sh_look *l, const struct sh_eval *eval)
{
	if (eval->error[0] && !w->broken && d->broken)
		d->broken(d->arg, rule, l->record, eval->error);
	w->broken = eval->error[0] != '\0';
}

static void note_fared(struct sh_detector *d, const struct sh_rule *rule, enum sh_truth hit,
		       const struct sh_eval *eval)
{
	struct sh_fared *f = &d->fared[rule - d->rules->rule];

	if (hit != SH_UNKNOWN || eval->error[0])
		f->known = true;
	else if (!f->known && !f->missing[0])
		snprintf(f->missing, sizeof(f->missing), "%s", eval->missing);
}

const char *sh_detector_blind(const struct sh_detector *d, const struct sh_rule *rule)
{
	const struct sh_fared *f = &d->fared[rule - d->rules->rule];

	return !f->known && f->missing[0] ? f->missing : NULL;
}

static void explain(struct sh_detector *d, const struct sh_rule *rule, const struct sh_look *l,
		    const struct sh_watch *w, enum sh_truth truth, const struct sh_eval *eval)
{
	static const char *const words[] = { "false", "true", "unknown" };
	char text[400];

	if (!d->explain)
		return;
	snprintf(text, sizeof(text), "%s: %s%s%s%s%s%s; %lld of %lld%s", sh_expr_text(rule->expr),
		 words[truth], eval->missing[0] ? " (no " : "", eval->missing,
		 eval->missing[0] ? ")" : "", eval->error[0] ? ": " : "", eval->error,
		 (long long)w->hits, (long long)rule->count, w->open ? ", open" : "");
	d->explain(d->arg, rule, l->record, text);
}

static enum sh_truth cleared(struct sh_detector *d, const struct sh_rule *rule, struct sh_look *l,
			     enum sh_truth hit)
{
	struct sh_eval eval = make_eval(d, l);

	if (rule->clear)
		return sh_expr_truth(rule->clear, &eval);
	return hit == SH_UNKNOWN ? SH_UNKNOWN : hit == SH_TRUE ? SH_FALSE : SH_TRUE;
}

static void apply_rule(struct sh_detector *d, const struct sh_rule *rule, struct sh_look *l)
{
	const struct sh_watch_terms terms = { rule->count, rule->clear_count, rule->for_time,
					      rule->repeat };
	struct sh_eval eval = make_eval(d, l);
	int64_t time = l->record->time;
	enum sh_watch_event event;
	struct sh_watched *w;
	enum sh_truth hit;

	hit = sh_expr_truth(rule->expr, &eval);
	note_fared(d, rule, hit, &eval);
	w = find_watched(d, rule, l, hit == SH_TRUE || eval.error[0]);
	if (!w) {
		explain(d, rule, l, &(struct sh_watch){ 0 }, hit, &eval);
		return;
	}
	note_broken(d, rule, w, l, &eval);
	if (hit == SH_TRUE)
		keep_picture(w, picture(d, rule, l));
	event = sh_watch_step(&w->watch, &terms, hit, cleared(d, rule, l, hit), time);
	explain(d, rule, l, &w->watch, hit, &eval);
	act_on(d, w, event, time);
	if (sh_watch_is_idle(&w->watch))
		keep_picture(w, NULL);
	w->dirty = true;
}

static void apply_rules(struct sh_detector *d, struct sh_look *l)
{
	struct sh_site_word word = { 0 };

	if (d->site)
		word = sh_site_lookup(d->site, l->entity);
	for (size_t i = 0; i < d->rules->n; i++) {
		const struct sh_rule *rule = &d->rules->rule[i];

		if (!applies(rule, l->parts.type))
			continue;
		l->params = sh_rule_params(rule->params, word.params);
		sh_scope_json(&l->scope, "params", l->params);
		apply_rule(d, rule, l);
		json_decref(l->params);
		sh_arena_reset(&d->arena);
	}
}

int sh_detector_sample(struct sh_detector *d, const struct sh_record *r, struct sh_error *err)
{
	struct sh_look l = { .record = r };

	if (sh_look_check(r, err) < 0)
		return -1;
	l.metrics = sh_record_metrics(r);
	if (sh_memory_note(&d->memory, r, l.metrics)) {
		sh_look_at(&l, &d->memory);
		apply_rules(d, &l);
	}
	sh_look_release(&l);
	return 0;
}

void sh_detector_tick(struct sh_detector *d, const struct sh_record *r)
{
	if (r->time > d->memory.largest)
		d->memory.largest = r->time;
}

void sh_detector_pending(struct sh_detector *d)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&d->watch, &i));) {
		struct sh_watched *w = e->value;

		if (!w->watch.open && w->watch.hits > 0 && w->last)
			emit_fault(d, w, SH_FAULT_PENDING, w->watch.until);
	}
}

static int save_watched(struct sh_state *s, const struct sh_map_entry *e, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_watched *w = e->value;
	json_t *object;

	if (!w->dirty)
		return 0;
	w->dirty = false;
	if (sh_watch_is_idle(&w->watch))
		return sh_state_delete(s, "watch", e->key, e->len, err);
	object = sh_watch_to_json(&w->watch);
	if (w->last)
		json_object_set(object, "fault", w->last);
	sh_json_dump(&text, object);
	json_decref(object);
	return sh_state_put(s, "watch", e->key, e->len, text.data, text.len, err);
}

/* Watches that remember nothing are as new ones; one that is broken remembers that it was told. */
static void sweep_watches(struct sh_detector *d)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&d->watch, &i));) {
		const struct sh_watched *w = e->value;

		if (sh_watch_is_idle(&w->watch) && !w->dirty && !w->broken)
			sh_map_remove(&d->watch, e->key, e->len);
	}
}

int sh_detector_sweep(struct sh_detector *d, struct sh_state *s, struct sh_error *err)
{
	if (!sh_memory_sweep_is_due(&d->memory))
		return 0;
	sweep_watches(d);
	return sh_memory_sweep(&d->memory, s, err);
}

int sh_detector_save(struct sh_detector *d, struct sh_state *s, struct sh_error *err)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&d->watch, &i));)
		if (save_watched(s, e, err) < 0)
			return -1;
	if (sh_memory_save(&d->memory, s, err) < 0)
		return -1;
	return sh_detector_sweep(d, s, err);
}

void sh_detector_unsaved(struct sh_detector *d)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&d->watch, &i));)
		((struct sh_watched *)e->value)->dirty = true;
	sh_memory_unsaved(&d->memory);
}

static int load_watched(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_detector *d = arg;
	struct sh_error err = SH_ERROR_INIT;
	json_t *object = sh_json_parse(value, len, &err);
	struct sh_watched *w = sh_calloc(1, sizeof(*w));

	sh_watch_from_json(&w->watch, object);
	w->last = json_incref(json_object_get(object, "fault"));
	json_decref(object);
	sh_map_put(&d->watch, key, key_len, w);
	return 0;
}

int sh_detector_load(struct sh_detector *d, struct sh_state *s, struct sh_error *err)
{
	if (sh_state_each(s, "watch", load_watched, d, err) < 0)
		return -1;
	return sh_memory_load(&d->memory, s, err);
}
