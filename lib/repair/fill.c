/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/fill.h"

#include <string.h>

#include "base/mem.h"
#include "expr/expr.h"

struct fill {
	struct sh_eval eval;
	struct sh_arena arena;
};

/* "{…}" and nothing else: the expression inside, or NULL. */
static struct sh_expr *whole(const char *text)
{
	struct sh_error ignored = SH_ERROR_INIT;
	size_t len = strlen(text);
	SH_CLEANUP_FREE char *inner = NULL;

	if (len < 3 || text[0] != '{' || text[1] == '{' || text[len - 1] != '}')
		return NULL;
	inner = sh_strndup(text + 1, len - 2);
	return sh_expr_parse(inner, NULL, &ignored);
}

static int fill_whole(struct fill *f, const struct sh_node *n, const struct sh_expr *e,
		      json_t **out, struct sh_error *err)
{
	struct sh_value v = sh_expr_eval(e, &f->eval);

	if (v.type == SH_VALUE_ERROR)
		return sh_node_fail(n, err, "%s", f->eval.error);
	*out = sh_value_to_json(&v);
	return 0;
}

static int fill_text(struct fill *f, const struct sh_node *n, json_t **out, struct sh_error *err)
{
	struct sh_template *t = sh_template_parse(n->text, NULL, err);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (!t)
		return sh_node_fail(n, err, "%s", err->text);
	sh_template_fill(t, &f->eval, &text);
	sh_template_free(t);
	if (f->eval.missing[0] || f->eval.error[0])
		return sh_node_fail(n, err, "'%s' is %s", n->text,
				    f->eval.error[0] ? f->eval.error : "absent in part");
	*out = json_stringn(sh_buf_str(&text), text.len);
	return 0;
}

static int fill_node(struct fill *f, const struct sh_node *n, json_t **out, struct sh_error *err);

static int fill_children(struct fill *f, const struct sh_node *n, json_t *into,
			 struct sh_error *err)
{
	for (size_t i = 0; i < n->n; i++) {
		json_t *child = NULL;

		if (fill_node(f, n->item[i], &child, err) < 0)
			return -1;
		if (!child)
			continue;
		if (n->type == SH_NODE_MAP)
			json_object_set_new(into, n->key[i], child);
		else
			json_array_append_new(into, child);
	}
	return 0;
}

static int fill_node(struct fill *f, const struct sh_node *n, json_t **out, struct sh_error *err)
{
	struct sh_expr *e;
	int rc;

	if (n->type == SH_NODE_MAP || n->type == SH_NODE_LIST) {
		*out = n->type == SH_NODE_MAP ? json_object() : json_array();
		rc = fill_children(f, n, *out, err);
		if (rc < 0) {
			json_decref(*out);
			*out = NULL;
		}
		return rc;
	}
	if (n->type != SH_NODE_STRING || !strchr(n->text, '{')) {
		*out = sh_node_json(n);
		return 0;
	}
	f->eval.missing[0] = f->eval.error[0] = '\0';
	e = whole(n->text);
	rc = e ? fill_whole(f, n, e, out, err) : fill_text(f, n, out, err);
	sh_expr_free(e);
	return rc;
}

json_t *sh_fill(const struct sh_node *with, struct sh_scope *scope, struct sh_error *err)
{
	struct fill f = { .arena = SH_ARENA_INIT };
	json_t *out = json_object();

	f.eval.lookup = sh_scope_lookup;
	f.eval.user = scope;
	f.eval.arena = &f.arena;
	if (with && fill_children(&f, with, out, err) < 0) {
		json_decref(out);
		out = NULL;
	}
	sh_arena_release(&f.arena);
	return out;
}
