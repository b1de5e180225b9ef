/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/impact.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "record/json.h"
#include "topology/loss.h"

/* Whose affair it is. */
enum rank { OTHERS, SERVICE_OR_LAST, USERS };

struct touched {
	uint32_t node;
	enum rank rank;
	const char *name; /* the graph's */
};

struct best {
	struct touched of[SH_IMPACT_LISTED]; /* in order */
	size_t n, count;		     /* listed, and in all */
};

struct sh_impact {
	const struct sh_graph *g;
	const char *(*next_faulty)(const void *arg, size_t *i);
	const void *arg;
	struct sh_loss loss;
	/* Of the loss, for as long as the graph stays the same: faults of a storm have one cause. */
	uint32_t node;
	uint64_t version;
	enum sh_severity severity;
	struct touched *shown; /* owned */
	size_t n, cap;
};

struct sh_impact *sh_impact_new(const struct sh_graph *g,
				const char *(*next_faulty)(const void *arg, size_t *i), const void *arg)
{
	struct sh_impact *m = sh_calloc(1, sizeof(*m));

	m->g = g;
	m->next_faulty = next_faulty;
	m->arg = arg;
	m->node = SH_GRAPH_NONE;
	return m;
}

void sh_impact_free(struct sh_impact *m)
{
	if (!m)
		return;
	sh_loss_release(&m->loss);
	free(m->shown);
	free(m);
}

/* A group that can do without some of its members; else it is no more than a name for them. */
static bool is_redundant(const struct sh_graph *g, uint32_t node)
{
	struct sh_graph_group group = sh_graph_group(g, node);

	return group.needed < group.members;
}

static bool is_service(const struct sh_graph *g, uint32_t node)
{
	return !strncmp(sh_graph_name(g, node), "service:", 8) || is_redundant(g, node);
}

static bool is_needed(const struct sh_graph *g, uint32_t node)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	while (sh_graph_next(g, node, false, &i, &step))
		if (step.type != SH_EDGE_REPLICATES &&
		    (step.type != SH_EDGE_MEMBER_OF || is_redundant(g, step.node)))
			return true;
	return false;
}

static enum rank rank_of(const struct sh_graph *g, uint32_t node)
{
	bool service = is_service(g, node);

	if (is_needed(g, node))
		return service ? SERVICE_OR_LAST : OTHERS;
	return service ? USERS : SERVICE_OR_LAST;
}

static bool is_before(const struct sh_impact *m, const struct touched *a, const struct touched *b)
{
	enum sh_graph_fate x = m->loss.fate[a->node], y = m->loss.fate[b->node];

	if (a->rank != b->rank)
		return a->rank > b->rank;
	if (x != y)
		return x > y;
	return strcmp(a->name, b->name) < 0;
}

static void offer(const struct sh_impact *m, struct best *b, const struct touched *t)
{
	size_t at = b->n;

	b->count++;
	while (at && is_before(m, t, &b->of[at - 1]))
		at--;
	if (at == SH_IMPACT_LISTED)
		return;
	if (b->n < SH_IMPACT_LISTED)
		b->n++;
	memmove(&b->of[at + 1], &b->of[at], (b->n - 1 - at) * sizeof(*t));
	b->of[at] = *t;
}

/* What has a fault, or changed with the cause. */
static void find_affected(const struct sh_impact *m, const struct sh_diagnosis *d,
			  const char *entity, struct sh_map *out)
{
	const json_t *changed = json_object_get(json_array_get(d->ranking, 0), "affected"), *name;
	const char *faulty;
	size_t i = 0;

	sh_map_puts(out, entity, out);
	sh_map_puts(out, d->entity, out);
	while (m->next_faulty && (faulty = m->next_faulty(m->arg, &i)))
		sh_map_puts(out, faulty, out);
	json_array_foreach (changed, i, name)
		sh_map_puts(out, json_string_value(name), out);
}

/* A group of it carries on. */
static bool is_covered(const struct sh_impact *m, uint32_t node)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	while (sh_graph_next(m->g, node, false, &i, &step))
		if (step.type == SH_EDGE_MEMBER_OF && m->loss.fate[step.node] != SH_FATE_DOWN)
			return true;
	return false;
}

