/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/planner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/params.h"
#include "record/entity.h"
#include "record/json.h"
#include "repair/causes.h"
#include "repair/counts.h"
#include "repair/fill.h"
#include "repair/ladder.h"
#include "repair/mode.h"
#include "repair/rank.h"

int64_t sh_repairer_now(const struct sh_repairer *r)
{
	return r->now ? r->now : sh_clock_wall();
}

char *sh_counts_key(const char *target, const char *playbook)
{
	return sh_asprintf("target:%s playbook:%s", target, playbook);
}

char *sh_counts_key_fingerprint(const char *fingerprint)
{
	return sh_asprintf("fingerprint:%s", fingerprint);
}

static void decode(struct sh_span name, char **out)
{
	struct sh_buf text = SH_BUF_INIT;

	sh_entity_decode(name, &text);
	*out = sh_buf_take(&text);
}

void sh_step_names_init(struct sh_step_names *n, const struct sh_repairer *r,
			const struct sh_request *q, const json_t *parameters, const json_t *steps,
			const json_t *output)
{
	struct sh_entity parts = { sh_span_of(""), sh_span_of(q->target), SH_SPAN_NONE };

	sh_entity_split(sh_span_of(q->target), &parts);
	n->site = sh_site_entry_json(r->site, q->target);
	n->type = sh_strndup(parts.type.p, parts.type.len);
	decode(parts.name, &n->name);
	sh_scope_init(&n->scope, NULL);
	sh_scope_text(&n->scope, "target", sh_span_of(q->target));
	sh_scope_text(&n->scope, "target_type", sh_span_of(n->type));
	sh_scope_text(&n->scope, "target_name", sh_span_of(n->name));
	sh_scope_json(&n->scope, "site", n->site);
	sh_scope_json(&n->scope, "params", parameters);
	sh_scope_json(&n->scope, "fault", q->fault);
	sh_scope_json(&n->scope, "diagnosis", q->diagnosis);
	sh_scope_json(&n->scope, "steps", steps);
	sh_scope_json(&n->scope, "output", output);
}

void sh_step_names_release(struct sh_step_names *n)
{
	json_decref(n->site);
	free(n->type);
	free(n->name);
}

static void set_text(char **to, const char *from)
{
	free(*to);
	*to = sh_strdup_or_null(from);
}

static void take_request(struct sh_plan *p, const struct sh_request *q,
			 const struct sh_repairer *r)
{
	p->time = sh_repairer_now(r);
	p->host = sh_strdup(q->host);
	p->entity = sh_strdup(q->target);
	p->fault_id = sh_strdup_or_null(q->fault_id);
	p->fingerprint = sh_strdup_or_null(q->fingerprint);
	p->fault_type = sh_strdup_or_null(q->fault_type);
	p->rule_id = sh_strdup_or_null(q->rule_id);
	p->diagnosis_id = sh_strdup_or_null(q->diagnosis_id);
	p->cause = sh_strdup_or_null(q->cause);
	p->confidence = q->confidence;
	p->evidence = q->evidence;
	p->evidence.values = json_incref(q->evidence.values);
	p->source = json_incref(q->source);
}

static int decide_none(struct sh_plan *p, char *reason)
{
	set_text(&p->decision, "none");
	free(p->reason);
	p->reason = reason;
	return 0;
}

static const struct sh_node *rule_of(const struct sh_repairer *r, const char *rule_id)
{
	const struct sh_config_entry *e =
		rule_id ? sh_config_find(r->config, SH_SECTION_RULES, rule_id) : NULL;

	return e ? e->node : NULL;
}

static const char *text_of(const struct sh_node *map, const char *key)
{
	const struct sh_node *n = sh_node_get(map, key);

	return n && n->type == SH_NODE_STRING ? n->text : NULL;
}

char *sh_plan_rule_verify(const struct sh_repairer *r, const char *rule_id)
{
	const struct sh_node *rule = rule_of(r, rule_id);

	if (text_of(rule, "verify"))
		return sh_strdup(text_of(rule, "verify"));
	if (text_of(rule, "clear"))
		return sh_strdup(text_of(rule, "clear"));
	return text_of(rule, "expr") ? sh_asprintf("!(%s)", text_of(rule, "expr")) : NULL;
}

/* The playbook's, else the rule's. */
static void set_verify(const struct sh_repairer *r, const struct sh_request *q,
		       const struct sh_playbook *book, struct sh_plan *p)
{
	const struct sh_node *defaults = sh_node_get(rule_of(r, q->rule_id), "params");
	json_t *params = defaults ? sh_node_json(defaults) : NULL;

	p->params = sh_rule_params(params, sh_site_lookup(r->site, q->target).params);
	json_decref(params);
	p->verify = book->verify ? sh_strdup(sh_expr_text(book->verify)) : sh_plan_rule_verify(r, q->rule_id);
}

/* Declared parameters: the request's over the defaults; anything undeclared is refused. */
static int set_parameters(const struct sh_request *q, const struct sh_playbook *book,
			  struct sh_plan *p, struct sh_error *err)
{
	const struct sh_node *declared = book->parameters;
	const char *name;
	json_t *value;

