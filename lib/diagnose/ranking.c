/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/ranking.h"

#include <string.h>

#include "diagnose/say.h"
#include "record/json.h"

#define MOST_CONFIDENT 0.99
#define CLUES 5	     /* of a suspect, so many are told */
#define AFFECTED 50

json_t *sh_ranking_find(json_t *ranking, const char *cause, bool make)
{
	size_t i;
	json_t *entry;

	json_array_foreach(ranking, i, entry)
		if (!strcmp(sh_json_str(entry, "root_cause", ""), cause))
			return entry;
	if (!make)
		return NULL;
	entry = json_pack("{s:s,s:f,s:[]}", "root_cause", cause, "confidence", 0.0, "evidence");
	json_array_append_new(ranking, entry);
	return entry;
}

void sh_ranking_raise(json_t *entry, double by)
{
	double doubt = (1 - sh_json_num(entry, "confidence", 0)) * (1 - by);
	double sure = 1 - doubt > MOST_CONFIDENT ? MOST_CONFIDENT : 1 - doubt;

	json_object_set_new(entry, "confidence", json_real(sure));
}

static void add_opinion(json_t *entry, const struct sh_cause *c)
{
	sh_ranking_raise(entry, c->confidence);
	json_array_append_new(json_object_get(entry, "evidence"),
			      json_pack("{s:s,s:s,s:f}", "source", "rule", "rule_id", c->rule_id,
					"confidence", c->confidence));
}

json_t *sh_ranking_sorted(json_t *ranking)
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

/* What a rule's opinion is about: the first entity it names, else the fault's. */
static const char *about(const struct sh_diagnosis *d, const struct sh_cause *c)
{
	const char *named = json_string_value(json_array_get(c->affected_resources, 0));

	return named ? named : d->entity;
}

/* The cause that the rules are surest of for an entity, where no suspect has joined it yet. */
static json_t *opinion_on(const struct sh_diagnosis *d, json_t *ranking, const char *entity)
{
	json_t *best = NULL;

	for (size_t i = 0; i < d->results; i++) {
		json_t *entry;

		if (strcmp(about(d, &d->result[i]), entity) != 0)
			continue;
		entry = sh_ranking_find(ranking, d->result[i].root_cause, true);
		if (!json_object_get(entry, "entity") &&
		    (!best ||
		     sh_json_num(entry, "confidence", 0) > sh_json_num(best, "confidence", 0)))
			best = entry;
	}
	return best;
}

static json_t *affected(const struct sh_suspect *s, const struct sh_graph *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_affected && i < AFFECTED; i++)
		json_array_append_new(list, json_string(sh_graph_name(g, s->affected[i])));
	return list;
}

static void add_suspect(json_t *entry, const struct sh_diagnosis *d, const struct sh_suspect *s,
			const struct sh_graph *g)
{
	json_t *evidence = json_object_get(entry, "evidence"), *place = sh_say_place(s, g);

	sh_ranking_raise(entry, s->confidence);
	json_object_set_new(entry, "entity", json_string(sh_graph_name(g, s->node)));
	json_object_set_new(entry, "score", json_real(s->score));
	json_object_set_new(entry, "coverage", json_real(s->coverage));
	for (size_t i = 0; i < s->clues.n && i < CLUES; i++)
		json_array_append_new(evidence, sh_say_clue(&s->clues.clue[i], d->onset));
	if (place)
		json_array_append_new(evidence, place);
	if (s->n_affected)
		json_object_set_new(entry, "affected", affected(s, g));
}

/* The entry of a suspect of which no rule speaks: the cause of its own fault, else what it shows. */
static json_t *new_entry(const struct sh_diagnosis *d, const struct sh_suspect *s,
			 const struct sh_graph *g, const struct sh_standing *standing)
{
	const struct sh_standing_fault *own =
		standing && s->clues.n ?
			sh_standing_of(standing, sh_graph_name(g, s->node), d->fault.id) :
			NULL;
	json_t *entry = json_pack("{s:s,s:f,s:[]}", "root_cause", own ? own->cause : sh_say_cause(s),
				  "confidence", 0.0, "evidence");

	if (own)
		json_array_append_new(json_object_get(entry, "evidence"), sh_say_fault(own));
	return entry;
}

const char *sh_ranking_own_cause(const struct sh_diagnosis *d)
{
	const json_t *first = json_array_get(d->ranking, 0);
	const char *cause = sh_json_str(first, "root_cause", "");

	if (strcmp(sh_json_str(first, "entity", d->entity), d->entity) != 0)
		return NULL;
	for (size_t i = 0; i < d->results; i++)
		if (!strcmp(d->result[i].root_cause, cause) &&
		    !strcmp(about(d, &d->result[i]), d->entity))
			return d->result[i].root_cause;
	return NULL;
}

json_t *sh_ranking(const struct sh_diagnosis *d, const struct sh_suspects *suspects,
		   const struct sh_graph *g, const struct sh_standing *standing)
{
	json_t *ranking = json_array();

	for (size_t i = 0; i < d->results; i++)
		add_opinion(sh_ranking_find(ranking, d->result[i].root_cause, true), &d->result[i]);
	for (size_t i = 0; i < suspects->n; i++) {
		const struct sh_suspect *s = &suspects->suspect[i];
		json_t *entry = opinion_on(d, ranking, sh_graph_name(g, s->node));

		if (entry && !s->clues.n)
			continue; /* being near is nothing beside an opinion */
		if (!entry) {
			entry = new_entry(d, s, g, standing);
			json_array_append_new(ranking, entry);
		}
		add_suspect(entry, d, s, g);
	}
	return sh_ranking_sorted(ranking);
}
