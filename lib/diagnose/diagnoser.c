/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/diagnoser.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "expr/scope.h"
#include "record/entity.h"
#include "record/json.h"

#define MOST_CONFIDENT 0.99

/*
 * The names a diagnosis rule can use: the metric groups of the entity, and
 * besides them fault, host, params, entity, entity_type, entity_name, hostname,
 * labels, dims.
 */
static void name_things(struct sh_scope *s, const json_t *fault)
{
	const json_t *context = json_object_get(fault, "context");
	struct sh_span entity = sh_span_of(sh_json_str(fault, "entity", ""));
	struct sh_entity parts = { entity, entity, SH_SPAN_NONE };

	sh_entity_split(entity, &parts);
	sh_scope_init(s, json_object_get(context, "metrics"));
	sh_scope_json(s, "fault", fault);
	sh_scope_json(s, "host", json_object_get(context, "host"));
	sh_scope_json(s, "params", json_object_get(fault, "params"));
	sh_scope_json(s, "labels", json_object_get(fault, "labels"));
	sh_scope_json(s, "dims", json_object_get(fault, "dims"));
	sh_scope_json(s, "hostname", json_object_get(fault, "host"));
	sh_scope_text(s, "entity", entity);
	sh_scope_text(s, "entity_type", parts.type);
	sh_scope_text(s, "entity_name", parts.name);
}

static void gather(struct sh_diagnoser *d, struct sh_scope *scope, struct sh_diagnosis *out)
{
	for (size_t i = 0; i < d->opinions->n; i++) {
		const struct sh_opinion *o = &d->opinions->opinion[i];
		struct sh_eval eval = { .lookup = sh_scope_lookup,
					.user = scope,
					.now = out->time,
					.arena = &d->arena };

		out->result = sh_reallocn(out->result, out->results + 1, sizeof(*out->result));
		if (sh_opinion_on(o, &out->fault, &eval, &out->result[out->results]))
			out->results++;
		if (eval.error[0] && d->broken)
			d->broken(d->arg, o, &out->fault, eval.error);
		sh_arena_reset(&d->arena);
	}
}

static void merge(struct sh_diagnosis *d)
{
	d->merged = d->results;
	for (size_t i = 0; i < d->results; i++)
		if (d->merged == d->results ||
		    d->result[i].confidence > d->result[d->merged].confidence)
			d->merged = i;
}

static json_t *find_ranked(json_t *ranking, const char *cause)
{
	size_t i;
	json_t *entry;

	json_array_foreach(ranking, i, entry)
		if (!strcmp(sh_json_str(entry, "root_cause", ""), cause))
			return entry;
	entry = json_pack("{s:s,s:f,s:[]}", "root_cause", cause, "confidence", 0.0, "evidence");
	json_array_append_new(ranking, entry);
	return entry;
}

static void add_evidence(json_t *entry, const struct sh_cause *c)
{
	double doubt = (1 - sh_json_num(entry, "confidence", 0)) * (1 - c->confidence);
	double sure = 1 - doubt > MOST_CONFIDENT ? MOST_CONFIDENT : 1 - doubt;

	json_object_set_new(entry, "confidence", json_real(sure));
	json_array_append_new(json_object_get(entry, "evidence"),
			      json_pack("{s:s,s:s,s:f}", "source", "rule", "rule_id", c->rule_id,
					"confidence", c->confidence));
}

/* Best first; equal ones stay in the order of their rules. */
static json_t *sorted(json_t *ranking)
{
	json_t *out = json_array();

	while (json_array_size(ranking)) {
		size_t best = 0;

		for (size_t i = 1; i < json_array_size(ranking); i++)
			if (sh_json_num(json_array_get(ranking, i), "confidence", 0) >
			    sh_json_num(json_array_get(ranking, best), "confidence", 0))
				best = i;
		json_array_append(out, json_array_get(ranking, best));
		json_array_remove(ranking, best);
	}
	json_decref(ranking);
	return out;
}

static void rank(struct sh_diagnosis *d)
{
	json_t *ranking = json_array();

	for (size_t i = 0; i < d->results; i++)
		add_evidence(find_ranked(ranking, d->result[i].root_cause), &d->result[i]);
	d->ranking = sorted(ranking);
}

static bool playbook_is_for(const struct sh_node *playbook, const char *cause)
{
	const struct sh_node *causes = sh_node_get(sh_node_get(playbook, "for"), "causes");

	for (size_t i = 0; causes && causes->type == SH_NODE_LIST && i < causes->n; i++)
		if (causes->item[i]->text && !strcmp(causes->item[i]->text, cause))
			return true;
	return false;
}

/* The playbooks made for the ranked causes, best cause first. */
static void propose(const struct sh_diagnoser *d, struct sh_diagnosis *out)
{
	json_t *entry;
	size_t i;

	out->candidates = json_array();
	json_array_foreach(out->ranking, i, entry) {
		const char *cause = sh_json_str(entry, "root_cause", "");
		const struct sh_config_entry *e;

		for (size_t at = 0; (e = sh_config_next(d->config, SH_SECTION_PLAYBOOKS, &at));)
			if (playbook_is_for(e->node, cause))
				json_array_append_new(out->candidates, json_string(e->id));
	}
}

static void name(struct sh_diagnosis *d)
{
	char text[SH_HASH_TEXT];
	struct sh_hash h;

	sh_hash_init(&h);
	sh_hash_str(&h, d->fault.id);
	for (size_t i = 0; i < d->results; i++) {
		sh_hash_str(&h, d->result[i].rule_id);
		sh_hash_str(&h, d->result[i].root_cause);
	}
	sh_hash_finish(&h, text);
	d->id = sh_asprintf("d-%s", text);
}

int sh_diagnose(struct sh_diagnoser *d, json_t *fault, struct sh_diagnosis *out,
		struct sh_error *err)
{
	struct sh_scope scope;

	memset(out, 0, sizeof(*out));
	if (sh_fault_from_json(&out->fault, fault, err) < 0)
		return -1;
	out->time = out->fault.time;
	out->host = sh_strdup(out->fault.host);
	out->entity = sh_strdup(out->fault.entity);
	name_things(&scope, fault);
	gather(d, &scope, out);
	merge(out);
	rank(out);
	propose(d, out);
	name(out);
	return 0;
}

void sh_diagnoser_release(struct sh_diagnoser *d)
{
	sh_arena_release(&d->arena);
}
