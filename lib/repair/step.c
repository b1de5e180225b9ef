/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/formula.h"

#define MOST_STEPS 200

static const char *const step_keys[] = { "name",    "action",        "with",     "when",  "timeout", "retries",
					 "backoff", "fail_on_error", "for_each", "batch", "max",     "gate",
					 "require", NULL };
static const char *const block_keys[] = { "parallel", NULL };
static const char *const gate_keys[] = { "expr", "source", "hold", "within", NULL };

bool sh_expr_reads(const struct sh_expr *e, const char *name)
{
	size_t len = strlen(name);
	const char *path;

	for (size_t i = 0; e && (path = sh_expr_path(e, i)); i++)
		if (strcspn(path, ".[") == len && !strncmp(path, name, len))
			return true;
	return false;
}

static bool is_from_site(const char *path, bool items)
{
	static const char *const allowed[] = { "site", "target", "target_name", "target_type" };
	size_t root = strcspn(path, ".[");

	for (size_t a = 0; a < sizeof(allowed) / sizeof(allowed[0]); a++)
		if (strlen(allowed[a]) == root && !strncmp(path, allowed[a], root))
			return true;
	return items && root == 4 && !strncmp(path, "item", 4);
}

/*
 * What must come from the site may not be computed from anything that comes with a
 * record. ITEMS: what it is done for comes from the site itself.
 */
static int check_sources(const char *name, const struct sh_node *value, bool items, struct sh_error *err)
{
	const char *text = value->text;
	size_t len = strlen(text);
	SH_CLEANUP_FREE char *inner = NULL;
	struct sh_expr *e;
	const char *path;
	int rc = 0;

	if (!strchr(text, '{'))
		return 0;
	if (text[0] != '{' || text[len - 1] != '}')
		return sh_node_fail(value, err, "'%s' must be one {expression} over site", name);
	inner = sh_strndup(text + 1, len - 2);
	e = sh_expr_parse(inner, NULL, err);
	if (!e)
		return -1;
	for (size_t i = 0; rc == 0 && (path = sh_expr_path(e, i)); i++)
		if (!is_from_site(path, items))
			rc = sh_node_fail(value, err, "'%s' may only come from the site, not from '%s'", name,
					  path);
	sh_expr_free(e);
	return rc;
}

/* The same at every depth of a list or map. */
static int check_from_site(const char *name, const struct sh_node *value, bool items, struct sh_error *err)
{
	for (size_t i = 0; value->type != SH_NODE_STRING && i < value->n; i++)
		if (check_from_site(name, value->item[i], items, err) < 0)
			return -1;
	return value->type == SH_NODE_STRING ? check_sources(name, value, items, err) : 0;
}

static int check_with(const struct sh_step *s, struct sh_error *err)
{
	struct sh_error ignored = SH_ERROR_INIT;
	bool items = s->for_each && check_from_site("for_each", s->for_each, false, &ignored) == 0;

	if (s->with && s->with->type != SH_NODE_MAP)
		return sh_node_fail(s->with, err, "with is not a map");
	for (size_t i = 0; s->with && i < s->with->n; i++) {
		const char *name = s->with->key[i];

		if (!sh_node_get(s->descriptor->parameters, name))
			return sh_node_fail(s->with->item[i], err,
					    "action '%s' has no parameter '%s'", s->action, name);
		if (sh_descriptor_is_from_site(s->descriptor, name) &&
		    check_from_site(name, s->with->item[i], items, err) < 0)
			return -1;
	}
	return 0;
}

static int load_gate(struct sh_gate *g, const struct sh_node *n, struct sh_error *err)
{
	g->hold = 500 * SH_MS;
	g->within = 30 * SH_SEC;
	if (sh_node_check_keys(n, "gate", gate_keys, err) < 0 ||
	    sh_node_expr(n, "expr", &g->expr, err) < 0 ||
	    sh_node_duration(n, "hold", &g->hold, err) < 0 ||
	    sh_node_duration(n, "within", &g->within, err) < 0)
		return -1;
	g->source = sh_node_get(n, "source");
	if (!g->expr)
		return sh_node_fail(n, err, "gate has no expr");
	if (g->source && g->source->type != SH_NODE_MAP)
		return sh_node_fail(g->source, err, "'source' is not a map");
	return 0;
}

/* What belongs to a list of items. */
static int load_each(struct sh_step *s, const struct sh_node *n, struct sh_error *err)
{
	static const char *const only[] = { "batch", "max", "gate" };
	const struct sh_node *gate = sh_node_get(n, "gate");

	s->batch = 1;
	s->max = 100;
	s->for_each = sh_node_get(n, "for_each");
	for (size_t i = 0; !s->for_each && i < sizeof(only) / sizeof(only[0]); i++)
		if (sh_node_get(n, only[i]))
			return sh_node_fail(sh_node_get(n, only[i]), err, "'%s' goes with for_each", only[i]);
	if (!s->for_each)
		return 0;
	if (s->for_each->type != SH_NODE_LIST &&
	    (s->for_each->type != SH_NODE_STRING || s->for_each->text[0] != '{'))
		return sh_node_fail(s->for_each, err, "for_each is neither a list nor one {expression}");
	if (sh_node_int(n, "batch", 1, SH_STEPS_PARALLEL, &s->batch, err) < 0 ||
	    sh_node_int(n, "max", 1, SH_STEPS_ITEMS, &s->max, err) < 0)
		return -1;
	return gate ? load_gate(&s->gate, gate, err) : 0;
}

