/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/playbook.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/formula.h"
#include "record/json.h"

static const char *const keys[] = { "title", "for",    "risk",   "mode",  "parameters", "guards",
				    "steps", "verify", "settle", "next",  "enabled", "interrupts", "priority", "effects", "opposes", "ladder", NULL };
static const char *const rung_keys[] = { "playbook", "attempts", "within", NULL };
static const char *const for_keys[] = { "causes", "not_causes", "faults", "targets", NULL };
static const char *const guard_keys[] = { "cooldown", "cooldown_max",     "attempts",
					  "healthy_for", "max_evidence_age", "gives_back", "reverts", NULL };
static const char *const verify_keys[] = { "expr", "hold", "within", "before", NULL };
static const char *const parameter_keys[] = { "type", "required", "default", "pattern", NULL };

static int load_for(struct sh_playbook *p, const struct sh_node *n, struct sh_error *err)
{
	if (!n)
		return 0;
	if (sh_node_check_keys(n, "for", for_keys, err) < 0 ||
	    sh_node_strings(n, "causes", &p->causes, err) < 0 ||
	    sh_node_strings(n, "not_causes", &p->not_for, err) < 0 ||
	    sh_node_strings(n, "faults", &p->faults, err) < 0 ||
	    sh_node_strings(n, "targets", &p->targets, err) < 0)
		return -1;
	return 0;
}

static int load_guards(struct sh_playbook *p, const struct sh_node *n, struct sh_error *err)
{
	p->cooldown = 30 * SH_SEC;
	p->cooldown_max = 30 * SH_MIN;
	p->attempts = 3;
	p->healthy_for = 10 * SH_MIN;
	p->max_age = 5 * SH_MIN;
	if (!n)
		return 0;
	if (sh_node_check_keys(n, "guards", guard_keys, err) < 0 ||
	    sh_node_duration(n, "cooldown", &p->cooldown, err) < 0 ||
	    sh_node_duration(n, "cooldown_max", &p->cooldown_max, err) < 0 ||
	    sh_node_int(n, "attempts", 1, 1000, &p->attempts, err) < 0 ||
	    sh_node_duration(n, "healthy_for", &p->healthy_for, err) < 0 ||
	    sh_node_duration(n, "max_evidence_age", &p->max_age, err) < 0 ||
	    sh_node_bool(n, "gives_back", &p->gives_back, err) < 0 ||
	    sh_node_bool(n, "reverts", &p->reverts, err) < 0)
		return -1;
	return 0;
}

static int load_verify(struct sh_playbook *p, const struct sh_node *n, struct sh_error *err)
{
	p->hold = 500 * SH_MS;
	p->within = 30 * SH_SEC;
	p->recheck = true;
	if (!n)
		return 0;
	if (sh_node_check_keys(n, "verify", verify_keys, err) < 0 ||
	    sh_node_expr(n, "expr", &p->verify, err) < 0 ||
	    sh_node_duration(n, "hold", &p->hold, err) < 0 ||
	    sh_node_duration(n, "within", &p->within, err) < 0 ||
	    sh_node_bool(n, "before", &p->recheck, err) < 0)
		return -1;
	return 0;
}

static int check_parameters(const struct sh_node *n, struct sh_error *err)
{
	for (size_t i = 0; n && i < n->n; i++)
		if (sh_node_check_keys(n->item[i], "parameter", parameter_keys, err) < 0)
			return -1;
	return 0;
}

static void digest(struct sh_playbook *p, const struct sh_node *n)
{
	json_t *json = sh_node_json(n);
	char *text = sh_json_text(json, JSON_COMPACT | JSON_SORT_KEYS);
	struct sh_hash h;

	sh_hash_init(&h);
	sh_hash_str(&h, text);
	sh_hash_finish(&h, p->digest);
	free(text);
	json_decref(json);
}

static int load_rung(struct sh_rung *rung, const struct sh_node *n, struct sh_error *err)
{
	*rung = (struct sh_rung){ .node = n, .attempts = 1 };
	if (sh_node_check_keys(n, "rung", rung_keys, err) < 0 ||
	    sh_node_string(n, "playbook", &rung->playbook, err) < 0 ||
	    sh_node_int(n, "attempts", 1, 1000, &rung->attempts, err) < 0 ||
	    sh_node_duration(n, "within", &rung->within, err) < 0)
		return -1;
	return rung->playbook ? 0 : sh_node_fail(n, err, "rung has no playbook");
}

/* It is where other playbooks are named; they have all else. */
static int load_ladder(struct sh_playbook *p, const struct sh_node *n, struct sh_error *err)
{
	static const char *const of_steps[] = { "steps", "parameters", "verify", "settle", "next", "effects", "opposes", "priority" };
	const struct sh_node *list = sh_node_get(n, "ladder");

	for (size_t i = 0; i < sizeof(of_steps) / sizeof(of_steps[0]); i++)
		if (sh_node_get(n, of_steps[i]))
			return sh_node_fail(sh_node_get(n, of_steps[i]), err, "a ladder has no '%s'", of_steps[i]);
	if (list->type != SH_NODE_LIST || list->n == 0 || list->n > SH_LADDER_RUNGS)
		return sh_node_fail(list, err, "a ladder is a list of 1 to %d rungs", SH_LADDER_RUNGS);
	p->rung = sh_calloc(list->n, sizeof(*p->rung));
	for (; p->rungs < list->n; p->rungs++)
		if (load_rung(&p->rung[p->rungs], list->item[p->rungs], err) < 0)
			return -1;
	if (load_for(p, sh_node_get(n, "for"), err) < 0 || load_guards(p, sh_node_get(n, "guards"), err) < 0)
		return -1;
	digest(p, n);
	return 0;
}

