/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/graph_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/entity.h"
#include "record/json.h"

#define DEEPEST	  256
#define MAX_EDGES 100000

static void free_edges(void *p)
{
	struct sh_edges *e = p;

	for (size_t i = 0; i < e->n; i++)
		free(e->item[i].to);
	free(e->item);
	free(e);
}

static void free_declared(void *p)
{
	sh_dependencies_release(p);
	free(p);
}

void sh_graph_init(struct sh_graph *g, const struct sh_site *site)
{
	*g = (struct sh_graph){ .site = site };
	sh_map_init(&g->declared, free_declared);
	sh_map_init(&g->edge, free_edges);
}

void sh_graph_release(struct sh_graph *g)
{
	sh_map_release(&g->declared);
	sh_map_release(&g->edge);
}

static int load_entry(struct sh_dependencies *d, const struct sh_config_entry *e, struct sh_error *err)
{
	struct sh_entity parts;

	if (!sh_entity_split(sh_span_of(e->id), &parts))
		return sh_node_fail(e->node, err, "'%.80s' is no entity such as vm:db-3", e->id);
	if (sh_node_check_keys(e->node, "topology", sh_topology_keys, err) < 0)
		return -1;
	return sh_dependencies_load(d, e->node, err);
}

size_t sh_graph_load(struct sh_graph *g, const struct sh_config *c, sh_config_report_fn *report, void *arg)
{
	const struct sh_config_entry *e;
	size_t broken = 0;

	for (size_t i = 0; (e = sh_config_next(c, SH_SECTION_TOPOLOGY, &i));) {
		struct sh_dependencies *d = sh_calloc(1, sizeof(*d));
		struct sh_error err = SH_ERROR_INIT;

		if (load_entry(d, e, &err) >= 0) {
			sh_map_puts(&g->declared, e->id, d);
			continue;
		}
		free_declared(d);
		broken++;
		if (report)
			report(arg, &err);
	}
	return broken;
}

void sh_graph_put(struct sh_graph *g, const char *from, const char *to, int64_t time)
{
	struct sh_edges *e = sh_map_gets(&g->edge, from);
	size_t i = 0;

	while (e && i < e->n && strcmp(e->item[i].to, to) < 0)
		i++;
	if (e && i < e->n && !strcmp(e->item[i].to, to)) {
		if (time > e->item[i].seen) {
			e->item[i].seen = time;
			e->changed = true;
		}
		return;
	}
	if (g->edges == MAX_EDGES) {
		g->full++;
		return;
	}
	g->edges++;
	if (!e) {
		e = sh_calloc(1, sizeof(*e));
		sh_map_puts(&g->edge, from, e);
	}
	sh_grow(e->item, e->n, e->cap);
	memmove(e->item + i + 1, e->item + i, (e->n++ - i) * sizeof(*e->item));
	e->item[i] = (struct sh_edge){ sh_strdup(to), time };
	e->changed = true;
}

static bool take_end(const struct sh_record *r, const char *name, struct sh_buf *out)
{
	struct sh_slice end = sh_record_member(r, name);
	struct sh_entity parts;

	if (end.type != SH_JSON_STRING)
		return false;
	sh_json_unescape(end, out);
	return !memchr(sh_buf_str(out), '\0', out->len) &&
	       sh_entity_split((struct sh_span){ sh_buf_str(out), out->len }, &parts);
}

int sh_graph_edge(struct sh_graph *g, const struct sh_record *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf from = SH_BUF_INIT, to = SH_BUF_INIT;

	if (!take_end(r, "from", &from) || !take_end(r, "to", &to))
		return sh_error_set(err, SH_ERRC_INPUT, "edge: 'from' and 'to' must be entities");
	sh_graph_put(g, sh_buf_str(&from), sh_buf_str(&to), r->time);
	return 0;
}

void sh_graph_forget(struct sh_graph *g, int64_t before)
{
	const struct sh_map_entry *entry;

	for (size_t k = 0; (entry = sh_map_next(&g->edge, &k));) {
		struct sh_edges *e = entry->value;
		size_t kept = 0;

		for (size_t i = 0; i < e->n; i++) {
			if (e->item[i].seen >= before)
				e->item[kept++] = e->item[i];
			else
				free(e->item[i].to);
		}
		g->edges -= e->n - kept;
		e->changed = e->changed || kept < e->n;
		e->n = kept;
	}
}

