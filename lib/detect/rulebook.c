/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/rulebook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"

/* A name of the record's own metrics: GROUP.NAME, and no name that means something else. */
static bool is_own(void *arg, const char *path)
{
	static const char *const others[] = { "host",   "params", "entity", "entity_type", "entity_name",
					      "hostname", "labels", "dims",   "log" };
	size_t len = strcspn(path, ".");

	(void)arg;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strlen(others[i]) == len && !strncmp(path, others[i], len))
			return false;
	return path[len] == '.' && !strchr(path + len + 1, '.');
}

/* GROUP.NAME behind "host.", or NULL. */
static const char *host_part(const char *path)
{
	return !strncmp(path, "host.", 5) && is_own(NULL, path + 5) ? path + 5 : NULL;
}

static void want_host(struct sh_rulebook *p, const char *path)
{
	if (sh_map_gets(&p->host_path, path))
		return;
	p->host_slot = sh_reallocn(p->host_slot, p->hosts + 1, sizeof(*p->host_slot));
	p->host_name = sh_reallocn(p->host_name, p->hosts + 1, sizeof(*p->host_name));
	p->host_slot[p->hosts] = (uint32_t)sh_pick_ask(&p->pick, path);
	p->host_name[p->hosts] = path;
	sh_map_puts(&p->host_path, path, (void *)(intptr_t)++p->hosts);
}

static void want_paths(struct sh_rulebook *p, struct sh_planned *rule, const struct sh_expr *e)
{
	const char *path, *host;

	for (size_t i = 0; e && (path = sh_expr_path(e, i)); i++) {
		host = host_part(path);
		if (is_own(NULL, path))
			sh_pick_ask(&p->pick, path);
		if (host)
			want_host(p, host);
		rule->reads_host = rule->reads_host || host;
	}
}

static void add_call(struct sh_planned *rule, uint32_t number)
{
	for (size_t i = 0; i < rule->recalls; i++)
		if (rule->recall[i] == number)
			return;
	rule->recall = sh_reallocn(rule->recall, rule->recalls + 1, sizeof(*rule->recall));
	rule->recall[rule->recalls++] = number;
}

static int want_calls(struct sh_rulebook *p, struct sh_planned *planned, const struct sh_rule *rule,
		      const struct sh_expr *e, struct sh_error *err)
{
	struct sh_call_site site;

	for (size_t i = 0; e && i < sh_expr_calls(e); i++) {
		struct sh_recall *recall;
		long number;

		if (!sh_expr_call_site(e, i, &site))
			continue;
		if (site.function->max_args && !is_own(NULL, site.path))
			return sh_error_set(err, SH_ERRC_CONFIG, "%u:%u: %s takes a metric of the record, not '%s'",
					    site.line, site.column, site.function->name, site.path);
		number = sh_recalls_add(&p->recalls, &site, rule->eager, err);
		if (number < 0)
			return -1;
		recall = &p->recalls.item[number];
		recall->slot = sh_pick_ask(&p->pick, recall->path);
		add_call(planned, (uint32_t)number);
		planned->is_timed = planned->is_timed || recall->terms.kind->is_timed;
	}
	return 0;
}

static int want_all(struct sh_rulebook *p, struct sh_planned *planned, const struct sh_rule *rule,
		    struct sh_error *err)
{
	const struct sh_expr *part;

	want_paths(p, planned, rule->expr);
	want_paths(p, planned, rule->clear);
	if (want_calls(p, planned, rule, rule->expr, err) < 0 ||
	    want_calls(p, planned, rule, rule->clear, err) < 0 ||
	    want_calls(p, planned, rule, rule->severity_expr, err) < 0)
		return -1;
	for (size_t i = 0; rule->description && (part = sh_template_expr(rule->description, i)); i++)
		if (want_calls(p, planned, rule, part, err) < 0)
			return -1;
	return 0;
}

/* What one rule's names are to its programs. */
struct binding {
	const struct sh_rulebook *book;
	const struct sh_rule *rule;
};

static struct sh_quick_bound bind_path(void *arg, const char *path)
{
	const struct binding *b = arg;
	const char *host = host_part(path);
	const json_t *param;

	if (is_own(NULL, path))
		return (struct sh_quick_bound){ SH_QUICK_NUMBER,
						sh_pick_ask((struct sh_pick *)(uintptr_t)&b->book->pick, path), 0 };
	if (host) {
		size_t number = (size_t)(intptr_t)sh_map_gets(&b->book->host_path, host) - 1;

		return (struct sh_quick_bound){ SH_QUICK_NUMBER, sh_rulebook_host(b->book, number), 0 };
	}
	param = strncmp(path, "params.", 7) ? NULL : json_object_get(b->rule->params, path + 7);
	if (json_is_number(param))
		return (struct sh_quick_bound){ SH_QUICK_CONSTANT, 0, json_number_value(param) };
	return (struct sh_quick_bound){ SH_QUICK_NONE, 0, 0 };
}

