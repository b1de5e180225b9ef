/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "detect/elapse.h"
#include "detect/hushed.h"
#include "detect/past.h"
#include "detect/picture.h"
#include "detect/warmup.h"
#include "record/entity.h"

void sh_judge_write(struct sh_detector *d, const struct sh_rule *rule, struct sh_watched *w,
		    enum sh_fault_status status, int64_t time)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_hushed_mark(d, w, status, time);
	if (sh_picture_write(w->shown, rule, w, status, time, &line))
		d->emit(d->arg, line.data, line.len);
}

/* What it is due to, as "entity_level(cpu.usage)". */
static void show_parts(const struct sh_recall *r, const struct sh_recalled *state, json_t *values)
{
	const char *name;
	double z;

	for (size_t i = 0; (name = r->terms.kind->attribute(state->state, &r->terms, i, &z)); i++) {
		SH_CLEANUP_FREE char *key = sh_asprintf("%s(%s)", r->terms.kind->name, name);

		json_object_set_new(values, key, json_real(z));
	}
}

/* What the functions over time came to stands beside the metrics that were read. */
static void show_calls(struct sh_detector *d, struct sh_look *l, json_t *values)
{
	const struct sh_planned *p = &d->book.rule[l->rule - d->rules->rule];

	for (size_t i = 0; i < p->recalls; i++) {
		const struct sh_recall *r = &d->book.recalls.item[p->recall[i]];
		struct sh_past_answer a = sh_past_ask(&d->book, l->subject, p->recall[i], l->now);
		struct sh_value v = sh_recall_value(r->terms.kind, &a);

		if (a.known)
			json_object_set_new(values, r->shown, sh_value_to_json(&v));
		if (a.known && r->terms.kind->attribute)
			show_parts(r, sh_past_state(l->subject, p->recall[i]), values);
	}
}

static void show(struct sh_detector *d, struct sh_watched *w, struct sh_look *l)
{
	json_decref(w->shown);
	w->shown = sh_picture_make(l);
	show_calls(d, l, json_object_get(json_object_get(w->shown, "evidence"), "values"));
}

static void note_opened(struct sh_detector *d, const struct sh_look *l, const struct sh_watched *w)
{
	struct sh_subject *whole = l->about->whole;

	if (!whole->open++)
		sh_subject_rare(whole)->opened = l->now;
	sh_sources_put(&d->hush.sources, w);
	sh_store_touch(&d->store, whole);
}

static void act_on(struct sh_detector *d, struct sh_look *l, struct sh_watched *w,
		   enum sh_watch_event event, bool hit)
{
	if (event == SH_WATCH_NOTHING || event == SH_WATCH_HIT)
		return;
	if ((hit && event != SH_WATCH_RESOLVED) || !w->shown)
		show(d, w, l);
	sh_judge_write(d, l->rule, w, sh_watch_status(&w->watch, event), l->now);
	sh_watch_emitted(&w->watch, event, l->now);
	if (event == SH_WATCH_OPENED)
		note_opened(d, l, w);
	if (event != SH_WATCH_RESOLVED) {
		d->faults += !sh_hushed_is(w);
		return;
	}
	l->about->whole->open--;
	sh_sources_drop(&d->hush.sources, w);
	json_decref(w->shown);
	w->shown = NULL;
}

static void note_broken(struct sh_detector *d, struct sh_watched *w, const struct sh_look *l,
			const struct sh_eval *eval)
{
	if (eval->error[0] && !w->broken && d->broken)
		d->broken(d->arg, l->rule, l->record, eval->error);
	w->broken = eval->error[0] != '\0';
}

static void note_fared(struct sh_fared *f, enum sh_truth hit, const struct sh_eval *eval)
{
	if (hit != SH_UNKNOWN || eval->error[0])
		f->known = true;
	else if (!f->known && !f->missing[0])
		snprintf(f->missing, sizeof(f->missing), "%s", eval->missing);
}

static struct sh_watch_terms terms_of(const struct sh_rule *r)
{
	return (struct sh_watch_terms){ r->count, r->clear_count, r->for_time, r->repeat };
}

static void explain(struct sh_detector *d, const struct sh_look *l, const struct sh_watch *w,
		    enum sh_truth truth, const struct sh_eval *eval, bool ignored)
{
	static const char *const words[] = { "false", "true", "unknown" };
	const struct sh_rule *rule = l->rule;
	const struct sh_watch_terms terms = terms_of(rule);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (!d->explain)
		return;
	sh_buf_addf(&text, "%s: %s%s%s%s%s%s; ", sh_expr_text(rule->expr), words[truth],
		    !eval->missing[0]		   ? ""
		    : strchr(eval->missing, '(') ? " ("
						 : " (no ",
		    eval->missing, eval->missing[0] ? ")" : "",
		    eval->error[0] ? ": " : "", eval->error);
	if (ignored)
		sh_buf_addstr(&text, "not counted while it warms up; ");
	sh_watch_explain(w, &terms, &rule->damping, l->now, &text);
	d->explain(d->arg, rule, l->record, sh_buf_str(&text));
}