/* What an action does not even try to give up can be required of none. */
static int load_require(struct sh_step *s, const struct sh_node *n, struct sh_error *err)
{
	const struct sh_descriptor *d = s->descriptor;
	unsigned offered = d->sandbox.parts | (d->container.image ? sh_container_parts(&d->sandbox) : 0);
	SH_CLEANUP_FREE char *words = NULL;

	if (sh_sandbox_read_require(n, &s->require, err) < 0)
		return -1;
	if (!(s->require & ~offered))
		return 0;
	words = sh_sandbox_text(s->require & ~offered);
	return sh_node_fail(sh_node_get(n, "require"), err, "action '%s' gives up no %s", d->name, words);
}

static int load_step(struct sh_step *s, const struct sh_node *n, struct sh_actions *actions,
		     struct sh_error *err)
{
	struct sh_error missing = SH_ERROR_INIT;

	s->node = n;
	if (sh_node_check_keys(n, "step", step_keys, err) < 0 ||
	    sh_node_string(n, "action", &s->action, err) < 0 ||
	    sh_node_string(n, "name", &s->name, err) < 0)
		return -1;
	if (!s->action)
		return sh_node_fail(n, err, "step has no action");
	if (!s->name)
		s->name = s->action;
	s->descriptor = sh_actions_find(actions, s->action, &missing);
	if (!s->descriptor)
		return sh_node_fail(sh_node_get(n, "action"), err, "%s", missing.text);
	s->timeout = s->descriptor->timeout;
	s->backoff = SH_SEC;
	s->fail_on_error = true;
	s->with = sh_node_get(n, "with");
	if (sh_node_duration(n, "timeout", &s->timeout, err) < 0 ||
	    sh_node_int(n, "retries", 0, 100, &s->retries, err) < 0 ||
	    sh_node_duration(n, "backoff", &s->backoff, err) < 0 ||
	    sh_node_bool(n, "fail_on_error", &s->fail_on_error, err) < 0 || load_require(s, n, err) < 0 ||
	    sh_node_expr(n, "when", &s->when, err) < 0 || load_each(s, n, err) < 0)
		return -1;
	return check_with(s, err);
}

struct loading {
	struct sh_step **step;
	size_t *n;
	struct sh_actions *actions;
};

static int add_step(struct loading *l, const struct sh_node *n, unsigned block, struct sh_error *err)
{
	struct sh_step *s;

	if (*l->n == MOST_STEPS)
		return sh_node_fail(n, err, "more than %d steps", MOST_STEPS);
	*l->step = sh_reallocn(*l->step, *l->n + 1, sizeof(**l->step));
	s = &(*l->step)[(*l->n)++];
	memset(s, 0, sizeof(*s));
	s->block = block;
	if (load_step(s, n, l->actions, err) < 0)
		return -1;
	if (block && s->for_each)
		return sh_node_fail(s->for_each, err, "for_each within parallel");
	if (strchr(s->name, '['))
		return sh_node_fail(n, err, "a name of a step has no '['");
	for (size_t k = 0; k + 1 < *l->n; k++)
		if (!strcmp((*l->step)[k].name, s->name))
			return sh_node_fail(n, err, "two steps are named '%s'", s->name);
	return 0;
}

static int add_block(struct loading *l, const struct sh_node *n, unsigned block, struct sh_error *err)
{
	const struct sh_node *list = sh_node_get(n, "parallel");

	if (sh_node_check_keys(n, "step", block_keys, err) < 0)
		return -1;
	if (list->type != SH_NODE_LIST || list->n == 0)
		return sh_node_fail(list, err, "parallel is not a list of steps");
	if (list->n > SH_STEPS_PARALLEL)
		return sh_node_fail(list, err, "more than %d steps at the same time", SH_STEPS_PARALLEL);
	for (size_t i = 0; i < list->n; i++)
		if (add_step(l, list->item[i], block, err) < 0)
			return -1;
	return 0;
}

int sh_steps_load(struct sh_step **step, size_t *n, const struct sh_node *list, struct sh_actions *actions,
		  struct sh_error *err)
{
	struct loading l = { step, n, actions };

	for (size_t i = 0; i < list->n; i++)
		if ((sh_node_get(list->item[i], "parallel") ? add_block(&l, list->item[i], (unsigned)i + 1, err) :
							      add_step(&l, list->item[i], 0, err)) < 0)
			return -1;
	return 0;
}

void sh_steps_release(struct sh_step *step, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sh_expr_free(step[i].when);
		sh_expr_free(step[i].gate.expr);
	}
	free(step);
}

size_t sh_steps_block(const struct sh_step *step, size_t n, size_t at)
{
	size_t end = at + 1;

	while (step[at].block && end < n && step[end].block == step[at].block)
		end++;
	return end - at;
}
