/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/formula.h"
#include "detect/grouping.h"
#include "detect/recall.h"
#include "detect/terms.h"
#include "detect/vectors.h"
#include "record/json.h"

static const char *const known[] = {
	"about",  "match",  "expr",   "eager",  "title", "fault_type", "severity", "on",
	"clear",  "verify", "description", "affected_metrics", "params",   "mode",
	"enabled", "tests", "inhibited_by", "inhibit_on", "means_down", "labels", "annotations", "group_by", SH_TERMS_KEYS, NULL,
};

static int load_terms(struct sh_rule *r, const struct sh_node *n, struct sh_error *err)
{
	struct sh_watch_terms t;

	if (sh_terms_load(&t, &r->damping, n, err) < 0)
		return -1;
	r->count = t.count;
	r->clear_count = t.clear_count;
	r->for_time = t.for_time;
	r->repeat = t.repeat;
	return 0;
}

/* One of the words, or an expression; what looks like a word is one, so that a typo is told. */
static int load_severity(struct sh_rule *r, const struct sh_node *n,
			 const struct sh_function *past, struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(n, "severity");
	int severity = SH_SEVERITY_MEDIUM, rc;

	r->severity = SH_SEVERITY_MEDIUM;
	if (at && at->type == SH_NODE_STRING && strcspn(at->text, " \t\n.?:('\"") < strlen(at->text))
		return sh_node_expr_with(n, "severity", past, &r->severity_expr, err);
	rc = sh_node_choice(n, "severity", sh_severity_words, &severity, err);
	r->severity = (enum sh_severity)severity;
	return rc;
}

static int load_params(struct sh_rule *r, const struct sh_node *n, struct sh_error *err)
{
	const struct sh_node *params = sh_node_get(n, "params");

	if (!params)
		return 0;
	if (params->type != SH_NODE_MAP)
		return sh_node_fail(params, err, "params is not a map");
	r->params = sh_node_json(params);
	return 0;
}

/* The pattern, and what else the rule asks, as one expression: so it is shown and explained as any other. */
static int load_match(struct sh_rule *r, const struct sh_node *n, const struct sh_function *past,
		      struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(n, "match");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	const char *more = NULL;

	if (sh_node_string(n, "expr", &more, err) < 0)
		return -1;
	sh_buf_addstr(&text, "log.text.matches(");
	sh_json_add_string(&text, r->match, strlen(r->match));
	sh_buf_addch(&text, ')');
	if (more)
		sh_buf_addf(&text, " && (%s)", more);
	r->expr = sh_expr_parse(sh_buf_str(&text), past, err);
	if (r->expr)
		return 0;
	sh_error_prefix(err, "%s:%d:%d: match", at->file, at->line, at->column);
	return -1;
}

static bool reads_log(const struct sh_expr *e)
{
	const char *path;

	for (size_t i = 0; (path = sh_expr_path(e, i)); i++)
		if (!strncmp(path, "log.", 4))
			return true;
	return false;
}

int sh_rule_load_follow(struct sh_rule *r, const struct sh_node *n, struct sh_error *err)
{
	const char *on = r->inhibit_on = "host";

	if (sh_node_bool(n, "means_down", &r->means_down, err) < 0 ||
	    sh_node_strings(n, "inhibited_by", &r->inhibited_by, err) < 0 ||
	    sh_node_string(n, "inhibit_on", &on, err) < 0)
		return -1;
	r->inhibit_on = on;
	if (strchr(on, ' ') || (strcmp(on, "host") && strcmp(on, "entity") &&
				(strncmp(on, "labels.", 7) || !on[7])))
		return sh_node_fail(sh_node_get(n, "inhibit_on"), err,
				    "'inhibit_on' must be host, entity or labels.NAME");
	return 0;
}

static int load_rule(struct sh_rule *r, const struct sh_node *n, const struct sh_function *past,
		     struct sh_error *err)
{
	int mode;

