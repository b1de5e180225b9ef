/* SPDX-License-Identifier: MIT */
/* What can be found wrong with playbooks before anything has happened. */
#include "config.h"

#include "repair/playbook.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "expr/expr.h"

struct checking {
	const struct sh_playbooks *all;
	const struct sh_playbook *book;
	void (*report)(void *arg, const struct sh_error *err);
	void *arg;
	size_t errors;
};

/* Of a step: its number, and the node that the expression at hand stands in. */
struct place {
	struct checking *c;
	size_t step;
	const struct sh_node *node;
};

static void __attribute__((format(printf, 3, 4))) complain(struct checking *c, const struct sh_node *at,
							    const char *fmt, ...)
{
	struct sh_error err = SH_ERROR_INIT;
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sh_node_fail(at, &err, "playbook '%s': %s", c->book->id, text);
	c->report(c->arg, &err);
	c->errors++;
}

/* The step that "steps.NAME.…" names; the number of steps when there is none. */
static size_t step_named(const struct sh_playbook *b, const char *name, size_t len)
{
	size_t i = 0;

	while (i < b->steps && (strlen(b->step[i].name) != len || strncmp(b->step[i].name, name, len) != 0))
		i++;
	return i;
}

static void check_reference(const struct place *p, const char *name)
{
	const struct sh_playbook *b = p->c->book;
	int len = (int)strcspn(name, ".[");
	size_t named = step_named(b, name, (size_t)len);

	if (named == b->steps)
		complain(p->c, p->node, "there is no step '%.*s'", len, name);
	else if (b->step[named].block && b->step[named].block == b->step[p->step].block && named != p->step)
		complain(p->c, p->node, "step '%.*s' runs at the same time", len, name);
	else if (named == p->step)
		complain(p->c, p->node, "step '%.*s' reads its own output", len, name);
	else if (named > p->step)
		complain(p->c, p->node, "step '%.*s' comes later", len, name);
}

/* Of the first there is none, nor of those that run at the same time as it. */
static bool has_earlier(const struct sh_playbook *b, size_t step)
{
	return step >= sh_steps_block(b->step, b->steps, 0);
}

static void check_path(const struct place *p, const char *path)
{
	const struct sh_step *s = &p->c->book->step[p->step];
	size_t root = strcspn(path, ".[");

	if (root == 5 && !strncmp(path, "steps.", 6))
		check_reference(p, path + 6);
	else if (root == 6 && !strncmp(path, "output", 6) && !has_earlier(p->c->book, p->step))
		complain(p->c, p->node, "there is no output before the first step");
	else if (!s->for_each && ((root == 4 && !strncmp(path, "item", 4)) || (root == 5 && !strncmp(path, "index", 5))))
		complain(p->c, p->node, "'%.*s' goes with for_each", (int)root, path);
}

static void check_expr(const struct place *p, const struct sh_expr *e)
{
	const char *path;

	for (size_t i = 0; e && (path = sh_expr_path(e, i)); i++)
		check_path(p, path);
}

/* Every text of a value, at any depth. */
static void check_texts(struct place *p, const struct sh_node *n)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_template *t = NULL;
	const struct sh_expr *e;

	for (size_t i = 0; n && n->type != SH_NODE_STRING && i < n->n; i++)
		check_texts(p, n->item[i]);
	if (!n || n->type != SH_NODE_STRING || !strchr(n->text, '{'))
		return;
	p->node = n;
	t = sh_template_parse(n->text, NULL, &err);
	if (!t)
		complain(p->c, n, "%s", err.text);
	for (size_t i = 0; t && (e = sh_template_expr(t, i)); i++)
		check_expr(p, e);
	sh_template_free(t);
}

static bool is_literal(const struct sh_node *n)
{
	for (size_t i = 0; n->type != SH_NODE_STRING && i < n->n; i++)
		if (!is_literal(n->item[i]))
			return false;
	return n->type != SH_NODE_STRING || !strchr(n->text, '{');
}

static void check_value(struct checking *c, const struct sh_node *spec, const char *name, const struct sh_node *value)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *json;

	if (!value || !is_literal(value))
		return;
	json = sh_node_json(value);
	if (sh_parameter_check(spec, name, json, &err) < 0)
		complain(c, value, "%s", err.text);
	json_decref(json);
}

/* Values that are written out, against what the action says of its parameters. */
static void check_with(struct checking *c, const struct sh_step *s)
{
	const struct sh_node *declared = s->descriptor->parameters;

	for (size_t i = 0; s->with && i < s->with->n; i++)
		check_value(c, sh_node_get(declared, s->with->key[i]), s->with->key[i], s->with->item[i]);
	for (size_t i = 0; declared && i < declared->n; i++) {
		struct sh_error err = SH_ERROR_INIT;
		bool required = false;

		if (sh_node_bool(declared->item[i], "required", &required, &err) == 1 && required &&
		    !sh_node_get(s->with, declared->key[i]))
			complain(c, s->node, "step '%s' does not say '%s', which action '%s' requires", s->name,
				 declared->key[i], s->action);
	}
}

