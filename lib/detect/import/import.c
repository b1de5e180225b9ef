/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/import/import.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "config/yaml.h"
#include "detect/import/native.h"
#include "detect/import/scalar.h"
#include "detect/import/text.h"
#include "detect/prom/eval.h"
#include "detect/prom/promql.h"

#define MAX_LABEL 80 /* of what is cited */

struct importer {
	struct sh_import *im;
	struct sh_buf *out;
	struct sh_map recorded; /* names that recording rules make */
	struct sh_map ids;
	struct sh_arena arena;
	const char *group;
	const char *interval;   /* of the group, NULL none */
};

/* One rule of a file. */
struct rule {
	const struct sh_node *node;
	const char *alert, *record, *expr, *for_time, *keep;
	const struct sh_node *labels, *annotations, *at;
	struct sh_promql *promql;
	struct sh_import_native native;
	bool is_native;
	char *id;
};

static void SH_PRINTF(4, 5) tell(struct importer *m, const struct rule *r, const struct sh_node *at,
				 const char *fmt, ...)
{
	struct sh_error err = SH_ERROR_INIT;
	char what[180];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)sh_node_fail(at, &err, "rule '%.40s': %s", r->alert ? r->alert : r->record ? r->record : "?",
			   what);
	if (m->im->told)
		m->im->told(m->im->arg, &err);
}

/* What stands at "line:column:" of a text, cut to a line. */
static const char *cite(const char *text, const char *place, char *out, size_t size)
{
	unsigned line = 1, column = 1;
	const char *at = text;
	size_t len;

	if (sscanf(place, "%u:%u:", &line, &column) != 2)
		column = line = 1;
	while (--line && strchr(at, '\n'))
		at = strchr(at, '\n') + 1;
	len = strcspn(at, "\n");
	at += column && column - 1 < len ? column - 1 : len;
	len = strcspn(at, "\n");
	snprintf(out, size, "%.*s", (int)(len < size ? len : size - 1), at);
	return out;
}

static int read_rule(const struct sh_node *n, struct rule *r, struct sh_error *err)
{
	memset(r, 0, sizeof(*r));
	r->node = n;
	r->at = sh_node_get(n, "expr");
	r->labels = sh_node_get(n, "labels");
	r->annotations = sh_node_get(n, "annotations");
	if (n->type != SH_NODE_MAP)
		return sh_node_fail(n, err, "a rule is a map");
	if (sh_node_string(n, "alert", &r->alert, err) < 0 ||
	    sh_node_string(n, "record", &r->record, err) < 0 ||
	    sh_node_string(n, "expr", &r->expr, err) < 0 ||
	    sh_node_string(n, "for", &r->for_time, err) < 0 ||
	    sh_node_string(n, "keep_firing_for", &r->keep, err) < 0)
		return -1;
	if (!r->expr || !r->alert == !r->record)
		return sh_node_fail(n, err, "a rule has an expr, and is either an alert or a record");
	return 0;
}

static const struct sh_node *groups_of(const struct sh_node *root)
{
	const struct sh_node *groups = sh_node_get(root, "groups");

	if (!groups && root->type == SH_NODE_MAP)
		groups = sh_node_get(sh_node_get(root, "spec"), "groups");
	return groups && groups->type == SH_NODE_LIST ? groups : NULL;
}

/* Call EACH for every rule of every group. */
static void walk(struct importer *m, const struct sh_node *groups,
		 void (*each)(struct importer *m, const struct sh_node *rule))
{
	for (size_t i = 0; i < groups->n; i++) {
		const struct sh_node *group = groups->item[i], *rules = sh_node_get(group, "rules");
		struct sh_error ignored = SH_ERROR_INIT;

		m->group = "";
		m->interval = NULL;
		if (group->type == SH_NODE_MAP &&
		    (sh_node_string(group, "name", &m->group, &ignored) < 0 ||
		     sh_node_string(group, "interval", &m->interval, &ignored) < 0))
			m->interval = NULL;
		for (size_t k = 0; rules && k < rules->n; k++)
			each(m, rules->item[k]);
	}
}

static void note_recorded(struct importer *m, const struct sh_node *rule)
{
	struct sh_error ignored = SH_ERROR_INIT;
	const char *record = NULL;

	if (rule->type == SH_NODE_MAP && sh_node_string(rule, "record", &record, &ignored) > 0)
		sh_map_puts(&m->recorded, record, m);
}