struct walk {
	const struct sh_graph *g;
	const struct sh_sources *s;
	const char *own;
	struct sh_map seen; /* entity -> why it is unreachable; the walk itself: it is not, or is being asked */
	int depth;
};

static const json_t *reason(struct walk *w, const char *entity);

/* Why something that is needed is not there: it is down, or what it needs is. */
static const json_t *missing(struct walk *w, const char *entity)
{
	const json_t *down = sh_sources_down(w->s, entity), *root = down ? sh_sources_root(w->s, down) : NULL;

	if (root && strcmp(sh_json_str(root, "fingerprint", ""), w->own))
		return root;
	return reason(w, entity);
}

/* "filesystem:/var" of something on a host is the one there. */
static const json_t *missing_near(struct walk *w, const char *needed, struct sh_span host)
{
	struct sh_entity parts;
	const json_t *why;

	if (sh_entity_split(sh_span_of(needed), &parts) && !parts.host.p && host.p) {
		SH_CLEANUP_FREE char *local = sh_asprintf("%s@%.*s", needed, (int)host.len, host.p);

		why = missing(w, local);
		if (why)
			return why;
	}
	return missing(w, needed);
}

static const json_t *group_reason(struct walk *w, const struct sh_dependencies *d, struct sh_span host)
{
	for (size_t i = 0; d && i < d->n; i++) {
		const json_t *first = NULL;

		for (const char **e = d->item[i].any_of; *e; e++) {
			const json_t *why = missing_near(w, *e, host);

			first = first ? first : why;
			if (!why) {
				first = NULL;
				break;
			}
		}
		if (first)
			return first;
	}
	return NULL;
}

static const json_t *edge_reason(struct walk *w, const char *entity)
{
	const struct sh_edges *e = sh_map_gets(&w->g->edge, entity);
	const json_t *why = NULL;

	for (size_t i = 0; e && i < e->n && !why; i++)
		why = missing(w, e->item[i].to);
	return why;
}

static const json_t *host_reason(struct walk *w, struct sh_span host)
{
	SH_CLEANUP_FREE char *entity = host.p ? sh_asprintf("host:%.*s", (int)host.len, host.p) : NULL;

	return entity ? missing(w, entity) : NULL;
}

static const struct sh_dependencies *service_needs(const struct walk *w, const struct sh_entity *parts)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const struct sh_service *service;

	if (!w->g->site || !sh_span_is(parts->type, "service"))
		return NULL;
	sh_entity_decode(parts->name, &name);
	service = sh_site_service(w->g->site, sh_buf_str(&name));
	return service ? &service->depends_on : NULL;
}

static const json_t *look(struct walk *w, const char *entity)
{
	struct sh_entity parts;
	const json_t *why;

	if (!sh_entity_split(sh_span_of(entity), &parts))
		return NULL;
	why = host_reason(w, parts.host);
	if (!why)
		why = group_reason(w, service_needs(w, &parts), parts.host);
	if (!why)
		why = group_reason(w, sh_map_gets(&w->g->declared, entity), parts.host);
	return why ? why : edge_reason(w, entity);
}

static const json_t *reason(struct walk *w, const char *entity)
{
	void *known = sh_map_gets(&w->seen, entity);
	const json_t *why;

	if (known)
		return known == w ? NULL : known;
	if (w->depth == DEEPEST)
		return NULL;
	sh_map_puts(&w->seen, entity, w);
	w->depth++;
	why = look(w, entity);
	w->depth--;
	if (why)
		sh_map_puts(&w->seen, entity, (void *)(uintptr_t)why);
	return why;
}

const json_t *sh_graph_reason(const struct sh_graph *g, const struct sh_sources *s, const char *entity,
			      const char *own)
{
	struct walk w = { .g = g, .s = s, .own = own };
	const json_t *why;

	if (!s->open.live)
		return NULL;
	sh_map_init(&w.seen, NULL);
	why = reason(&w, entity);
	sh_map_release(&w.seen);
	return why;
}
