/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/outage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"
#include "record/json.h"

#define DEEPEST 256
#define ROUNDS	16

/*
 * What is being asked counts as there, or a cycle would have no end; so an answer
 * within a cycle that something is there may come too early. That it is missing
 * never does.
 */
struct walk {
	const struct sh_graph *g;
	const struct sh_sources *s;
	const char *own;
	struct sh_map missing; /* entity -> why it is unreachable */
	struct sh_map seen;    /* asked in this round: the walk itself while it is asked, &there when it was */
	char there;
	bool early, found;     /* one was asked while it was being asked; one more is missing */
	int depth;
};

static const json_t *reason(struct walk *w, uint32_t node);

/* A fault by which it is down, that does not follow from the one that is asked about. */
static const json_t *down(const struct walk *w, const char *entity)
{
	const json_t *picture = sh_sources_down(w->s, entity);
	const json_t *root = picture ? sh_sources_root(w->s, picture) : NULL;

	return root && strcmp(sh_json_str(root, "fingerprint", ""), w->own) != 0 ? root : NULL;
}

/* Why something that is needed is not there: it is down, or what it needs is. */
static const json_t *missing(struct walk *w, uint32_t node)
{
	const json_t *why = down(w, sh_graph_name(w->g, node));

	return why ? why : reason(w, node);
}

static bool is_hard(enum sh_edge_type type)
{
	return type != SH_EDGE_CONNECTS && type != SH_EDGE_REPLICATES && type != SH_EDGE_MEMBER_OF;
}

static const json_t *need_reason(struct walk *w, uint32_t node, bool implied)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;
	const json_t *why = NULL;

	while (!why && sh_graph_next(w->g, node, true, &i, &step))
		if (is_hard(step.type) && implied == (step.type == SH_EDGE_IMPLIED))
			why = missing(w, step.node);
	return why;
}

/* The first of those that are missing, where they are too many. */
static const json_t *group_reason(struct walk *w, uint32_t node)
{
	struct sh_graph_group group = sh_graph_group(w->g, node);
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;
	const json_t *first = NULL;

	while (group.members && sh_graph_next(w->g, node, true, &i, &step)) {
		const json_t *why;

		if (step.type != SH_EDGE_MEMBER_OF || (step.same != SH_GRAPH_NONE && step.same < step.node))
			continue;
		why = missing(w, step.node);
		if (!why && step.same != SH_GRAPH_NONE)
			why = missing(w, step.same);
		if (!why)
			continue;
		first = first ? first : why;
		if (--group.left < group.needed)
			return first;
	}
	return NULL;
}

static const json_t *look(struct walk *w, uint32_t node)
{
	const json_t *why = need_reason(w, node, true);

	if (!why)
		why = need_reason(w, node, false);
	return why ? why : group_reason(w, node);
}

static const json_t *reason(struct walk *w, uint32_t node)
{
	const char *entity = sh_graph_name(w->g, node);
	const json_t *why = sh_map_gets(&w->missing, entity);
	const void *asked = sh_map_gets(&w->seen, entity);

	w->early = w->early || asked == w;
	if (why || asked || w->depth == DEEPEST)
		return why;
	sh_map_puts(&w->seen, entity, w);
	w->depth++;
	why = look(w, node);
	w->depth--;
	sh_map_puts(&w->seen, entity, &w->there);
	if (!why)
		return NULL;
	w->found = true;
	sh_map_puts(&w->missing, entity, (void *)(uintptr_t)why);
	return why;
}

/* Of what no edge is known there is still the host. */
static const json_t *host_reason(struct walk *w, const char *entity)
{
	SH_CLEANUP_FREE char *host = NULL;
	struct sh_entity parts;
	const json_t *why;
	uint32_t node;

	if (!sh_entity_split(sh_span_of(entity), &parts) || !parts.host.p)
		return NULL;
	host = sh_asprintf("host:%.*s", (int)parts.host.len, parts.host.p);
	why = strcmp(host, entity) ? down(w, host) : NULL;
	node = why ? SH_GRAPH_NONE : sh_graph_find(w->g, sh_span_of(host));
	return node == SH_GRAPH_NONE ? why : reason(w, node);
}

/* Until nothing more is found to be missing; mostly that is once. */
static const json_t *ask(struct walk *w, uint32_t node, const char *entity)
{
	const json_t *why = NULL;

	sh_map_init(&w->missing, NULL);
	for (int round = 0; !why && round < ROUNDS && (!round || (w->early && w->found)); round++) {
		sh_map_init(&w->seen, NULL);
		w->early = w->found = false;
		why = node == SH_GRAPH_NONE ? host_reason(w, entity) : reason(w, node);
		sh_map_release(&w->seen);
	}
	sh_map_release(&w->missing);
	return why;
}

const json_t *sh_outage_reason(struct sh_graph *g, const struct sh_sources *s, const char *entity,
			       const char *own)
{
	struct walk w = { .g = g, .s = s, .own = own };

	return s->open.live ? ask(&w, sh_graph_known(g, sh_span_of(entity)), entity) : NULL;
}