/* Ids are unique: the second of a name is NAME-2. */
static char *make_id(struct importer *m, const char *name)
{
	SH_CLEANUP_BUF struct sh_buf base = SH_BUF_INIT;
	char *id;

	for (const char *c = name; *c; c++)
		sh_buf_addch(&base, strchr(":/ \t\n'\"", *c) ? '_' : *c);
	id = sh_strdup(sh_buf_str(&base));
	for (int i = 2; sh_map_gets(&m->ids, id); i++) {
		free(id);
		id = sh_asprintf("%s-%d", sh_buf_str(&base), i);
	}
	sh_map_puts(&m->ids, id, m);
	return id;
}

static void ignore_reach(void *arg, const struct sh_prom_ast *selector, int64_t reach)
{
	(void)arg, (void)selector, (void)reach;
}

static bool translate(struct importer *m, struct rule *r)
{
	struct sh_error err = SH_ERROR_INIT;
	char part[MAX_LABEL];

	r->promql = sh_promql_parse(r->expr, &err);
	if (r->promql)
		(void)sh_prom_reach(r->promql->root, SH_MIN, ignore_reach, NULL, &err);
	if (sh_error_is_set(&err)) {
		tell(m, r, r->at, "%s: %s", err.text, cite(r->expr, err.text, part, sizeof(part)));
		return false;
	}
	r->is_native = !m->im->exact && r->alert &&
		       sh_import_native(r->promql, &m->recorded, &m->arena, &r->native);
	return true;
}

/* "5m" and "1h30m" are ours as well; a year is not. */
static void put_duration(struct importer *m, const struct rule *r, const char *key, const char *text)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_promql *p = text ? sh_promql_parse(text, &err) : NULL;

	if (p && p->root->kind == SH_PROM_NUMBER && p->root->number > 0) {
		char out[SH_DURATION_TEXT];

		sh_duration_format(out, (int64_t)(p->root->number * 1e3) * SH_MS);
		sh_buf_addf(m->out, "    %s: %s\n", key, out);
	} else if (text && (!p || p->root->kind != SH_PROM_NUMBER)) {
		tell(m, r, r->node, "no duration: %s: %.60s", key, text);
	}
	sh_promql_free(p);
}

static void put_key(struct importer *m, int indent, const char *key, const char *value)
{
	sh_buf_addf(m->out, "%*s", indent, "");
	sh_import_scalar(key, 0, m->out);
	sh_buf_addstr(m->out, ": ");
	sh_import_scalar(value, indent + 2, m->out);
	sh_buf_addch(m->out, '\n');
}

static const char *severity_of(const char *label)
{
	static const struct {
		const char *label, *severity;
	} words[] = {
		{ "critical", "critical" }, { "page", "critical" },  { "fatal", "critical" },
		{ "emergency", "critical" }, { "disaster", "critical" }, { "error", "high" },
		{ "high", "high" },	{ "major", "high" },	 { "warning", "medium" },
		{ "warn", "medium" },	{ "medium", "medium" },	 { "minor", "low" },
		{ "low", "low" },	{ "info", "info" },	 { "none", "info" },
	};

	for (size_t i = 0; label && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(label, words[i].label))
			return words[i].severity;
	return "medium";
}

static const struct sh_import_names *names_of(const struct rule *r, struct sh_import_names *names)
{
	*names = r->is_native ? (struct sh_import_names){ "dims", "entity", r->native.value } :
				(struct sh_import_names){ "labels", NULL, "value" };
	return names;
}

/* A text of an alert; what of its templates is not ours stays in it and is told. */
static char *translate_text(struct importer *m, const struct rule *r, const char *key,
			    const struct sh_node *at)
{
	struct sh_import_names names;
	struct sh_buf out = SH_BUF_INIT;
	struct sh_span left = sh_import_text(at->text, names_of(r, &names), &out);

	if (left.p)
		tell(m, r, at, "%s: stays as text: %.*s", key, (int)(left.len < MAX_LABEL ? left.len : MAX_LABEL),
		     left.p);
	return sh_buf_take(&out);
}

static bool is_text(const struct sh_node *n)
{
	return n && n->text && n->type != SH_NODE_MAP && n->type != SH_NODE_LIST &&
	       n->type != SH_NODE_NULL;
}

static void put_texts(struct importer *m, const struct rule *r, const char *section,
		      const struct sh_node *map)
{
	if (!map || map->type != SH_NODE_MAP || !map->n)
		return;
	sh_buf_addf(m->out, "    %s:\n", section);
	for (size_t i = 0; i < map->n; i++) {
		SH_CLEANUP_FREE char *text = NULL;

		if (!is_text(map->item[i])) {
			tell(m, r, map->item[i], "%s: '%.40s' is no text", section, map->key[i]);
			continue;
		}
		text = translate_text(m, r, map->key[i], map->item[i]);
		put_key(m, 6, map->key[i], text);
	}
}

