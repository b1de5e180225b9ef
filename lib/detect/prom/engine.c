/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/engine.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/prom/alerts.h"
#include "detect/prom/engine_internal.h"
#include "detect/prom/eval.h"

#define EVERY     SH_MIN
#define MAX_STEPS 10000 /* evaluations that a gap between two records may cost */

struct sh_prom_engine *sh_prom_engine_new(const struct sh_prom_calls *calls)
{
	struct sh_prom_engine *p = sh_calloc(1, sizeof(*p));

	p->calls = *calls;
	p->now = INT64_MIN;
	sh_prom_store_init(&p->store);
	return p;
}

void sh_prom_engine_free(struct sh_prom_engine *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		sh_promql_free(p->rule[i]->promql);
		sh_prom_alerts_release(&p->rule[i]->alerts);
		free(p->rule[i]->watch);
		free(p->rule[i]->labels);
		free(p->rule[i]);
	}
	free(p->rule);
	sh_prom_store_release(&p->store);
	sh_arena_release(&p->arena);
	sh_arena_release(&p->intake);
	free(p);
}

struct adding {
	struct sh_prom_engine *p;
	struct sh_prom_ruled *r;
};

static void add_watch(void *arg, const struct sh_prom_ast *selector, int64_t reach)
{
	struct adding *a = arg;

	a->r->watch[selector->id] = sh_prom_store_watch(&a->p->store, selector, reach);
}

static struct sh_prom_labels *copy_labels(const json_t *object)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_prom_labels *l = sh_prom_labels_new(&arena, json_object_size(object)), *copy;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
		l->label[l->n++] = (struct sh_prom_label){
			name, json_is_string(value) ? json_string_value(value) : "" };
	sh_prom_labels_sort(l);
	copy = sh_prom_labels_copy(l);
	sh_arena_release(&arena);
	return copy;
}

int sh_prom_engine_add(struct sh_prom_engine *p, const struct sh_prom_rule *rule, struct sh_error *err)
{
	struct sh_promql *q = sh_promql_parse(rule->expr, err);
	struct sh_prom_ruled *r;
	struct adding a = { p, NULL };

	if (!q)
		return -1;
	if (q->root->type != SH_PROM_VECTOR && q->root->type != SH_PROM_SCALAR) {
		sh_promql_free(q);
		return sh_error_set(err, SH_ERRC_CONFIG, "1:1: a rule's expression is a vector or a scalar");
	}
	a.r = r = sh_calloc(1, sizeof(*r));
	r->rule = *rule;
	r->rule.every = rule->every > 0 ? rule->every : EVERY;
	r->rule.repeat = rule->record ? 0 : rule->repeat;
	r->promql = q;
	r->labels = copy_labels(rule->labels);
	r->last = INT64_MIN;
	r->watch = sh_calloc(q->selectors + 1, sizeof(*r->watch));
	sh_prom_alerts_init(&r->alerts);
	sh_grow(p->rule, p->n, p->cap);
	p->rule[p->n++] = r;
	return sh_prom_reach(q->root, r->rule.every, add_watch, &a, err);
}

void sh_prom_engine_since(struct sh_prom_engine *p, int64_t since)
{
	p->since = since;
}

static const struct sh_prom_labels *add_labels(struct sh_prom_engine *p,
					       const struct sh_prom_labels *to,
					       const struct sh_prom_labels *more)
{
	for (size_t i = 0; i < more->n; i++)
		to = sh_prom_labels_with(&p->arena, to, more->label[i].name, more->label[i].value);
	return to;
}

struct told {
	struct sh_prom_engine *p;
	struct sh_prom_ruled *r;
	int64_t now;
};

/* Other rules may look at alerts as Prometheus shows them. */
static void note_alert(struct told *t, const struct sh_prom_alert *alert, double value)
{
	const struct sh_prom_labels *l;
	const char *name = t->r->rule.name ? t->r->rule.name : t->r->rule.id;

	if (!sh_prom_store_wants(&t->p->store, "ALERTS"))
		return;
	l = add_labels(t->p, alert->labels, t->r->labels);
	l = sh_prom_labels_with(&t->p->arena, l, "alertname", name);
	l = sh_prom_labels_with(&t->p->arena, l, "alertstate", "firing");
	sh_prom_store_note(&t->p->store, "ALERTS", l, alert->origin ? alert->origin : "", t->now,
			   value);
}

static char *tell_alert(void *arg, enum sh_prom_change change, const struct sh_prom_alert *alert)
{
	struct told *t = arg;

	if (change == SH_PROM_ENDED)
		note_alert(t, alert, sh_prom_stale());
	return t->p->calls.alert(t->p->calls.arg, &t->r->rule, change, alert, t->now);
}

static void note_firing(struct told *t)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&t->r->alerts.by_key, &i))) {
		const struct sh_prom_held *h = e->value;

		if (h->alert.firing)
			note_alert(t, &h->alert, 1);
	}
}