/* It was said to depend on something that goes down, and is not only on it. */
static bool depends(const struct sh_impact *m, uint32_t node)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;

	while (sh_graph_next(m->g, node, true, &i, &step))
		if (step.type == SH_EDGE_DEPENDS_ON && m->loss.fate[step.node] == SH_FATE_DOWN)
			return true;
	return false;
}

static enum sh_severity severity_of(const struct sh_impact *m, const struct touched *t)
{
	if (m->loss.fate[t->node] != SH_FATE_DOWN || is_covered(m, t->node))
		return SH_SEVERITY_MEDIUM;
	if (t->rank == USERS)
		return SH_SEVERITY_CRITICAL;
	return is_service(m->g, t->node) || depends(m, t->node) ? SH_SEVERITY_HIGH :
								  SH_SEVERITY_MEDIUM;
}

static json_t *say(const struct sh_impact *m, const struct touched *t)
{
	struct sh_graph_group group = sh_loss_group(&m->loss, m->g, t->node);
	json_t *o = json_pack("{s:s,s:s}", "entity", sh_graph_name(m->g, t->node), "fate",
			      m->loss.fate[t->node] == SH_FATE_DOWN ? "down" : "weaker");

	if (t->rank == USERS)
		json_object_set_new(o, "users", json_true());
	if (group.members) {
		json_object_set_new(o, "members", json_integer(group.members));
		json_object_set_new(o, "left", json_integer(group.left));
		json_object_set_new(o, "needed", json_integer(group.needed));
	}
	return o;
}

static json_t *list(const struct sh_impact *m, const struct best *b)
{
	json_t *out = json_array();

	for (size_t i = 0; i < b->n; i++)
		json_array_append_new(out, say(m, &b->of[i]));
	return out;
}

/* What is lost with NODE, and how severe that is beside the loss of NODE itself. */
static void lose(struct sh_impact *m, uint32_t node)
{
	if (m->node == node && m->version == sh_graph_version(m->g))
		return;
	sh_loss_find(&m->loss, m->g, node, SH_IMPACT_MOST);
	m->node = node;
	m->version = sh_graph_version(m->g);
	m->severity = SH_SEVERITY_MEDIUM;
	m->n = 0;
	for (size_t i = 0; i < m->loss.n; i++) {
		uint32_t at = m->loss.touched[i];
		struct touched t = { at, OTHERS, sh_graph_name(m->g, at) };
		enum sh_severity severity;

		if (!sh_graph_is_shown(m->g, at))
			continue;
		t.rank = rank_of(m->g, at);
		sh_grow(m->shown, m->n, m->cap);
		m->shown[m->n++] = t;
		severity = i ? severity_of(m, &t) : SH_SEVERITY_MEDIUM;
		m->severity = severity > m->severity ? severity : m->severity;
	}
}

json_t *sh_impact_of(struct sh_impact *m, const struct sh_diagnosis *d)
{
	const char *entity = sh_json_str(json_array_get(d->ranking, 0), "entity", d->entity);
	uint32_t node = sh_graph_find(m->g, sh_span_of(entity));
	struct sh_map affected = SH_MAP_INIT(NULL);
	struct best now = { 0 }, next = { 0 };
	json_t *out;

	if (node == SH_GRAPH_NONE)
		return NULL;
	lose(m, node);
	if (m->n < 2)
		return NULL;
	find_affected(m, d, entity, &affected);
	for (size_t i = 0; i < m->n; i++)
		offer(m, sh_map_gets(&affected, m->shown[i].name) ? &now : &next, &m->shown[i]);
	sh_map_release(&affected);
	out = json_pack("{s:s,s:s,s:o,s:I,s:o,s:I}", "entity", entity, "severity",
			sh_severity_words[m->severity], "affected", list(m, &now), "affected_count",
			(json_int_t)now.count, "at_risk", list(m, &next), "at_risk_count",
			(json_int_t)next.count);
	if (!out)
		sh_mem_exhausted();
	if (m->loss.partial)
		json_object_set_new(out, "partial", json_true());
	return out;
}