/* Where the rule is a program over numbers that answers, that is the answer. */
static enum sh_quick_answer quick_answer(const struct sh_detector *d, const struct sh_look *l,
					 const struct sh_quick *quick)
{
	return quick && !l->subject->params ? sh_quick_truth(quick, d->value) : SH_QUICK_PUNT;
}

static enum sh_truth cleared(struct sh_detector *d, struct sh_look *l, const struct sh_planned *p,
			     enum sh_truth hit)
{
	enum sh_quick_answer quick;
	struct sh_eval eval;

	if (!l->rule->clear)
		return hit == SH_UNKNOWN ? SH_UNKNOWN : hit == SH_TRUE ? SH_FALSE : SH_TRUE;
	quick = quick_answer(d, l, p->clear);
	if (quick != SH_QUICK_PUNT)
		return (enum sh_truth)quick;
	eval = sh_look_eval(l);
	return sh_expr_truth(l->rule->clear, &eval);
}

static bool is_warming_up(const struct sh_look *l)
{
	const struct sh_subject *s = l->subject;

	return sh_warmup_holds(s->since, sh_subject_repaired(s->whole), l->rule->damping.warmup, l->now);
}

/* What cannot be said now is as at the hit before; why it failed goes into EVAL. */
static void rate(struct sh_look *l, struct sh_watch *w, struct sh_eval *eval)
{
	enum sh_severity severity = l->rule->severity;
	struct sh_eval own;

	if (l->rule->severity_expr) {
		if (w->open)
			severity = (enum sh_severity)w->severity;
		own = sh_look_eval(l);
		if (!sh_rule_severity(l->rule, &own, &severity))
			snprintf(eval->error, sizeof(eval->error), "%s", own.error);
	}
	sh_watch_rate(w, severity);
}

/* The record of a hit is kept while it may yet be shown as pending. */
static void keep_hit(struct sh_watched *w, const struct sh_look *l)
{
	if (!w->watch.open && w->watch.hits > 0)
		sh_watched_keep(w, l->record->line);
}

/* What stays bad after the reason to be quiet about it is told at its next answer. */
static bool is_told_again(struct sh_detector *d, struct sh_watched *w, enum sh_watch_event event,
			  enum sh_truth hit, int64_t now)
{
	return sh_hushed_is(w) && (event == SH_WATCH_HIT || event == SH_WATCH_NOTHING) &&
	       (hit == SH_TRUE || (hit == SH_FALSE && !w->watch.clears)) && sh_hushed_is_over(d, w, now);
}

static void step(struct sh_detector *d, struct sh_look *l, const struct sh_planned *p,
		 struct sh_watched *w, enum sh_truth hit)
{
	const struct sh_watch_terms terms = terms_of(l->rule);
	enum sh_watch_event event;

	if (w->watch.heard && l->subject->since > w->watch.heard && hit != SH_UNKNOWN)
		sh_watch_missed(&w->watch, l->now);
	if (w->watch.heard && l->now > w->watch.heard && hit != SH_UNKNOWN)
		w->interval = l->now - w->watch.heard;
	event = sh_watch_judge(&w->watch, &terms, &l->rule->damping, hit,
			       cleared(d, l, p, hit), l->now);
	if (hit == SH_TRUE)
		keep_hit(w, l);
	if (is_told_again(d, w, event, hit, l->now))
		event = SH_WATCH_ONGOING;
	act_on(d, l, w, event, hit == SH_TRUE);
}

static void count(struct sh_detector *d, struct sh_look *l, size_t number, enum sh_truth hit,
		  struct sh_eval *eval)
{
	const struct sh_planned *p = &d->book.rule[number];
	bool ignored = hit == SH_TRUE && is_warming_up(l);
	struct sh_watched *w = sh_watched_find(l->about->watch, (uint32_t)number);

	if (!w && ((hit == SH_TRUE && !ignored) || eval->error[0]))
		w = sh_watched_make(&l->about->watch, (uint32_t)number);
	if (!w) {
		explain(d, l, &(struct sh_watch){ 0 }, hit, eval, ignored);
		return;
	}
	if (hit == SH_TRUE && !ignored)
		rate(l, &w->watch, eval);
	note_broken(d, w, l, eval);
	if (ignored)
		sh_watch_ignored(&w->watch, l->now);
	else
		step(d, l, p, w, hit);
	explain(d, l, &w->watch, hit, eval, ignored);
}