static void note_recorded(struct told *t, const struct sh_prom_alert *alert, double value)
{
	sh_prom_store_note(&t->p->store, t->r->rule.record,
			   add_labels(t->p, alert->labels, t->r->labels),
			   alert->origin ? alert->origin : "", t->now, value);
}

static char *tell_recorded(void *arg, enum sh_prom_change change, const struct sh_prom_alert *alert)
{
	note_recorded(arg, alert, change == SH_PROM_ENDED ? sh_prom_stale() : alert->value);
	return NULL;
}

static void tell_broken(struct sh_prom_engine *p, struct sh_prom_ruled *r, const char *why)
{
	if (!r->broken && p->calls.broken)
		p->calls.broken(p->calls.arg, &r->rule, why);
	r->broken = true;
}

/* What could not be evaluated leaves all as it is. */
static void evaluate(struct sh_prom_engine *p, struct sh_prom_ruled *r, int64_t now)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_prom_eval e = { r->watch, now, r->rule.every, &p->arena, 0, &err };
	struct told t = { p, r, now };
	struct sh_prom_vector v;

	r->last = now;
	if (now < p->since && !r->rule.record)
		return;
	sh_arena_reset(&p->arena);
	if (sh_prom_eval(&e, r->promql->root, &v) < 0) {
		tell_broken(p, r, err.text);
		return;
	}
	for (size_t i = 0; i < v.n; i++) {
		v.elem[i].labels = sh_prom_labels_with(&p->arena, v.elem[i].labels, SH_PROM_NAME, "");
		if (!sh_prom_alerts_note(&r->alerts, &v.elem[i], now)) {
			tell_broken(p, r, "two series of the result differ in their metric's name only");
			return;
		}
	}
	r->broken = false;
	sh_prom_alerts_settle(&r->alerts, &r->rule, now, r->rule.record ? tell_recorded : tell_alert,
			      &t);
	if (!r->rule.record && sh_prom_store_wants(&p->store, "ALERTS"))
		note_firing(&t);
}

/* Nobody will look at what is older than the evaluations of all rules reach. */
static void forget(struct sh_prom_engine *p)
{
	int64_t floor = INT64_MAX;

	for (size_t i = 0; i < p->n; i++)
		floor = p->rule[i]->last < floor ? p->rule[i]->last : floor;
	if (p->n && floor != INT64_MIN)
		sh_prom_store_forget(&p->store, floor);
}

/* All of NOW is there: evaluate what is due. */
static void evaluate_due(struct sh_prom_engine *p, int64_t now)
{
	bool any = false;

	for (size_t i = 0; i < p->n; i++) {
		struct sh_prom_ruled *r = p->rule[i];

		if (r->last != INT64_MIN && now < r->last + r->rule.every)
			continue;
		evaluate(p, r, now);
		any = true;
	}
	if (any)
		forget(p);
}

/* The first evaluation that is missing where no record came for two intervals of its rule. */
static int64_t next_missing(const struct sh_prom_engine *p, int64_t until)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < p->n; i++) {
		const struct sh_prom_ruled *r = p->rule[i];

		if (r->last != INT64_MIN && r->last + 2 * r->rule.every < until &&
		    r->last + r->rule.every < next)
			next = r->last + r->rule.every;
	}
	return next;
}

static void fill_gap(struct sh_prom_engine *p, int64_t until)
{
	int64_t next;

	for (int step = 0; (next = next_missing(p, until)) < until && step < MAX_STEPS; step++)
		evaluate_due(p, next);
	for (size_t i = 0; next < until && i < p->n; i++) { /* a gap of months: as if it had been quiet */
		struct sh_prom_ruled *r = p->rule[i];

		if (r->last + 2 * r->rule.every < until)
			r->last = until - r->rule.every;
	}
}

void sh_prom_engine_time(struct sh_prom_engine *p, int64_t time)
{
	if (p->now == INT64_MIN || time <= p->now) {
		p->now = time > p->now ? time : p->now;
		return;
	}
	evaluate_due(p, p->now);
	fill_gap(p, time);
	p->now = time;
}

void sh_prom_engine_tick(struct sh_prom_engine *p, int64_t now)
{
	sh_prom_engine_time(p, now);
	evaluate_due(p, p->now);
}

void sh_prom_engine_firing(const struct sh_prom_engine *p,
			   void (*seen)(void *arg, const struct sh_prom_rule *rule,
					const struct sh_prom_alert *alert),
			   void *arg)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; i < p->n; i++) {
		const struct sh_prom_ruled *r = p->rule[i];
		size_t at = 0;

		while (!r->rule.record && (e = sh_map_next(&r->alerts.by_key, &at))) {
			const struct sh_prom_held *h = e->value;

			if (h->alert.firing)
				seen(arg, &r->rule, &h->alert);
		}
	}
}

void sh_prom_engine_losses(const struct sh_prom_engine *p, struct sh_prom_losses *out)
{
	*out = (struct sh_prom_losses){ p->store.lost_series, p->store.lost_points,
					p->store.late_points };
}