	p->parameters = json_object();
	json_object_foreach(q->parameters, name, value) {
		const struct sh_node *spec = sh_node_get(declared, name);

		if (!spec)
			return sh_error_set(err, SH_ERRC_CONFIG,
					    "playbook '%s' has no parameter '%s'", book->id, name);
		if (sh_parameter_check(spec, name, value, err) < 0)
			return -1;
		json_object_set(p->parameters, name, value);
	}
	for (size_t i = 0; declared && i < declared->n; i++) {
		const struct sh_node *fallback = sh_node_get(declared->item[i], "default");
		bool required = false;

		if (json_object_get(p->parameters, declared->key[i]))
			continue;
		if (fallback)
			json_object_set_new(p->parameters, declared->key[i],
					    sh_node_json(fallback));
		else if (sh_node_bool(declared->item[i], "required", &required, err) < 0 ||
			 required)
			return sh_error_set(err, SH_ERRC_CONFIG, "parameter '%s' is missing",
					    declared->key[i]);
	}
	return 0;
}

/* What a step will get as far as it is known now; outputs of earlier steps are not. */
static int preview_step(const struct sh_step *step, struct sh_step_names *names, size_t index,
			struct sh_step_record *out, struct sh_error *err)
{
	struct sh_error later = SH_ERROR_INIT;
	bool strict = index == 0 && !step->for_each;
	json_t *filled = sh_fill(step->with, &names->scope, strict ? err : &later);

	memset(out, 0, sizeof(*out));
	/* A later step may need what an earlier one will say; then it is filled when its turn comes. */
	if (!filled && strict)
		return -1;
	if (strict && sh_descriptor_check(step->descriptor, filled, err) < 0) {
		json_decref(filled);
		return -1;
	}
	out->name = sh_strdup(step->name);
	out->action = sh_strdup(step->action);
	out->parameters = filled;
	out->argv = json_pack("[s,s]", step->descriptor->path, "run");
	return 0;
}

static int set_steps(const struct sh_repairer *r, const struct sh_request *q,
		     const struct sh_playbook *book, struct sh_plan *p, struct sh_error *err)
{
	struct sh_step_names names;
	int rc = 0;

	sh_step_names_init(&names, r, q, p->parameters, NULL, NULL);
	p->step = sh_calloc(book->steps, sizeof(*p->step));
	for (size_t i = 0; rc == 0 && i < book->steps; i++) {
		rc = preview_step(&book->step[i], &names, i, &p->step[i], err);
		p->steps += rc == 0;
	}
	sh_step_names_release(&names);
	return rc;
}

/* The playbook's content and the site's entry: when either changes, so does the plan. */
static void set_digest(const struct sh_repairer *r, const struct sh_playbook *book,
		       struct sh_plan *p)
{
	json_t *site = sh_site_entry_json(r->site, p->entity);
	char *text = site ? sh_json_text(site, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	struct sh_hash h;
	char digest[SH_HASH_TEXT];

	sh_hash_init(&h);
	sh_hash_str(&h, book->digest);
	sh_hash_str(&h, text);
	sh_hash_finish(&h, digest);
	p->playbook_digest = sh_strdup(digest);
	free(text);
	json_decref(site);
}

static int set_attempt(const struct sh_repairer *r, const struct sh_playbook *book,
		       struct sh_plan *p, struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = sh_counts_key(p->entity, book->id);
	struct sh_guard_counts c = { 0 };
	int64_t tried = 0;

	if (r->ledger && sh_ledger_counts(r->ledger, key, &c, err) < 0)
		return -1;
	if (p->fault_id && sh_counts_are_over(&c, p->time, book->healthy_for))
		c.attempts = 0;
	/* A fault that comes back after a while under its old id is no plan that was carried out. */
	if (r->ledger && p->fault_id && sh_counts_tried(r, p->entity, book->id, p->fault_id, &tried, err) < 0)
		return -1;
	p->attempt = (c.attempts > tried ? c.attempts : tried) + 1;
	return 0;
}

/* What the site entry has no means for is no candidate while there is another. */
static bool can_be_filled(const struct sh_repairer *r, const struct sh_request *q,
			  const struct sh_playbook *book)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_plan scratch;
	bool can;

	sh_plan_init(&scratch);
	take_request(&scratch, q, r);
	can = set_parameters(q, book, &scratch, &ignored) == 0 &&
	      set_steps(r, q, book, &scratch, &ignored) == 0;
	sh_plan_release(&scratch);
	return can;
}

struct filling {
	const struct sh_repairer *r;
	const struct sh_request *q;
};

static bool fits(void *arg, const struct sh_playbook *book)
{
	const struct filling *f = arg;

	return can_be_filled(f->r, f->q, book);
}

/* Of several playbooks the plan has how they compare. */
static int compare(const struct sh_repairer *r, const struct sh_request *q, const struct sh_choice *c,
		   struct sh_plan *p, const struct sh_playbook **out, struct sh_error *err)
{
	struct sh_ranked item[SH_RANK_MOST];
	SH_CLEANUP_FREE char *cause = sh_strdup_or_null(c->cause);
	struct sh_request of_cause = *q;

