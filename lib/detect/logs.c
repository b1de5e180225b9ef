/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/logs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/log/scope.h"
#include "record/fault.h"
#include "record/json.h"

#define TABLE "log"
#define KEY   "miner"

/* Text and severity stand in the record; anything else behind "log." is what the miner found. */
static bool needs_miner(const struct sh_expr *e)
{
	const char *path;

	for (size_t i = 0; e && (path = sh_expr_path(e, i)); i++)
		if (!strncmp(path, "log", 3) && strcmp(path, "log.text") && strcmp(path, "log.level") &&
		    strcmp(path, "log.program") && strncmp(path, "log.data", 8))
			return true;
	return false;
}

static bool any_needs_miner(const struct sh_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct sh_rule *r = &rules->rule[i];

		if (!r->is_log)
			continue;
		if (needs_miner(r->expr) || needs_miner(r->severity_expr))
			return true;
		for (size_t k = 0; r->description && sh_template_expr(r->description, k); k++)
			if (needs_miner(sh_template_expr(r->description, k)))
				return true;
	}
	return false;
}

/* With the first log record: who never has one does not wait for it. */
static void add_patterns(struct sh_logs *l)
{
	l->pattern = sh_calloc(l->rules->n + 1, sizeof(*l->pattern));
	for (size_t i = 0; i < l->rules->n; i++) {
		const char *match = l->rules->rule[i].match;

		l->pattern[i] = -1;
		if (!match)
			continue;
		if (!l->filter)
			l->filter = sh_filter_new();
		l->pattern[i] = sh_filter_add(l->filter, sh_span_of(match));
	}
	if (l->filter)
		sh_filter_build(l->filter);
}

void sh_logs_init(struct sh_logs *l, const struct sh_rules *rules, bool mine)
{
	memset(l, 0, sizeof(*l));
	l->rules = rules;
	if (mine || any_needs_miner(rules))
		l->miner = sh_log_miner_new(NULL);
}

void sh_logs_release(struct sh_logs *l)
{
	if (l->miner)
		sh_log_miner_free(l->miner);
	if (l->filter)
		sh_filter_free(l->filter);
	free(l->pattern);
}

static int severity_of(const struct sh_record *r)
{
	struct sh_slice v = sh_record_member(r, "severity");

	for (int i = 0; v.type == SH_JSON_STRING && sh_severity_words[i]; i++)
		if (sh_span_is((struct sh_span){ v.text.p + 1, v.text.len - 2 }, sh_severity_words[i]))
			return i;
	return -1;
}

int sh_logs_look(struct sh_logs *l, const struct sh_record *r, struct sh_span stream,
		 struct sh_log_line *line, struct sh_error *err)
{
	struct sh_slice text = sh_record_member(r, "text");
	struct sh_span span;

	memset(line, 0, sizeof(*line));
	if (text.type != SH_JSON_STRING)
		return sh_error_set(err, SH_ERRC_INPUT, "byte 0: a log record without text");
	sh_json_unescape(text, &line->text);
	span = (struct sh_span){ sh_buf_str(&line->text), line->text.len };
	line->severity = severity_of(r);
	if (!l->pattern)
		add_patterns(l);
	if (l->filter)
		(void)sh_filter_look(l->filter, span, &l->set);
	if (l->miner) {
		sh_log_look(l->miner, stream, span, line->severity, r->time, &line->answer);
		line->is_mined = l->dirty = true;
	}
	return 0;
}

void sh_log_line_release(struct sh_log_line *line)
{
	sh_buf_release(&line->text);
}

bool sh_logs_may_match(const struct sh_logs *l, size_t rule)
{
	return l->pattern[rule] < 0 || sh_filter_has(&l->set, l->pattern[rule]);
}

static void add_member(json_t *scope, const char *name, const struct sh_record *r, const char *member)
{
	struct sh_slice v = sh_record_member(r, member);

	if (v.type != SH_JSON_NONE)
		json_object_set_new(scope, name, sh_json_build(v));
}

json_t *sh_log_line_scope(const struct sh_log_line *line, const struct sh_record *r)
{
	struct sh_span text = { line->text.data, line->text.len };
	json_t *scope;

	if (line->is_mined) {
		scope = sh_log_scope(text, line->severity, r->time, &line->answer);
	} else {
		scope = json_object();
		json_object_set_new(scope, "text", json_stringn_nocheck(text.p ? text.p : "", text.len));
		if (line->severity >= 0)
			json_object_set_new(scope, "level", json_string(sh_severity_words[line->severity]));
	}
	add_member(scope, "program", r, "program");
	add_member(scope, "data", r, "fields");
	return scope;
}

void sh_logs_annotate(const struct sh_log_line *line, const struct sh_record *r, struct sh_buf *out)
{
	struct sh_span body = r->line;

	while (body.p[body.len - 1] != '}')
		body.len--;
	sh_buf_add(out, body.p, body.len - 1);
	sh_buf_addstr(out, ",\"template\":");
	sh_json_add_string(out, line->answer.id, strlen(line->answer.id));
	sh_buf_addstr(out, ",\"template_text\":");
	sh_json_add_string(out, line->answer.text, strlen(line->answer.text));
	sh_buf_addstr(out, "}\n");
}

int sh_logs_save(struct sh_logs *l, struct sh_state *s, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;

	if (!l->miner || !l->dirty)
		return 0;
	sh_log_store(l->miner, &row);
	if (sh_state_put(s, TABLE, KEY, sizeof(KEY) - 1, row.data, row.len, err) < 0)
		return -1;
	l->dirty = false;
	return 0;
}

void sh_logs_unsaved(struct sh_logs *l)
{
	l->dirty = true;
}

int sh_logs_load(struct sh_logs *l, struct sh_state *s, const struct sh_damage *damage, struct sh_error *err)
{
	SH_CLEANUP_FREE void *row = NULL;
	struct sh_error why = SH_ERROR_INIT;
	size_t len = 0;
	int found = l->miner ? sh_state_get(s, TABLE, KEY, sizeof(KEY) - 1, &row, &len, err) : 0;

	if (found <= 0 || sh_log_load(l->miner, row, len, &why) == 0)
		return found < 0 ? -1 : 0;
	l->dirty = true;
	sh_damage_tell(damage, "the templates of logs");
	return 0;
}
