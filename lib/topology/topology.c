/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "topology/topology.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "config/dependency.h"
#include "record/entity.h"
#include "topology/graph_parts.h"

static bool is_entity(struct sh_span name)
{
	struct sh_entity parts;

	return sh_entity_split(name, &parts);
}

/* BACK: the others have the edge to this one. */
static int load_edges(struct sh_graph *g, uint32_t node, const struct sh_node *map, const char *key,
		      enum sh_edge_type type, bool back, struct sh_error *err)
{
	SH_CLEANUP_FREE const char **list = NULL;
	int got = sh_node_strings(map, key, &list, err);

	for (size_t i = 0; got > 0 && list[i]; i++) {
		uint32_t other;

		if (!is_entity(sh_span_of(list[i])))
			return sh_node_fail(sh_node_get(map, key), err,
					    "'%.80s' is no entity such as vm:db-3", list[i]);
		other = sh_graph_node(g, sh_span_of(list[i]));
		sh_graph_link(g, back ? other : node, back ? node : other, type);
	}
	return got < 0 ? -1 : 0;
}

static int load_need(struct sh_graph *g, uint32_t node, const struct sh_node *map,
		     struct sh_error *err)
{
	const struct sh_node *need = sh_node_get(map, "need");
	size_t len = need && need->text ? strlen(need->text) : 0;
	double percent;
	int64_t count;

	if (!need)
		return 0;
	if (need->type == SH_NODE_NUMBER) {
		if (sh_node_int(map, "need", 1, SH_GRAPH_NODES, &count, err) < 0)
			return -1;
		sh_graph_need(g, node, (uint32_t)count, 0);
		return 0;
	}
	if (need->type == SH_NODE_STRING && len > 1 && need->text[len - 1] == '%') {
		SH_CLEANUP_FREE char *number = sh_strndup(need->text, len - 1);

		if (sh_parse_double(number, &percent) == 0 && percent > 0 && percent <= 100) {
			sh_graph_need(g, node, 0, percent);
			return 0;
		}
	}
	return sh_node_fail(need, err, "'need' must be a count or a percentage such as 51%%");
}

static int load_dependencies(struct sh_graph *g, uint32_t node, const struct sh_node *map,
			     struct sh_error *err)
{
	struct sh_dependencies d;
	int rc = sh_dependencies_load(&d, map, err);

	if (rc > 0)
		sh_graph_depend(g, node, &d);
	sh_dependencies_release(&d);
	return rc < 0 ? -1 : 0;
}

static int load_entry(struct sh_graph *g, const struct sh_config_entry *e, struct sh_error *err)
{
	uint32_t node;

	if (!is_entity(sh_span_of(e->id)))
		return sh_node_fail(e->node, err, "'%.80s' is no entity such as vm:db-3", e->id);
	if (sh_node_check_keys(e->node, "topology", sh_topology_keys, err) < 0)
		return -1;
	node = sh_graph_node(g, sh_span_of(e->id));
	if (load_dependencies(g, node, e->node, err) < 0)
		return -1;
	for (int type = 0; type < SH_EDGE_TYPES; type++)
		if (type != SH_EDGE_DEPENDS_ON &&
		    load_edges(g, node, e->node, sh_edge_words[type], (enum sh_edge_type)type, false,
			       err) < 0)
			return -1;
	if (load_edges(g, node, e->node, "members", SH_EDGE_MEMBER_OF, true, err) < 0 ||
	    load_edges(g, node, e->node, "contains", SH_EDGE_RUNS_ON, true, err) < 0)
		return -1;
	return load_need(g, node, e->node, err);
}

size_t sh_topology_load(struct sh_graph *g, const struct sh_config *c, sh_config_report_fn *report,
			void *arg)
{
	const struct sh_config_entry *e;
	size_t i = 0, broken = 0;

	while ((e = sh_config_next(c, SH_SECTION_TOPOLOGY, &i))) {
		struct sh_error err = SH_ERROR_INIT;

		if (load_entry(g, e, &err) == 0)
			continue;
		broken++;
		if (report)
			report(arg, &err);
	}
	return broken;
}