static bool knows_nothing(void *user, const char *name, struct sh_value *out)
{
	bool *asked = user;

	(void)name;
	(void)out;
	*asked = true;
	return false;
}

/* What is false whatever happens, or no truth at all. */
static void check_when(struct checking *c, const struct sh_step *s)
{
	struct sh_arena arena = SH_ARENA_INIT;
	bool asked = false;
	struct sh_eval eval = { .lookup = knows_nothing, .user = &asked, .arena = &arena };
	const struct sh_node *at = sh_node_get(s->node, "when");
	enum sh_truth truth;

	if (!s->when)
		return;
	truth = sh_expr_truth(s->when, &eval);
	/* What is not there makes has() false, and a name may be there. */
	if (truth == SH_FALSE && !asked)
		complain(c, at, "step '%s' is never reached: its when is false whatever happens", s->name);
	else if (truth == SH_UNKNOWN && !asked)
		complain(c, at, "step '%s' is never reached: its when is neither true nor false", s->name);
	sh_arena_release(&arena);
}

static void check_step(struct checking *c, size_t i)
{
	const struct sh_step *s = &c->book->step[i];
	struct place p = { c, i, sh_node_get(s->node, "when") };

	check_when(c, s);
	check_expr(&p, s->when);
	check_texts(&p, s->with);
	check_texts(&p, s->for_each);
	check_texts(&p, s->gate.source);
	check_with(c, s);
	if (s->for_each && s->for_each->type == SH_NODE_LIST) {
		if (s->for_each->n == 0)
			complain(c, s->for_each, "step '%s' is never reached: its list is empty", s->name);
		if ((int64_t)s->for_each->n > s->max)
			complain(c, s->for_each, "step '%s' has more items than its max", s->name);
	}
}

/* These see what was measured, and nothing of the steps. */
static void check_measured(struct checking *c, const struct sh_node *at, const char *what, const struct sh_expr *e)
{
	if (sh_expr_reads(e, "steps"))
		complain(c, at, "%s reads what is measured, and no steps", what);
}

static void check_parameters(struct checking *c)
{
	const struct sh_node *declared = c->book->parameters;

	for (size_t i = 0; declared && i < declared->n; i++)
		check_value(c, declared->item[i], declared->key[i], sh_node_get(declared->item[i], "default"));
}

static void check_rungs(struct checking *c)
{
	for (size_t i = 0; i < c->book->rungs; i++) {
		const struct sh_rung *rung = &c->book->rung[i];
		const struct sh_playbook *b = sh_playbooks_find(c->all, rung->playbook);

		if (!b)
			complain(c, rung->node, "there is no playbook '%s'", rung->playbook);
		else if (b->rungs)
			complain(c, rung->node, "'%s' is a ladder itself", rung->playbook);
		else if (b->next)
			complain(c, rung->node, "'%s' has a next of its own: of a ladder the ladder says what is next",
				 rung->playbook);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(c->book->rung[k].playbook, rung->playbook))
				complain(c, rung->node, "'%s' is a rung twice: give it more attempts", rung->playbook);
	}
}

/* Each member of a circle would say so; the one of the smallest name does. */
static void check_next(struct checking *c)
{
	const struct sh_playbook *b = c->book;
	const struct sh_node *at = sh_node_get(b->node, "next");

	if (b->next && !sh_playbooks_find(c->all, b->next))
		complain(c, at, "there is no playbook '%s'", b->next);
	for (size_t i = 0; i < c->all->n && (b = sh_playbooks_find(c->all, b->next)); i++) {
		if (strcmp(b->id, c->book->id) < 0)
			return;
		if (b->rungs) {
			complain(c, at, "'%s' is a ladder, and no next", b->id);
			return;
		}
		if (b == c->book) {
			complain(c, at, "next leads in a circle, back to '%s'", b->id);
			return;
		}
	}
}

size_t sh_playbooks_check(const struct sh_playbooks *p,
			  void (*report)(void *arg, const struct sh_error *err), void *arg)
{
	struct checking c = { .all = p, .report = report, .arg = arg };

	for (size_t i = 0; i < p->n; i++) {
		const struct sh_playbook *b = c.book = &p->playbook[i];

		for (size_t k = 0; k < b->steps; k++) {
			check_step(&c, k);
			check_measured(&c, b->step[k].gate.expr ? sh_node_get(b->step[k].node, "gate") : b->node, "gate",
				       b->step[k].gate.expr);
		}
		check_measured(&c, b->node, "verify", b->verify);
		check_parameters(&c);
		check_rungs(&c);
		check_next(&c);
	}
	return c.errors;
}
