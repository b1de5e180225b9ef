/* SPDX-License-Identifier: MIT */
/* declared - what the site says of all entities of a name, and of what without which they are down */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/entity.h"
#include "topology/graph_parts.h"
#include "topology/topology.h"

/* Of something on a host, what has no host may be the one there; a new string, NULL: it has. */
static char *here(const struct sh_graph *g, uint32_t node, const char *on)
{
	struct sh_entity from = { 0 }, to = { 0 };

	sh_entity_split(sh_span_of(sh_graph_name(g, node)), &from);
	sh_entity_split(sh_span_of(on), &to);
	if (!from.host.p || to.host.p || sh_span_is(to.type, "host"))
		return NULL;
	return sh_asprintf("%s@%.*s", on, (int)from.host.len, from.host.p);
}

static void depend(struct sh_graph *g, uint32_t node, const char *on)
{
	SH_CLEANUP_FREE char *local = here(g, node, on);

	if (!local) {
		sh_graph_link(g, node, sh_graph_node(g, sh_span_of(on)), SH_EDGE_DEPENDS_ON);
		return;
	}
	sh_graph_link(g, node, sh_graph_guess(g, sh_span_of(local)), SH_EDGE_DEPENDS_ON);
	sh_graph_link(g, node, sh_graph_guess(g, sh_span_of(on)), SH_EDGE_DEPENDS_ON);
}

static uint32_t join(struct sh_graph *g, uint32_t group, uint32_t member)
{
	uint32_t edge = sh_graph_declare(g, member, group, SH_EDGE_MEMBER_OF);

	if (edge != SH_GRAPH_NONE)
		g->edge[edge].declared = true;
	return edge;
}

/* One member, by two names. */
static void join_either(struct sh_graph *g, uint32_t group, const char *local, const char *on)
{
	uint32_t a = join(g, group, sh_graph_guess(g, sh_span_of(local)));
	uint32_t b = join(g, group, sh_graph_guess(g, sh_span_of(on)));

	if (a == SH_GRAPH_NONE || b == SH_GRAPH_NONE || g->edge[a].pair == b)
		return;
	g->edge[a].pair = b;
	g->edge[b].pair = a;
	g->node[group].members--;
	g->node[group].paired = true;
}

/* A name that no entity can have: what is meant differs from host to host. */
static uint32_t group_of(struct sh_graph *g, uint32_t node, const char **any)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_entity parts = { 0 };

	sh_entity_split(sh_span_of(sh_graph_name(g, node)), &parts);
	sh_buf_addf(&name, "any_of@%.*s", (int)parts.host.len, parts.host.p ? parts.host.p : "");
	for (const char **e = any; *e; e++)
		sh_buf_addf(&name, "%c%s", e == any ? ':' : '|', *e);
	return sh_graph_nameless(g, (struct sh_span){ name.data, name.len });
}

/* One of them is enough; each may explain what is wrong. */
static void depend_on_any(struct sh_graph *g, uint32_t node, const char **any)
{
	uint32_t group = group_of(g, node, any);

	if (group == SH_GRAPH_NONE)
		return;
	sh_graph_need(g, group, 1, 0);
	for (; *any; any++) {
		SH_CLEANUP_FREE char *local = here(g, node, *any);

		if (local)
			join_either(g, group, local, *any);
		else
			join(g, group, sh_graph_node(g, sh_span_of(*any)));
	}
	sh_graph_link(g, node, group, SH_EDGE_DEPENDS_ON);
}

void sh_graph_depend(struct sh_graph *g, uint32_t node, const struct sh_dependencies *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const char **any = d->item[i].any_of;

		if (any && any[0] && any[1])
			depend_on_any(g, node, any);
		else if (any && any[0]) /* not so in a site with errors */
			depend(g, node, any[0]);
	}
}

static uint32_t group_node(struct sh_graph *g, const char *id)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	sh_entity_add(&name, "group", id, NULL);
	return sh_graph_node(g, (struct sh_span){ name.data, name.len });
}

static const struct sh_graph_pattern *pattern_of(const struct sh_graph *g, struct sh_span entity,
						 bool *has_host)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_entity parts;

	if (!g->pattern.live || !sh_entity_split(entity, &parts))
		return NULL;
	*has_host = parts.host.p;
	sh_buf_add(&name, parts.type.p, parts.type.len + 1);
	sh_entity_decode(parts.name, &name);
	return sh_map_get(&g->pattern, name.data, name.len);
}

void sh_graph_apply(struct sh_graph *g, uint32_t node)
{
	bool has_host;
	const struct sh_graph_pattern *p = pattern_of(g, sh_span_of(sh_graph_name(g, node)), &has_host);

	if (p && p->needs)
		sh_graph_depend(g, node, p->needs);
}

void sh_graph_spoken_of(struct sh_graph *g, uint32_t node)
{
	const struct sh_graph_pattern *p;
	bool has_host;

	if (g->node[node].named)
		return;
	g->node[node].named = true;
	p = pattern_of(g, sh_span_of(sh_graph_name(g, node)), &has_host);
	if (p && p->group && has_host)
		sh_graph_link(g, node, group_node(g, p->group), SH_EDGE_MEMBER_OF);
}

uint32_t sh_graph_known(struct sh_graph *g, struct sh_span name)
{
	uint32_t node = sh_graph_find(g, name);
	bool has_host;

	return node == SH_GRAPH_NONE && pattern_of(g, name, &has_host) ? sh_graph_node(g, name) : node;
}

static void declare(struct sh_graph *g, const char *type, const char *id,
		    const struct sh_dependencies *needs, const char *group)
{
	SH_CLEANUP_FREE char *name = sh_asprintf("%s:%s", type, id);
	struct sh_graph_pattern *p;

	if ((!needs || !needs->n) && !group)
		return;
	p = sh_malloc(sizeof(*p));
	*p = (struct sh_graph_pattern){ needs, group };
	sh_map_puts(&g->pattern, name, p);
}

/* Without limits a group is down when nothing of it is left. */
static void load_group(struct sh_graph *g, const struct sh_group *from)
{
	uint32_t node = group_node(g, from->id);
	double percent = from->min_healthy_percent;
	int64_t spare = from->max_unavailable;

	if (percent > 0)
		sh_graph_need(g, node, 0, percent);
	else if (from->min_healthy > 0)
		sh_graph_need(g, node, (uint32_t)from->min_healthy, 0);
	else if (from->max_unavailable_percent < 100)
		sh_graph_need(g, node, 0, 100 - from->max_unavailable_percent);
	else if (spare < 0)
		sh_graph_need(g, node, 1, 0);
	if (spare == 0)
		sh_graph_need(g, node, 0, 100);
	else if (spare > 0)
		sh_graph_spare(g, node, (uint32_t)spare);
}

void sh_topology_site(struct sh_graph *g, const struct sh_site *site)
{
	for (size_t i = 0; i < site->services; i++)
		declare(g, "service", site->service[i].id, &site->service[i].depends_on,
			site->service[i].group);
	for (size_t i = 0; i < site->filesystems; i++)
		declare(g, "filesystem", site->filesystem[i].id, NULL, site->filesystem[i].group);
	for (size_t i = 0; i < site->checks; i++)
		declare(g, "check", site->check[i].id, NULL, site->check[i].group);
	for (size_t i = 0; i < site->groups; i++)
		load_group(g, &site->group[i]);
}
