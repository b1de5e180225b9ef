/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/candidate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"
#include "record/json.h"

static bool has_word(const struct sh_node *list, struct sh_span word)
{
	for (size_t i = 0; list && list->type == SH_NODE_LIST && i < list->n; i++)
		if (list->item[i]->text && sh_span_is(word, list->item[i]->text))
			return true;
	return false;
}

static bool fits(const struct sh_node *targets, const char *entity)
{
	struct sh_entity parts = { 0 };

	return entity && sh_entity_split(sh_span_of(entity), &parts) &&
	       (!targets || has_word(targets, parts.type));
}

/* What a playbook for such targets would be applied to; CAUSE NULL: of whichever cause; NULL: nothing here. */
static const char *target_of(const struct sh_diagnosis *d, const json_t *cause,
			     const struct sh_node *targets)
{
	const char *entity = sh_json_str(cause, "entity", NULL);

	if (fits(targets, entity))
		return entity;
	if (fits(targets, d->fault.entity))
		return d->fault.entity;
	for (size_t i = 0; i < d->results; i++) {
		const json_t *affected = d->result[i].affected_resources;

		if (cause && strcmp(d->result[i].root_cause, sh_json_str(cause, "root_cause", "")) != 0)
			continue;
		for (size_t k = 0; k < json_array_size(affected); k++) {
			entity = json_string_value(json_array_get(affected, k));
			if (fits(targets, entity))
				return entity;
		}
	}
	return NULL;
}

static bool is_there(const json_t *list, const char *playbook, const char *target)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (!strcmp(sh_json_str(entry, "playbook", ""), playbook) &&
		    !strcmp(sh_json_str(entry, "target", ""), target ? target : ""))
			return true;
	return false;
}

/* What becomes of all by node, when what has a fault is lost, with the target or without. */
struct loss {
	enum sh_graph_fate *fate;
	uint32_t *left;
};

static struct loss lose(const struct sh_candidate_world *w, uint32_t target, bool with)
{
	size_t nodes = sh_graph_nodes(w->graph) + 1, i = 0;
	struct loss l = { sh_calloc(nodes, sizeof(*l.fate)), sh_calloc(nodes, sizeof(*l.left)) };
	const char *entity;

	while (w->next_faulty && (entity = w->next_faulty(w->arg, &i))) {
		uint32_t node = sh_graph_find(w->graph, sh_span_of(entity));

		if (node != SH_GRAPH_NONE && node != target)
			l.fate[node] = SH_FATE_DOWN;
	}
	if (with)
		l.fate[target] = SH_FATE_DOWN;
	sh_graph_lose(w->graph, l.fate, l.left);
	return l;
}

static void loss_release(struct loss *l)
{
	free(l->fate);
	free(l->left);
}

/* Members that are lost without the target. */
static json_t *lost_members(const struct sh_graph *g, uint32_t group, const struct loss *without)
{
	uint32_t i = SH_GRAPH_NONE;
	json_t *list = json_array();
	struct sh_graph_step step;

	while (sh_graph_next(g, group, true, &i, &step))
		if (step.type == SH_EDGE_MEMBER_OF && sh_graph_is_shown(g, step.node) &&
		    without->fate[step.node] == SH_FATE_DOWN && json_array_size(list) < SH_CANDIDATE_TOUCHED)
			json_array_append_new(list, json_string(sh_graph_name(g, step.node)));
	return list;
}

static void mark_group(json_t *marks, const struct sh_graph *g, uint32_t group,
		       const struct loss *with, const struct loss *without)
{
	struct sh_graph_group whole = sh_graph_group(g, group);
	bool down = with->fate[group] == SH_FATE_DOWN;
	SH_CLEANUP_FREE char *text = sh_asprintf(
		"leaves %" PRIu32 " of %" PRIu32 " members of %s, which needs %" PRIu32,
		with->left[group], whole.members, sh_graph_name(g, group), whole.needed);
	json_t *mark = json_pack("{s:s,s:s,s:I,s:I,s:I}", "mark", down ? "takes_down" : "weakens",
				 "entity", sh_graph_name(g, group), "members",
				 (json_int_t)whole.members, "left", (json_int_t)with->left[group],
				 "needed", (json_int_t)whole.needed);
	json_t *lost = lost_members(g, group, without);

	if (json_array_size(lost))
		json_object_set(mark, "faulty", lost);
	json_decref(lost);
	json_object_set_new(mark, "text", json_string(text));
	json_array_append_new(marks, mark);
}

