/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/groups.h"

#include "record/json.h"
#include "record/text.h"

/* All of this runs over text that was scanned: it ends before its closing brace does. */

void sh_groups_start(struct sh_groups *g, const struct sh_record *r)
{
	struct sh_slice metrics;

	*g = (struct sh_groups){ .record = r };
	sh_buf_init(&g->text);
	if (r->bare)
		return;
	g->i = r->index.n;
	metrics = sh_record_member(r, "metrics");
	if (metrics.type == SH_JSON_OBJECT)
		g->p = metrics.text.p + 1;
}

static const char *skip_blank(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

/* P behind the opening quote; returns what is behind the closing one. */
static const char *skip_string(const char *p, const char *end)
{
	for (;;) {
		p = sh_text_string_end(p, end);
		if (*p == '"')
			return p + 1;
		p += 2;
	}
}

static const char *skip_value(const char *p, const char *end)
{
	unsigned depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p + 1, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else {
			p++;
		}
	} while (depth || (*p != ',' && *p != '}' && *p != ']'));
	return p;
}

static void name_it(struct sh_groups *g, struct sh_span key, bool escaped)
{
	g->name = key;
	if (!escaped)
		return;
	sh_buf_clear(&g->text);
	sh_json_decode(key, &g->text);
	g->name = (struct sh_span){ sh_buf_str(&g->text), g->text.len };
}

/* The next member of "metrics" that is an object. */
static bool next_inside(struct sh_groups *g)
{
	const char *end = g->record->line.p + g->record->line.len;

	for (const char *p = skip_blank(g->p); *p == '"'; p = g->p) {
		const char *key = p + 1, *value;
		size_t len;

		p = skip_string(key, end);
		len = (size_t)(p - 1 - key);
		value = skip_blank(skip_blank(p) + 1);
		p = skip_value(value, end);
		g->p = skip_blank(p);
		if (*g->p == ',')
			g->p = skip_blank(g->p + 1);
		if (*value != '{')
			continue;
		name_it(g, (struct sh_span){ key, len }, memchr(key, '\\', len) != NULL);
		while (p[-1] != '}')
			p--;
		g->object = (struct sh_span){ value, (size_t)(p - value) };
		return true;
	}
	return false;
}

bool sh_groups_next(struct sh_groups *g)
{
	if (g->p)
		return next_inside(g);
	while (g->i < g->record->index.n) {
		const struct sh_member *m = &g->record->index.member[g->i++];

		if (m->value.type != SH_JSON_OBJECT)
			continue;
		name_it(g, m->key, m->key_escaped);
		g->object = m->value.text;
		if (!sh_record_is_reserved(g->name))
			return true;
	}
	return false;
}

void sh_groups_end(struct sh_groups *g)
{
	sh_buf_release(&g->text);
}