	r->fault_type = r->id;
	if (sh_node_check_keys(n, "rule", known, err) < 0 ||
	    sh_node_string(n, "match", &r->match, err) < 0 ||
	    (r->match ? load_match(r, n, past, err)
		      : sh_node_expr_with(n, "expr", past, &r->expr, err)) < 0)
		return -1;
	if (!r->expr)
		return sh_node_fail(n, err, "rule '%s' has no expr", r->id);
	r->is_log = reads_log(r->expr);
	if (sh_node_expr_with(n, "clear", past, &r->clear, err) < 0 ||
	    sh_node_expr(n, "verify", &r->verify, err) < 0 ||
	    sh_node_string(n, "fault_type", &r->fault_type, err) < 0 ||
	    load_severity(r, n, past, err) < 0 ||
	    sh_node_choice(n, "mode", sh_mode_words, &mode, err) < 0 ||
	    sh_node_strings(n, "on", &r->on, err) < 0 ||
	    sh_node_strings(n, "affected_metrics", &r->affected, err) < 0)
		return -1;
	if (sh_node_bool(n, "eager", &r->eager, err) < 0 || sh_rule_load_follow(r, n, err) < 0 ||
	    sh_grouping_load(n, &r->group_by, err) < 0 ||
	    load_terms(r, n, err) < 0 ||
	    sh_node_template_with(n, "description", past, &r->description, err) < 0 ||
	    sh_node_template(n, "about", &r->about, err) < 0)
		return -1;
	if (r->is_log && r->clear)
		return sh_node_fail(n, err, "clear: a line that does not match says nothing (use keep_firing)");
	return load_params(r, n, err);
}

bool sh_rule_severity(const struct sh_rule *rule, struct sh_eval *eval, enum sh_severity *out)
{
	struct sh_value v;

	if (!rule->severity_expr)
		return true;
	v = sh_expr_eval(rule->severity_expr, eval);
	if (v.type == SH_VALUE_UNKNOWN || v.type == SH_VALUE_ERROR)
		return false;
	for (int i = 0; v.type == SH_VALUE_STRING && sh_severity_words[i]; i++)
		if (sh_span_is(v.u.s, sh_severity_words[i])) {
			*out = (enum sh_severity)i;
			return true;
		}
	snprintf(eval->error, sizeof(eval->error), "severity is none of info, low, medium, high, critical");
	return false;
}

static void release_rule(struct sh_rule *r)
{
	sh_expr_free(r->expr);
	sh_expr_free(r->clear);
	sh_expr_free(r->verify);
	sh_expr_free(r->severity_expr);
	sh_template_free(r->description);
	sh_template_free(r->about);
	free(r->on);
	free(r->inhibited_by);
	free(r->affected);
	free(r->group_by);
	json_decref(r->params);
}

static void override_count(struct sh_rule *r, int64_t count)
{
	r->count = r->clear_count = count;
	r->damping.hits_of = r->damping.clear_of = 0;
}

size_t sh_rules_load(struct sh_rules *rules, const struct sh_config *c, int64_t count,
		     void (*report)(void *arg, const struct sh_error *err), void *arg)
{
	const struct sh_config_entry *e;
	size_t i = 0, broken = 0;

	memset(rules, 0, sizeof(*rules));
	rules->functions = sh_recall_functions();
	while ((e = sh_config_next(c, SH_SECTION_RULES, &i))) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_rule r = { .id = e->id, .node = e->node, .stock = e->stock };

		if (sh_vectors_is_rule(e->node)) /* loaded elsewhere */
			continue;
		if (load_rule(&r, e->node, rules->functions, &err) < 0) {
			release_rule(&r);
			broken++;
			if (report)
				report(arg, &err);
			continue;
		}
		if (count > 0)
			override_count(&r, count);
		sh_grow(rules->rule, rules->n, rules->cap);
		rules->rule[rules->n++] = r;
	}
	return broken;
}

int sh_rules_score(struct sh_rules *rules, const char *text, struct sh_error *err)
{
	static const struct sh_node here = { .file = "--score", .line = 1, .column = 1 };
	struct sh_rule r = { .id = "score", .fault_type = "score", .node = &here };

	memset(rules, 0, sizeof(*rules));
	rules->functions = sh_recall_functions();
	r.expr = sh_expr_parse(text, rules->functions, err);
	if (!r.expr) {
		sh_error_prefix(err, "--score");
		return -1;
	}
	sh_grow(rules->rule, rules->n, rules->cap);
	rules->rule[rules->n++] = r;
	return 0;
}

void sh_rules_release(struct sh_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		release_rule(&rules->rule[i]);
	free(rules->rule);
	free(rules->functions);
	memset(rules, 0, sizeof(*rules));
}