static void mark_touched(json_t *marks, json_t *entities, size_t count)
{
	SH_CLEANUP_FREE char *text =
		sh_asprintf("takes %zu other%s down for its time", count, count == 1 ? "" : "s");

	json_array_append_new(marks, json_pack("{s:s,s:O,s:I,s:s}", "mark", "touches", "entities",
					       entities, "count", (json_int_t)count, "text", text));
}

/* What the loss of the target changes beside it: groups each, the rest in one mark. */
static json_t *compare(const struct sh_graph *g, uint32_t target, const struct loss *with,
		       const struct loss *without)
{
	json_t *marks = json_array(), *touched = json_array();
	size_t count = 0;

	for (uint32_t i = 0; i < sh_graph_nodes(g); i++) {
		if (i == target || !sh_graph_is_shown(g, i) ||
		    (with->fate[i] == without->fate[i] && with->left[i] == without->left[i]))
			continue;
		if (sh_graph_group(g, i).members) {
			if (without->fate[i] != SH_FATE_DOWN)
				mark_group(marks, g, i, with, without);
		} else if (with->fate[i] == SH_FATE_DOWN && without->fate[i] != SH_FATE_DOWN) {
			count++;
			if (json_array_size(touched) < SH_CANDIDATE_TOUCHED)
				json_array_append_new(touched, json_string(sh_graph_name(g, i)));
		}
	}
	if (count)
		mark_touched(marks, touched, count);
	json_decref(touched);
	return marks;
}

static json_t *marks_of(const struct sh_candidate_world *w, const char *target)
{
	uint32_t node = w->graph ? sh_graph_find(w->graph, sh_span_of(target)) : SH_GRAPH_NONE;
	struct loss with, without;
	json_t *marks;

	if (node == SH_GRAPH_NONE)
		return NULL;
	with = lose(w, node, true);
	without = lose(w, node, false);
	marks = compare(w->graph, node, &with, &without);
	loss_release(&with);
	loss_release(&without);
	return marks;
}

static bool interrupts(const struct sh_node *playbook)
{
	struct sh_error ignored = SH_ERROR_INIT; /* sh-repair tells what is wrong with a playbook */
	bool yes = false;

	return sh_node_bool(playbook, "interrupts", &yes, &ignored) > 0 && yes;
}

/* For CAUSE, an entry of the ranking; NULL: for the fault, whatever its cause. */
static void propose(const struct sh_candidate_world *w, const struct sh_diagnosis *d, const json_t *cause,
		    const struct sh_config_entry *playbook, json_t *list)
{
	const struct sh_node *made_for = sh_node_get(playbook->node, "for");
	const char *target = target_of(d, cause, sh_node_get(made_for, "targets"));
	json_t *entry, *marks;

	if (is_there(list, playbook->id, target) || json_array_size(list) >= SH_CANDIDATES)
		return;
	entry = json_pack("{s:s,s:s*,s:s}", "playbook", playbook->id, "target", target, cause ? "cause" : "fault",
			  cause ? sh_json_str(cause, "root_cause", "") : d->fault.fault_type);
	if (cause)
		json_object_set_new(entry, "confidence", json_real(sh_json_num(cause, "confidence", 0)));
	marks = target && interrupts(playbook->node) ? marks_of(w, target) : NULL;
	if (json_array_size(marks))
		json_object_set(entry, "marks", marks);
	json_decref(marks);
	json_array_append_new(list, entry);
}

/* Of those that name WORD under KEY of "for". */
static void propose_all(const struct sh_candidate_world *w, const struct sh_diagnosis *d, const json_t *cause,
			const char *key, const char *word, json_t *list)
{
	const struct sh_config_entry *e;

	for (size_t at = 0; (e = sh_config_next(w->config, SH_SECTION_PLAYBOOKS, &at));)
		if (has_word(sh_node_get(sh_node_get(e->node, "for"), key), sh_span_of(word)))
			propose(w, d, cause, e, list);
}

json_t *sh_candidates(const struct sh_candidate_world *w, const struct sh_diagnosis *d)
{
	json_t *list = json_array();
	const json_t *cause;
	size_t i;

	json_array_foreach (d->ranking, i, cause)
		propose_all(w, d, cause, "causes", sh_json_str(cause, "root_cause", ""), list);
	/* sh-repair takes these where no playbook is for the cause. */
	if (d->fault.fault_type)
		propose_all(w, d, NULL, "faults", d->fault.fault_type, list);
	return list;
}