	of_cause.cause = cause;
	for (size_t i = 0; i < c->n; i++)
		item[i] = (struct sh_ranked){ .book = c->book[i] };
	if (sh_rank(r, &of_cause, item, c->n, err) < 0)
		return -1;
	p->extra = json_pack("{s:o}", "ranking", sh_rank_to_json(item, c->n));
	*out = item[0].book;
	return 0;
}

/* After one that did not help: the first behind it that the site entry has means for; where there is none BOOK, which says why. */
static const struct sh_playbook *first_that_fits(const struct sh_repairer *r, const struct sh_request *q,
						 const struct sh_playbook *book)
{
	const struct sh_playbook *b = book;

	for (int i = 0; b && i < SH_RANK_MOST; i++) {
		if (can_be_filled(r, q, b))
			return b;
		b = b->next ? sh_playbooks_find(r->playbooks, b->next) : NULL;
	}
	return book;
}

/* The one that is named, or the first of those that fit; none with the reason in the plan. */
static int choose(const struct sh_repairer *r, const struct sh_request *q, struct sh_plan *p,
		  const struct sh_playbook **out, struct sh_error *err)
{
	const struct sh_playbook *book[SH_RANK_MOST];
	struct filling f = { r, q };
	struct sh_choice c = { .book = book, .most = SH_RANK_MOST, .fits = fits, .arg = &f };

	*out = sh_playbooks_find(r->playbooks, q->ladder ? q->ladder : q->playbook);
	if (*out && q->rung > 0 && !q->ladder)
		*out = first_that_fits(r, q, *out);
	if (*out)
		return 0;
	if (q->ladder || q->playbook)
		return decide_none(p, sh_asprintf("there is no %s '%s'", q->ladder ? "ladder" : "playbook",
						  q->ladder ? q->ladder : q->playbook));
	sh_choose_playbooks(r->playbooks, q, &c);
	if (!c.n)
		return decide_none(p, c.why_none);
	set_text(&p->cause, c.cause);
	p->confidence = c.confidence;
	if (c.n > 1)
		return compare(r, q, &c, p, out, err);
	*out = book[0];
	return 0;
}

/* A ladder becomes the playbook of the rung where the target stands, or of the last when all were tried. */
static int take_rung(const struct sh_repairer *r, struct sh_plan *p, const struct sh_playbook **book,
		     struct sh_error *err)
{
	const struct sh_playbook *ladder = *book;
	size_t rung;

	if (!ladder->rungs)
		return 0;
	if (sh_ladder_stand(r, ladder, p->entity, p->time, &rung, err) < 0)
		return -1;
	p->ladder = sh_strdup(ladder->id);
	p->rung = (int64_t)rung + 1;
	rung = rung < ladder->rungs ? rung : ladder->rungs - 1;
	*book = sh_playbooks_find(r->playbooks, ladder->rung[rung].playbook);
	/* A rung is no ladder, nor may it be missing; --check says so. */
	if (!*book || (*book)->rungs) {
		*book = NULL;
		decide_none(p, sh_asprintf("rung %zu of '%s' is no playbook with steps", rung + 1, ladder->id));
	}
	return 0;
}

static int set_mode(const struct sh_repairer *r, const struct sh_request *q, const struct sh_playbook *book,
		    struct sh_plan *p, struct sh_error *err)
{
	SH_CLEANUP_FREE char *lapsed = NULL;
	enum sh_mode mode;

	if (sh_mode_of(r, q, book, sh_playbooks_find(r->playbooks, p->ladder), &mode, &lapsed, err) < 0)
		return -1;
	p->mode = sh_strdup(sh_mode_words[mode]);
	if (lapsed && !p->extra)
		p->extra = json_object();
	if (lapsed)
		json_object_set_new(p->extra, "lapsed", json_string(lapsed));
	return 0;
}

int sh_plan_make(const struct sh_repairer *r, const struct sh_request *q, struct sh_plan *out,
		 const struct sh_playbook **book, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;
	const struct sh_playbook *b;
	char id[SH_PLAN_ID_TEXT];

	*book = NULL;
	sh_plan_init(out);
	take_request(out, q, r);
	if (choose(r, q, out, &b, err) < 0)
		return -1;
	if (!b)
		return 0;
	if (take_rung(r, out, &b, err) < 0)
		return -1;
	if (!b)
		return 0;
	out->playbook = sh_strdup(b->id);
	out->title = sh_strdup_or_null(b->title);
	out->risk = sh_strdup(sh_risk_words[b->risk]);
	if (set_mode(r, q, b, out, err) < 0)
		return -1;
	set_digest(r, b, out);
	if (set_attempt(r, b, out, err) < 0)
		return -1;
	/* Of what the site does not declare nothing can be filled in, and nothing will be done. */
	if ((set_parameters(q, b, out, &why) < 0 || set_steps(r, q, b, out, &why) < 0) &&
	    sh_site_lookup(r->site, q->target).declared)
		return decide_none(out, sh_strdup(why.text));
	set_verify(r, q, b, out);
	sh_plan_id(id, out);
	out->id = sh_strdup(id);
	*book = b;
	return 0;
}