/* The series that the rule's faults are about; NULL where its name cannot be told from this record. */
static struct sh_subject *find_about(struct sh_detector *d, struct sh_look *l)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_eval eval = sh_look_eval(l);
	struct sh_entity parts;
	struct sh_subject *s;
	struct sh_span key;

	sh_template_fill(l->rule->about, &eval, &name);
	key = (struct sh_span){ sh_buf_str(&name), name.len };
	if (!sh_entity_split(key, &parts) || memchr(key.p, '?', key.len))
		return NULL;
	s = sh_store_key(&d->store, key, key.len);
	if (!s)
		s = sh_store_make(&d->store, key, key.len, l->record->host);
	if (!s->route)
		sh_detector_introduce(d, s);
	s->last = l->now > s->last ? l->now : s->last;
	sh_store_touch(&d->store, s);
	return s;
}

static void judge_about(struct sh_detector *d, struct sh_look *l, size_t number)
{
	struct sh_eval eval = sh_look_eval(l);
	enum sh_truth hit = sh_expr_truth(l->rule->expr, &eval);

	note_fared(&d->fared[number], hit, &eval);
	l->about = find_about(d, l);
	if (!l->about)
		return;
	count(d, l, number, hit, &eval);
	sh_arena_reset(&d->arena);
	sh_watched_prune(&l->about->watch);
	sh_elapse_reckon(d, l->about, l->now);
}

int64_t sh_judge_log_due(const struct sh_rule *rule, const struct sh_watched *w)
{
	int64_t patience = rule->damping.keep_firing ? rule->damping.keep_firing : SH_LOGS_PATIENCE;

	return w->watch.open || w->watch.hits ? w->watch.until + patience : INT64_MAX;
}

void sh_judge_log_end(struct sh_detector *d, struct sh_look *l, struct sh_watched *w)
{
	const struct sh_watch_terms terms = { l->rule->count, 1, 0, 0 };

	act_on(d, l, w, sh_watch_step(&w->watch, &terms, SH_FALSE, SH_TRUE, l->now), false);
}

/* With names and words: what was missing, or why it failed. */
static void judge_slowly(struct sh_detector *d, struct sh_look *l, size_t number)
{
	struct sh_eval eval = sh_look_eval(l);
	enum sh_truth hit = sh_expr_truth(l->rule->expr, &eval);

	note_fared(&d->fared[number], hit, &eval);
	/* A line that does not match says nothing. */
	if (!l->rule->is_log || hit == SH_TRUE || eval.error[0] || d->explain)
		count(d, l, number, l->rule->is_log && hit == SH_FALSE ? SH_UNKNOWN : hit, &eval);
	sh_arena_reset(&d->arena);
}

/* Apart, so that a rule that says no does not pay for the room. */
static void __attribute__((noinline)) count_quickly(struct sh_detector *d, struct sh_look *l,
						    size_t number, enum sh_truth hit)
{
	struct sh_eval eval;

	eval.missing[0] = eval.error[0] = '\0';
	count(d, l, number, hit, &eval);
	sh_arena_reset(&d->arena);
}

static void score(struct sh_detector *d, struct sh_look *l, size_t number)
{
	struct sh_eval eval = sh_look_eval(l);
	struct sh_value v;

	if (l->timed)
		return;
	sh_look_rule(l, &d->rules->rule[number]);
	v = sh_expr_eval(l->rule->expr, &eval);
	d->score(d->arg, l->record, &v);
	sh_arena_reset(&d->arena);
}

/* Before all that is to be judged: a rule that has peers learns them as it is evaluated. */
static void listen(struct sh_detector *d, struct sh_look *l, size_t number)
{
	struct sh_eval eval;

	if (d->book.rule[number].expr)
		return;
	sh_look_rule(l, &d->rules->rule[number]);
	eval = sh_look_eval(l);
	(void)sh_expr_truth(l->rule->expr, &eval);
	sh_arena_reset(&d->arena);
}

void sh_judge_rule(struct sh_detector *d, struct sh_look *l, size_t number)
{
	struct sh_fared *fared = &d->fared[number];
	enum sh_quick_answer quick;

	l->about = l->subject;
	if (l->now < d->since) {
		listen(d, l, number);
		return;
	}
	quick = quick_answer(d, l, d->book.rule[number].expr);
	if (d->score) {
		score(d, l, number);
		return;
	}
	if (d->rules->rule[number].about) {
		sh_look_rule(l, &d->rules->rule[number]);
		judge_about(d, l, number);
		return;
	}
	/* The first time that it is unknown, a rule is asked what it lacks. */
	if (quick == SH_QUICK_PUNT || d->explain ||
	    (quick == SH_QUICK_UNKNOWN && !fared->known && !fared->missing[0])) {
		sh_look_rule(l, &d->rules->rule[number]);
		judge_slowly(d, l, number);
		return;
	}
	fared->known = fared->known || quick != SH_QUICK_UNKNOWN;
	if (quick != SH_QUICK_TRUE && !sh_watched_find(l->subject->watch, (uint32_t)number))
		return;
	sh_look_rule(l, &d->rules->rule[number]);
	count_quickly(d, l, number, (enum sh_truth)quick);
}