/* What people read first: the description, else the summary, else the message. */
static void put_description(struct importer *m, const struct rule *r)
{
	static const char *const keys[] = { "description", "message", "summary" };

	for (size_t i = 0; i < 3; i++) {
		const struct sh_node *n = sh_node_get(r->annotations, keys[i]);
		struct sh_import_names names;
		SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

		if (!is_text(n))
			continue;
		sh_import_text(n->text, names_of(r, &names), &text);
		put_key(m, 4, "description", sh_buf_str(&text));
		return;
	}
}

static void put_alert(struct importer *m, struct rule *r)
{
	const struct sh_node *severity = sh_node_get(r->labels, "severity");

	put_key(m, 4, "fault_type", r->alert);
	put_key(m, 4, r->is_native ? "expr" : "promql", r->is_native ? r->native.expr : r->expr);
	sh_buf_addf(m->out, "    severity: %s\n", severity_of(is_text(severity) ? severity->text : NULL));
	if (r->is_native)
		sh_buf_addf(m->out, "    count: 1\n%s", r->native.needs_past ? "    eager: true\n" : "");
	put_duration(m, r, "for", r->for_time);
	put_duration(m, r, "keep_firing", r->keep);
	if (!r->is_native)
		put_duration(m, r, "every", m->interval);
	put_description(m, r);
	put_texts(m, r, "labels", r->labels);
	put_texts(m, r, "annotations", r->annotations);
}

static void put_recording(struct importer *m, struct rule *r)
{
	put_key(m, 4, "record", r->record);
	put_key(m, 4, "promql", r->expr);
	put_duration(m, r, "every", m->interval);
	put_texts(m, r, "labels", r->labels);
}

/* What could not be taken over stands there to be read, and does nothing. */
static void put_refused(struct importer *m, const struct rule *r)
{
	sh_buf_addf(m->out, "  # %s was not taken over:\n  #   ", r->alert ? r->alert : r->record);
	for (const char *c = r->expr; *c; c++) {
		sh_buf_addch(m->out, (unsigned char)*c < ' ' && *c != '\n' ? ' ' : *c);
		if (*c == '\n' && c[1])
			sh_buf_addstr(m->out, "  #   ");
	}
	sh_buf_addstr(m->out, r->expr[0] && r->expr[strlen(r->expr) - 1] == '\n' ? "" : "\n");
}

static void import_rule(struct importer *m, const struct sh_node *node)
{
	struct sh_error err = SH_ERROR_INIT;
	struct rule r;

	if (read_rule(node, &r, &err) < 0) {
		m->im->refused++;
		if (m->im->told)
			m->im->told(m->im->arg, &err);
		return;
	}
	if (translate(m, &r)) {
		r.id = make_id(m, r.alert ? r.alert : r.record);
		sh_buf_addstr(m->out, "  ");
		sh_import_scalar(r.id, 0, m->out);
		sh_buf_addstr(m->out, ":\n");
		(r.alert ? put_alert : put_recording)(m, &r);
		(r.record ? m->im->recording++ : r.is_native ? m->im->native++ : m->im->promql++);
	} else {
		m->im->refused++;
		put_refused(m, &r);
	}
	sh_promql_free(r.promql);
	free(r.id);
}

int sh_import_prometheus(struct sh_import *im, const char *file, const char *data, size_t len,
			 struct sh_buf *out, struct sh_error *err)
{
	struct sh_node *root = sh_yaml_parse(file, data, len, err);
	struct importer m = { .im = im, .out = out, .recorded = SH_MAP_INIT(NULL),
			      .ids = SH_MAP_INIT(NULL), .arena = SH_ARENA_INIT };
	const struct sh_node *groups = root ? groups_of(root) : NULL;

	im->native = im->promql = im->recording = im->refused = 0;
	if (root && !groups)
		(void)sh_node_fail(root, err, "no list of groups: this is no rule file of Prometheus");
	if (groups) {
		sh_buf_addstr(out, "rules:\n");
		walk(&m, groups, note_recorded);
		walk(&m, groups, import_rule);
	}
	sh_map_release(&m.recorded);
	sh_map_release(&m.ids);
	sh_arena_release(&m.arena);
	sh_node_free(root);
	return groups ? 0 : -1;
}