static int load_playbook(struct sh_playbook *p, const struct sh_node *n,
			 struct sh_actions *actions, struct sh_error *err)
{
	const struct sh_node *steps = sh_node_get(n, "steps");
	int mode = SH_MODE_ACT;
	bool interrupts = false; /* for sh-diagnose */

	p->risk = SH_RISK_MEDIUM;
	if (sh_node_check_keys(n, "playbook", keys, err) < 0 ||
	    sh_node_string(n, "title", &p->title, err) < 0 ||
	    sh_node_choice(n, "risk", sh_risk_words, &p->risk, err) < 0 ||
	    sh_node_choice(n, "mode", sh_mode_words, &mode, err) < 0 ||
	    sh_node_int(n, "priority", -1000, 1000, &p->priority, err) < 0 ||
	    sh_node_strings(n, "effects", &p->effects, err) < 0 ||
	    sh_node_strings(n, "opposes", &p->opposes, err) < 0 ||
	    sh_node_duration(n, "settle", &p->settle, err) < 0 ||
	    sh_node_string(n, "next", &p->next, err) < 0 ||
	    sh_node_bool(n, "interrupts", &interrupts, err) < 0)
		return -1;
	p->mode = (enum sh_mode)mode;
	p->parameters = sh_node_get(n, "parameters");
	p->node = n;
	if (sh_node_get(n, "ladder"))
		return load_ladder(p, n, err);
	if (!steps || steps->type != SH_NODE_LIST || steps->n == 0)
		return sh_node_fail(n, err, "playbook '%s' has no steps", p->id);
	if (load_for(p, sh_node_get(n, "for"), err) < 0 ||
	    load_guards(p, sh_node_get(n, "guards"), err) < 0 ||
	    load_verify(p, sh_node_get(n, "verify"), err) < 0 ||
	    check_parameters(p->parameters, err) < 0 ||
	    sh_steps_load(&p->step, &p->steps, steps, actions, err) < 0)
		return -1;
	digest(p, n);
	return 0;
}

static void release(struct sh_playbook *p)
{
	sh_steps_release(p->step, p->steps);
	free(p->rung);
	free(p->effects);
	free(p->opposes);
	free(p->causes);
	free(p->not_for);
	free(p->faults);
	free(p->targets);
	sh_expr_free(p->verify);
}

size_t sh_playbooks_load(struct sh_playbooks *p, const struct sh_config *c,
			 struct sh_actions *actions,
			 void (*report)(void *arg, const struct sh_error *err), void *arg)
{
	const struct sh_config_entry *e;
	size_t i = 0, broken = 0;

	memset(p, 0, sizeof(*p));
	while ((e = sh_config_next(c, SH_SECTION_PLAYBOOKS, &i))) {
		struct sh_playbook one = { .id = e->id, .stock = e->stock };
		struct sh_error err = SH_ERROR_INIT;

		if (load_playbook(&one, e->node, actions, &err) < 0) {
			release(&one);
			broken++;
			if (report)
				report(arg, &err);
			continue;
		}
		sh_grow(p->playbook, p->n, p->cap);
		p->playbook[p->n++] = one;
	}
	return broken;
}

void sh_playbooks_release(struct sh_playbooks *p)
{
	for (size_t i = 0; i < p->n; i++)
		release(&p->playbook[i]);
	free(p->playbook);
	memset(p, 0, sizeof(*p));
}

const struct sh_playbook *sh_playbooks_find(const struct sh_playbooks *p, const char *id)
{
	for (size_t i = 0; id && i < p->n; i++)
		if (!strcmp(p->playbook[i].id, id))
			return &p->playbook[i];
	return NULL;
}

bool sh_playbook_names(const char **list, const char *word)
{
	for (; word && list && *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

static size_t naming(const struct sh_playbooks *p, bool by_cause, const char *name, const char *target_type,
		     const struct sh_playbook **out, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n && n < most; i++) {
		const struct sh_playbook *b = &p->playbook[i];

		if ((!b->targets || sh_playbook_names(b->targets, target_type)) &&
		    sh_playbook_names(by_cause ? b->causes : b->faults, name))
			out[n++] = b;
	}
	return n;
}

size_t sh_playbooks_for_cause(const struct sh_playbooks *p, const char *cause, const char *target_type,
			      const struct sh_playbook **out, size_t most)
{
	return naming(p, true, cause, target_type, out, most);
}

size_t sh_playbooks_for_fault(const struct sh_playbooks *p, const char *fault_type, const char *target_type,
			      const struct sh_playbook **out, size_t most)
{
	return naming(p, false, fault_type, target_type, out, most);
}
