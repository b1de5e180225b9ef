/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/topology.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "config/dependency.h"
#include "record/entity.h"
#include "record/json.h"

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

/* Of something on a host, what has no host may be the one there. */
static void depend(struct sh_graph *g, uint32_t node, const char *on, enum sh_edge_type type)
{
	struct sh_entity from = { 0 }, to = { 0 };

	sh_entity_split(sh_span_of(sh_graph_name(g, node)), &from);
	sh_entity_split(sh_span_of(on), &to);
	if (from.host.p && !to.host.p) {
		SH_CLEANUP_FREE char *here =
			sh_asprintf("%s@%.*s", on, (int)from.host.len, from.host.p);

		sh_graph_link(g, node, sh_graph_node(g, sh_span_of(here)), type);
	}
	sh_graph_link(g, node, sh_graph_node(g, sh_span_of(on)), type);
}

/* A group without a name of its own, of which one is enough; each may explain what is wrong. */
static void depend_on_any(struct sh_graph *g, uint32_t node, const char **any)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	uint32_t group;

	for (const char **e = any; *e; e++)
		sh_buf_addf(&name, "%s%s", e == any ? "any_of:" : "|", *e);
	group = sh_graph_node(g, (struct sh_span){ name.data, name.len });
	sh_graph_need(g, group, 1, 0);
	for (; *any; any++)
		sh_graph_link(g, sh_graph_node(g, sh_span_of(*any)), group, SH_EDGE_MEMBER_OF);
	sh_graph_link(g, node, group, SH_EDGE_DEPENDS_ON);
}

static int load_dependencies(struct sh_graph *g, uint32_t node, const struct sh_node *map,
			     struct sh_error *err)
{
	struct sh_dependencies d;
	int rc = sh_dependencies_load(&d, map, err);

	for (size_t i = 0; rc > 0 && i < d.n; i++)
		if (d.item[i].any_of[1])
			depend_on_any(g, node, d.item[i].any_of);
		else
			depend(g, node, d.item[i].any_of[0], SH_EDGE_DEPENDS_ON);
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

static int text_of(const struct sh_record *r, const char *name, struct sh_buf *out,
		   struct sh_error *err)
{
	struct sh_slice value = sh_record_member(r, name);

	if (value.type != SH_JSON_STRING)
		return sh_error_set(err, SH_ERRC_INPUT, "member '%s' is %s", name,
				    value.type == SH_JSON_NONE ? "missing" : "no text");
	sh_json_unescape(value, out);
	return 0;
}

static int end_of(struct sh_graph *g, const struct sh_record *r, const char *name, uint32_t *out,
		  struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_span entity;

	if (text_of(r, name, &text, err) < 0)
		return -1;
	entity = (struct sh_span){ sh_buf_str(&text), text.len };
	if (!is_entity(entity))
		return sh_error_set(err, SH_ERRC_INPUT, "member '%s' is no entity", name);
	*out = sh_graph_node(g, entity);
	return 0;
}

int sh_topology_edge(struct sh_graph *g, const struct sh_record *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf type = SH_BUF_INIT;
	uint32_t from, to;

	if (text_of(r, "type", &type, err) < 0 || end_of(g, r, "from", &from, err) < 0 ||
	    end_of(g, r, "to", &to, err) < 0)
		return -1;
	for (int i = 0; i < SH_EDGE_TYPES; i++)
		if (!strcmp(sh_buf_str(&type), sh_edge_words[i]))
			sh_graph_link(g, from, to, (enum sh_edge_type)i);
	return 0;
}