static struct sh_quick_bound bind_call(const struct binding *b, const struct sh_expr *e, size_t id)
{
	struct sh_quick_bound bound = { SH_QUICK_NONE, 0, 0 };
	struct sh_call_site site;
	struct sh_error ignored = SH_ERROR_INIT;
	const struct sh_past_kind *kind;
	long number;

	if (!sh_expr_call_site(e, id, &site))
		return bound;
	number = sh_recalls_add((struct sh_recalls *)(uintptr_t)&b->book->recalls, &site,
				b->rule->eager, &ignored);
	if (number < 0)
		return bound;
	kind = b->book->recalls.item[number].terms.kind;
	bound.kind = kind->is_truth	 ? SH_QUICK_TRUTH
		     : kind->is_duration ? SH_QUICK_DURATION
					 : SH_QUICK_NUMBER;
	bound.slot = sh_rulebook_recall(b->book, (size_t)number);
	return bound;
}

struct call_binding {
	struct binding b;
	const struct sh_expr *expr;
};

static struct sh_quick_bound bind_call_of(void *arg, const struct sh_function *f, const char *path,
					  size_t id)
{
	const struct call_binding *c = arg;

	(void)f;
	(void)path;
	return bind_call(&c->b, c->expr, id);
}

static struct sh_quick *compile(const struct sh_rulebook *p, const struct sh_rule *rule,
				const struct sh_expr *e)
{
	struct call_binding c = { { p, rule }, e };
	const struct sh_quick_binder binder = { bind_path, bind_call_of, &c };

	/* What a rule says of something else than the record's own series is counted there. */
	return e && !rule->about ? sh_quick_compile(e, &binder) : NULL;
}

static void find_needs(struct sh_rulebook *p, struct sh_planned *planned, const struct sh_expr *e)
{
	const char *path;

	for (size_t i = 0; planned->expr && planned->needs < SH_NEEDS && (path = sh_expr_path(e, i)); i++) {
		if (!is_own(NULL, path))
			continue;
		planned->need[planned->needs] = (uint32_t)sh_pick_ask(&p->pick, path);
		planned->needs += sh_quick_needs(planned->expr, planned->need[planned->needs]);
	}
}

static void note_types(struct sh_rulebook *p)
{
	for (size_t i = 0; i < p->rules->n; i++)
		for (const char **on = p->rules->rule[i].on; on && *on; on++)
			sh_map_puts(&p->types, *on, p);
}

static void free_route(void *data)
{
	struct sh_route *r = data;

	free(r->rules);
	free(r->all);
	free(r->logs);
	free(r->recall);
	free(r->start);
	sh_gates_release(&r->gates);
	sh_needs_release(&r->needs);
	sh_gathered_release(&r->gathered);
	free(r);
}

size_t sh_rulebook_make(struct sh_rulebook *p, const struct sh_rules *rules,
		    void (*report)(void *arg, const struct sh_error *err), void *arg)
{
	size_t broken = 0;

	*p = (struct sh_rulebook){ .rules = rules, .pick = SH_PICK_INIT };
	sh_recalls_init(&p->recalls);
	sh_map_init(&p->host_path, NULL);
	sh_map_init(&p->types, NULL);
	sh_map_init(&p->route, free_route);
	p->rule = sh_calloc(rules->n + 1, sizeof(*p->rule));
	p->words = (rules->n + 63) / 64;
	for (size_t i = 0; i < rules->n; i++) {
		const struct sh_rule *rule = &rules->rule[i];
		struct sh_error err = SH_ERROR_INIT;

		if (want_all(p, &p->rule[i], rule, &err) == 0)
			continue;
		p->rule[i].broken = true;
		broken++;
		sh_error_prefix(&err, "%s:%d:%d: rule '%s'", rule->node->file, rule->node->line,
				rule->node->column, rule->id);
		if (report)
			report(arg, &err);
	}
	for (size_t i = 0; i < rules->n; i++)
		p->has_logs = p->has_logs || rules->rule[i].is_log;
	p->picks = p->pick.slots;
	for (size_t i = 0; i < rules->n; i++) {
		const struct sh_rule *rule = &rules->rule[i];

		p->rule[i].expr = compile(p, rule, rule->expr);
		p->rule[i].has_gate = p->rule[i].expr &&
				      sh_quick_gate(p->rule[i].expr, p->picks, &p->rule[i].gate);
		find_needs(p, &p->rule[i], rule->expr);
		p->rule[i].clear = compile(p, rule, rule->clear);
		p->rule[i].always = !sh_expr_idle_without(rule->expr, is_own, NULL);
	}
	note_types(p);
	return broken;
}

