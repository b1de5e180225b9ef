/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/opinion.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/formula.h"

static const char *const rule_keys[] = { "faults", "when",           "cases",   "root_cause",
					 "title",  "recommendation", "because", "confidence",
					 "affected_resources", "enabled", "tests", NULL };
static const char *const case_keys[] = { "when",  "root_cause",     "confidence",
					 "title", "recommendation", "because",
					 "affected_resources", NULL };

static int load_case(struct sh_opinion *o, const struct sh_node *n, bool own_when,
		     struct sh_error *err)
{
	struct sh_case *c;

	sh_grow(o->cases, o->n, o->cap);
	c = &o->cases[o->n++];
	memset(c, 0, sizeof(*c));
	if ((own_when && sh_node_expr(n, "when", &c->when, err) < 0) ||
	    sh_node_string(n, "root_cause", &c->root_cause, err) < 0 ||
	    sh_node_string(n, "title", &c->title, err) < 0 ||
	    sh_node_number(n, "confidence", &c->confidence, err) < 0 ||
	    sh_node_template(n, "recommendation", &c->recommendation, err) < 0 ||
	    sh_node_string(n, "recommendation", &c->recommendation_text, err) < 0 ||
	    sh_node_template(n, "because", &c->because, err) < 0 ||
	    sh_node_string(n, "because", &c->because_text, err) < 0 ||
	    sh_node_templates(n, "affected_resources", &c->affected, err) < 0)
		return -1;
	if (!c->root_cause)
		return sh_node_fail(n, err, "no root_cause");
	if (!(c->confidence > 0 && c->confidence <= 1))
		return sh_node_fail(n, err, "confidence must be above 0 and at most 1");
	return 0;
}

static int load_cases(struct sh_opinion *o, const struct sh_node *n, struct sh_error *err)
{
	const struct sh_node *cases = sh_node_get(n, "cases");

	if (!cases)
		return load_case(o, n, false, err);
	if (cases->type != SH_NODE_LIST || cases->n == 0)
		return sh_node_fail(cases, err, "cases is not a list of cases");
	for (size_t i = 0; i < cases->n; i++)
		if (sh_node_check_keys(cases->item[i], "case", case_keys, err) < 0 ||
		    load_case(o, cases->item[i], true, err) < 0)
			return -1;
	return 0;
}

static int load_opinion(struct sh_opinion *o, const struct sh_node *n, struct sh_error *err)
{
	if (sh_node_check_keys(n, "diagnosis", rule_keys, err) < 0 ||
	    sh_node_strings(n, "faults", &o->faults, err) < 0 || sh_node_expr(n, "when", &o->when, err) < 0)
		return -1;
	return load_cases(o, n, err);
}

static void release_case(struct sh_case *c)
{
	sh_expr_free(c->when);
	sh_template_free(c->recommendation);
	sh_template_free(c->because);
	for (size_t i = 0; c->affected && c->affected[i]; i++)
		sh_template_free(c->affected[i]);
	free(c->affected);
}

static void release_opinion(struct sh_opinion *o)
{
	for (size_t i = 0; i < o->n; i++)
		release_case(&o->cases[i]);
	free(o->cases);
	free(o->faults);
	sh_expr_free(o->when);
}

size_t sh_opinions_load(struct sh_opinions *o, const struct sh_config *c,
			void (*report)(void *arg, const struct sh_error *err), void *arg)
{
	const struct sh_config_entry *e;
	size_t i = 0, broken = 0;

	memset(o, 0, sizeof(*o));
	while ((e = sh_config_next(c, SH_SECTION_DIAGNOSES, &i))) {
		struct sh_opinion one = { .id = e->id, .node = e->node };
		struct sh_error err = SH_ERROR_INIT;

		if (load_opinion(&one, e->node, &err) < 0) {
			release_opinion(&one);
			broken++;
			if (report)
				report(arg, &err);
			continue;
		}
		sh_grow(o->opinion, o->n, o->cap);
		o->opinion[o->n++] = one;
	}
	return broken;
}

void sh_opinions_release(struct sh_opinions *o)
{
	for (size_t i = 0; i < o->n; i++)
		release_opinion(&o->opinion[i]);
	free(o->opinion);
	memset(o, 0, sizeof(*o));
}

static bool concerns(const struct sh_opinion *o, const struct sh_fault *f, struct sh_eval *eval)
{
	bool named = !o->faults;

	for (size_t i = 0; !named && o->faults[i]; i++)
		named = !strcmp(o->faults[i], f->fault_type);
	return named && (!o->when || sh_expr_truth(o->when, eval) == SH_TRUE);
}

static char *fill(const struct sh_template *t, struct sh_eval *eval)
{
	struct sh_buf text = SH_BUF_INIT;

	if (!t)
		return NULL;
	sh_template_fill(t, eval, &text);
	return sh_buf_take(&text);
}

static json_t *fill_list(struct sh_template **list, struct sh_eval *eval)
{
	json_t *array = json_array();

	for (; *list; list++) {
		SH_CLEANUP_FREE char *text = fill(*list, eval);

		json_array_append_new(array, json_string(text));
	}
	return array;
}

/* What a text would tell is known: "because ? is full" is no reason. */
static bool is_known(const struct sh_template *t, struct sh_eval *eval)
{
	const struct sh_expr *e;
	size_t i = 0;

	while ((e = sh_template_expr(t, i++)))
		if (sh_expr_eval(e, eval).type == SH_VALUE_UNKNOWN)
			return false;
	return true;
}

/* The reason; where it is not known what is wrong, and nothing when that was not told. A new string. */
static char *reason(const struct sh_case *c, const struct sh_fault *f, struct sh_eval *eval)
{
	if (!c->because)
		return NULL;
	if (is_known(c->because, eval))
		return fill(c->because, eval);
	return f->description && *f->description ? sh_strdup(f->description) : NULL;
}

static void fill_cause(const struct sh_opinion *o, const struct sh_case *c,
		       const struct sh_fault *f, struct sh_eval *eval, struct sh_cause *out)
{
	SH_CLEANUP_FREE char *because = reason(c, f, eval);

	memset(out, 0, sizeof(*out));
	out->rule_id = sh_strdup(o->id);
	out->root_cause = sh_strdup(c->root_cause);
	out->confidence = c->confidence;
	out->title = sh_strdup_or_null(c->title);
	out->recommendation = fill(c->recommendation, eval);
	if (c->affected)
		out->affected_resources = fill_list(c->affected, eval);
	if (because)
		out->evidence = json_pack("[s]", because);
}

bool sh_opinion_on(const struct sh_opinion *o, const struct sh_fault *f, struct sh_eval *eval,
		   struct sh_cause *out)
{
	if (!concerns(o, f, eval))
		return false;
	for (size_t i = 0; i < o->n; i++) {
		const struct sh_case *c = &o->cases[i];

		if (c->when && sh_expr_truth(c->when, eval) != SH_TRUE)
			continue;
		fill_cause(o, c, f, eval, out);
		return true;
	}
	return false;
}
