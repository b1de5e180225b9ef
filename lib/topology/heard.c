/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "topology/heard.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "record/entity.h"
#include "record/json.h"
#include "topology/graph_parts.h"

/* The first minute at which what holds until END does not. */
static int64_t minute_after(int64_t end)
{
	return end / SH_MIN + (end % SH_MIN > 0);
}

void sh_graph_mark(struct sh_graph *g, uint32_t node)
{
	struct sh_graph_vertex *n = &g->node[node];

	if (!n->marked)
		sh_map_puts(&g->stale, n->name, g);
	n->marked = true;
}

static uint32_t end_of(struct sh_graph *g, struct sh_span name)
{
	uint32_t node = sh_graph_guess(g, name);

	if (node != SH_GRAPH_NONE)
		sh_graph_spoken_of(g, node);
	return node;
}

void sh_graph_take(struct sh_graph *g, const struct sh_heard *h)
{
	uint32_t from, to, edge;
	struct sh_graph_edge *e;

	if (sh_span_equal(h->from, h->to))
		return;
	from = end_of(g, h->from);
	to = end_of(g, h->to);
	edge = sh_graph_declare(g, from, to, h->type);
	if (edge == SH_GRAPH_NONE)
		return;
	e = &g->edge[edge];
	if (e->end != SH_NEVER && (h->seen < e->seen || (h->seen == e->seen && h->end <= e->end)))
		return;
	e->seen = h->seen;
	e->end = h->end;
	e->need = h->type == SH_EDGE_MEMBER_OF ? h->need : 0;
	if (e->need != g->node[e->from].heard_need)
		sh_graph_count_need(g, e->from);
	if (minute_after(h->end) < g->next)
		g->next = minute_after(h->end);
	sh_graph_mark(g, from);
}

void sh_graph_advance(struct sh_graph *g, int64_t now)
{
	int64_t minute = now / SH_MIN - (now % SH_MIN < 0);

	if (minute < g->minute)
		minute = g->minute;
	g->minute = minute;
	if (minute < g->next)
		return; /* nothing ended, and nothing was heard that had ended before */
	g->next = INT64_MAX;
	for (uint32_t i = 0; i < g->edges; i++) {
		int64_t end = g->edge[i].end;

		if (end == SH_NEVER)
			continue;
		if (minute_after(end) <= minute)
			sh_graph_unhear(g, i);
		else if (minute_after(end) < g->next)
			g->next = minute_after(end);
	}
}

static bool read_end(const struct sh_record *r, const char *name, struct sh_buf *out)
{
	struct sh_slice end = sh_record_member(r, name);
	struct sh_entity parts;

	if (end.type != SH_JSON_STRING)
		return false;
	sh_json_unescape(end, out);
	return !memchr(sh_buf_str(out), '\0', out->len) &&
	       sh_entity_split((struct sh_span){ sh_buf_str(out), out->len }, &parts);
}

static enum sh_edge_type type_of(const struct sh_record *r)
{
	struct sh_slice type = sh_record_member(r, "type");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (type.type == SH_JSON_STRING)
		sh_json_unescape(type, &text);
	for (int i = 0; i < SH_EDGE_TYPES; i++)
		if (!strcmp(sh_buf_str(&text), sh_edge_words[i]))
			return (enum sh_edge_type)i;
	return SH_EDGE_DEPENDS_ON;
}

static uint32_t need_of(const struct sh_record *r)
{
	struct sh_slice need = sh_record_member(r, "need");
	char text[16];
	uint64_t n;

	if (need.type != SH_JSON_NUMBER || need.text.len >= sizeof(text))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)need.text.len, need.text.p);
	return sh_parse_u64(text, &n) == 0 && n <= SH_GRAPH_NODES ? (uint32_t)n : 0;
}

/* Its own word on how long it holds, else a week. */
static int end_time(const struct sh_record *r, int64_t *end, struct sh_error *err)
{
	struct sh_slice valid = sh_record_member(r, "valid");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	int64_t span = SH_HEARD_VALID;

	if (valid.type == SH_JSON_STRING)
		sh_json_unescape(valid, &text);
	if (valid.type != SH_JSON_NONE &&
	    (valid.type != SH_JSON_STRING || sh_duration_parse(sh_buf_str(&text), text.len, &span) < 0 || span <= 0))
		return sh_error_set(err, SH_ERRC_INPUT, "member 'valid' is no duration such as 10m");
	if (__builtin_add_overflow(r->time, span, end))
		*end = INT64_MAX;
	return 0;
}

/* Whoever saw it later knows better. */
static void drop(struct sh_graph *g, const struct sh_heard *h)
{
	uint32_t edge = sh_graph_find_edge(g, sh_graph_find(g, h->from), sh_graph_find(g, h->to), h->type);

	if (edge != SH_GRAPH_NONE && g->edge[edge].seen <= h->seen)
		sh_graph_unhear(g, edge);
}

int sh_graph_hear(struct sh_graph *g, const struct sh_record *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf from = SH_BUF_INIT, to = SH_BUF_INIT;
	struct sh_heard h = { .type = type_of(r), .need = need_of(r), .seen = r->time };
	bool known = read_end(r, "from", &from);

	if (!known || !read_end(r, "to", &to))
		return sh_error_set(err, SH_ERRC_INPUT,
				    "member '%s' is no entity: 'from' and 'to' must be entities",
				    known ? "to" : "from");
	h.from = (struct sh_span){ sh_buf_str(&from), from.len };
	h.to = (struct sh_span){ sh_buf_str(&to), to.len };
	if (end_time(r, &h.end, err) < 0)
		return -1;
	if (sh_record_member(r, "removed").type == SH_JSON_TRUE)
		drop(g, &h);
	else
		sh_graph_take(g, &h);
	return 0;
}