void sh_rulebook_release(struct sh_rulebook *p)
{
	for (size_t i = 0; i < p->rules->n; i++) {
		sh_quick_free(p->rule[i].expr);
		sh_quick_free(p->rule[i].clear);
		free(p->rule[i].recall);
	}
	free(p->rule);
	sh_recalls_release(&p->recalls);
	sh_pick_release(&p->pick);
	sh_map_release(&p->host_path);
	free(p->host_slot);
	free(p->host_name);
	sh_map_release(&p->types);
	sh_map_release(&p->route);
	if (p->other)
		free_route(p->other);
}

bool sh_rulebook_applies(const struct sh_rule *rule, struct sh_span type)
{
	for (const char **on = rule->on; on && *on; on++)
		if (sh_span_is(type, *on))
			return true;
	return !rule->on;
}

static void mark(const struct sh_rulebook *p, struct sh_route *r, size_t row, size_t rule)
{
	r->rules[row * p->words + rule / 64] |= UINT64_C(1) << (rule % 64);
}

/* The rule is looked at when one of its own metrics is there; its clearing condition alone says nothing. */
static void mark_paths(struct sh_rulebook *p, struct sh_route *r, size_t rule)
{
	const char *path;

	for (size_t i = 0; (path = sh_expr_path(p->rules->rule[rule].expr, i)); i++)
		if (is_own(NULL, path))
			mark(p, r, sh_pick_ask(&p->pick, path), rule);
}

/* The calls that the rules of a type make, by the slot of their metric. */
static void sort_calls(struct sh_rulebook *p, struct sh_route *r, const bool *used)
{
	size_t n = 0;

	r->start = sh_calloc(p->picks + 1, sizeof(*r->start));
	r->recall = sh_calloc(p->recalls.n + 1, sizeof(*r->recall));
	for (size_t i = 0; i < p->recalls.n; i++)
		if (used[i] && p->recalls.item[i].terms.kind->note_metric)
			r->all_metrics = 1 + p->recalls.item[i].slot;
	for (size_t slot = 0; slot < p->picks; slot++) {
		r->start[slot] = (uint32_t)n;
		for (size_t i = 0; i < p->recalls.n; i++)
			if (used[i] && p->recalls.item[i].slot == slot)
				r->recall[n++] = (uint32_t)i;
	}
	r->start[p->picks] = (uint32_t)n;
}

static struct sh_route *make_route(struct sh_rulebook *p, struct sh_span type)
{
	struct sh_route *r = sh_calloc(1, sizeof(*r));
	bool *used = sh_calloc(p->recalls.n + 1, sizeof(*used));

	r->rules = sh_calloc((p->picks + 1) * p->words + 1, sizeof(*r->rules));
	r->all = sh_calloc(p->words + 1, sizeof(*r->all));
	r->logs = sh_calloc(p->words + 1, sizeof(*r->logs));
	sh_gates_init(&r->gates, p->picks, p->words);
	sh_needs_init(&r->needs, p->picks, p->words);
	for (size_t i = 0; i < p->rules->n; i++) {
		const struct sh_planned *planned = &p->rule[i];

		if (planned->broken || !sh_rulebook_applies(&p->rules->rule[i], type))
			continue;
		if (p->rules->rule[i].is_log) {
			r->logs[i / 64] |= UINT64_C(1) << (i % 64);
			r->has_logs = true;
			continue;
		}
		r->all[i / 64] |= UINT64_C(1) << (i % 64);
		mark_paths(p, r, i);
		if (planned->always)
			mark(p, r, p->picks, i);
		if (planned->has_gate)
			sh_gates_add(&r->gates, i, &planned->gate);
		for (size_t k = 0; k < planned->needs; k++)
			sh_needs_add(&r->needs, i, k, planned->need[k]);
		for (size_t k = 0; k < planned->recalls; k++)
			used[planned->recall[k]] = true;
		r->is_timed = r->is_timed || planned->is_timed;
	}
	sort_calls(p, r, used);
	free(used);
	return r;
}

struct sh_route *sh_rulebook_route(struct sh_rulebook *p, struct sh_span type)
{
	struct sh_route *r;

	if (!sh_map_get(&p->types, type.p, type.len)) {
		if (!p->other)
			p->other = make_route(p, SH_SPAN_NONE);
		return p->other;
	}
	r = sh_map_get(&p->route, type.p, type.len);
	if (!r) {
		r = make_route(p, type);
		sh_map_put(&p->route, type.p, type.len, r);
	}
	return r;
}

bool sh_rulebook_was_seen(const struct sh_rulebook *p, size_t rule)
{
	const struct sh_map_entry *e;

	if (p->other && p->other->seen && sh_route_has(p->other, rule))
		return true;
	for (size_t i = 0; (e = sh_map_next(&p->route, &i));) {
		const struct sh_route *r = e->value;

		if (r->seen && sh_route_has(r, rule))
			return true;
	}
	return false;
}
