/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/diagnoser.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "diagnose/candidate.h"
#include "diagnose/moved.h"
#include "diagnose/ranking.h"
#include "diagnose/said.h"
#include "expr/scope.h"
#include "record/entity.h"
#include "record/json.h"

#define SUSPECTS 10 /* at most so many are told */

/*
 * The names a diagnosis rule can use: the metric groups of the entity, and
 * besides them fault, host, params, entity, entity_type, entity_name, hostname,
 * labels, dims; and said, what its log said last, where there was one.
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

/* What is known of the past and the neighbours speaks with the rules. */
static void rank(struct sh_diagnoser *d, struct sh_diagnosis *out)
{
	const json_t *metric = json_array_get(out->fault.affected_metrics, 0);
	struct sh_symptom s = { .entity = sh_span_of(out->entity),
				.host = sh_span_of(out->host),
				.metric = json_string_value(metric),
				.onset = out->onset };
	struct sh_suspects suspects = { 0 };
	struct sh_moment when;

	if (d->history && d->graph) {
		if (!d->inquiry)
			d->inquiry = sh_inquiry_new(d->graph, d->history);
		sh_suspects_find(&suspects, d->inquiry, &s, SUSPECTS);
		when = sh_clue_moment(d->history, s.onset);
		out->moved = sh_moved(sh_history_find(d->history, s.entity), &when);
	}
	out->ranking = sh_ranking(out, &suspects, d->graph, d->standing);
	if (d->lessons) {
		sh_lessons_speak(d->lessons, &out->fault, out->ranking);
		out->ranking = sh_ranking_sorted(out->ranking);
	}
	sh_suspects_release(&suspects);
	if (d->standing)
		sh_standing_diagnosed(d->standing, &out->fault, sh_ranking_own_cause(out),
				      sh_json_num(json_array_get(out->ranking, 0), "confidence", 0));
}

static void propose(const struct sh_diagnoser *d, struct sh_diagnosis *out)
{
	const struct sh_candidate_world world = { d->config, d->graph, d->next_faulty, d->faulty };

	out->candidates = sh_candidates(&world, out);
}

static void weigh_impact(struct sh_diagnoser *d, struct sh_diagnosis *out)
{
	if (!d->graph)
		return;
	if (!d->impact)
		d->impact = sh_impact_new(d->graph, d->next_faulty, d->faulty);
	out->impact = sh_impact_of(d->impact, out);
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
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	struct sh_scope scope;

	memset(out, 0, sizeof(*out));
	if (sh_fault_from_json(&out->fault, fault, err) < 0)
		return -1;
	out->time = out->fault.time;
	out->host = sh_strdup(out->fault.host);
	out->entity = sh_strdup(out->fault.entity);
	out->onset = d->standing ? sh_standing_onset(d->standing, &out->fault) :
				   sh_fault_onset(&out->fault);
	name_things(&scope, fault);
	if (d->history)
		sh_said(d->history, sh_span_of(out->entity), sh_fault_onset(&out->fault), &said);
	if (said.len)
		sh_scope_text(&scope, "said", (struct sh_span){ sh_buf_str(&said), said.len });
	gather(d, &scope, out);
	merge(out);
	rank(d, out);
	if (d->look)
		sh_look_at(d->look, out, sh_clock_wall());
	weigh_impact(d, out);
	propose(d, out);
	name(out);
	return 0;
}

void sh_diagnoser_release(struct sh_diagnoser *d)
{
	sh_arena_release(&d->arena);
	sh_inquiry_free(d->inquiry);
	sh_impact_free(d->impact);
	d->inquiry = NULL;
	d->impact = NULL;
}
