/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/peers.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_LEN 256

static const char *const words[] = {
	[SH_PEERS_COUNT] = "count", [SH_PEERS_SHARE] = "share", [SH_PEERS_SUM] = "sum",
	[SH_PEERS_AVG] = "avg",	    [SH_PEERS_MIN] = "min",	[SH_PEERS_MAX] = "max",
};
#define WORDS ((int)(sizeof(words) / sizeof(words[0])))

static int find_word(struct sh_span name)
{
	for (int i = 0; i < WORDS; i++)
		if (sh_span_is(name, words[i]))
			return i;
	return -1;
}

static bool is_group(const struct sh_ast *node)
{
	return node && node->kind == SH_AST_CALL && node->function->is_group;
}

bool sh_peers_is_macro(const struct sh_ast *receiver, struct sh_span name)
{
	return is_group(receiver) && find_word(name) >= 0;
}

struct sh_ast *sh_peers_parse(struct sh_parser *p, struct sh_ast *receiver, struct sh_span name,
			      struct sh_place place)
{
	struct sh_ast *node = sh_ast_new(p, SH_AST_PEERS, place), *body;
	const char *start = p->token.text.p;
	struct sh_place open = p->open;

	node->op = find_word(name);
	node->slot = p->vars;
	node->vars = 1;
	p->expr->peers++;
	p->expr->has_macros = true;
	p->expr->needs_past = true;
	if (sh_ast_add(p, node, receiver->arg[0]) < 0)
		return NULL;
	if (p->token.kind != SH_TOKEN_NAME || p->vars == SH_AST_MAX_VARS) {
		sh_lexer_fail(&p->lexer, p->token.place, "%s takes a variable first, such as p, and an expression",
			      words[node->op]);
		return NULL;
	}
	p->var[p->vars++] = p->token.text;
	if (sh_parse_advance(p) < 0 || sh_parse_expect(p, ',', "','") < 0)
		return NULL;
	body = sh_parse_expression(p);
	if (!body || sh_ast_add(p, node, body) < 0)
		return NULL;
	node->name = sh_parse_keep(p, (struct sh_span){ start, (size_t)(p->token.text.p - start) });
	if (sh_parse_close(p, ')', "')'", open) < 0)
		return NULL;
	p->vars = node->slot;
	return node;
}

/* "check.ok" of p.check.ok, where p is the variable in SLOT; its length, 0 for anything else. */
static size_t path_of(const struct sh_ast *node, size_t slot, char out[PATH_MAX_LEN])
{
	size_t n;

	if (node->kind != SH_AST_SELECT && node->kind != SH_AST_HAS)
		return 0;
	if (node->arg[0]->kind == SH_AST_VAR)
		n = 0;
	else if (!(n = path_of(node->arg[0], slot, out)))
		return 0;
	if (node->arg[0]->kind == SH_AST_VAR && node->arg[0]->slot != slot)
		return 0;
	if (n + strlen(node->name) + 2 > PATH_MAX_LEN)
		return 0;
	return n + (size_t)snprintf(out + n, PATH_MAX_LEN - n, "%s%s", n ? "." : "", node->name);
}

static void note_paths(struct sh_parser *p, const struct sh_ast *node, size_t slot,
		       void (*note)(struct sh_expr *e, const char *path))
{
	char path[PATH_MAX_LEN];
	size_t len = path_of(node, slot, path);

	if (len) {
		note(p->expr, sh_parse_keep(p, (struct sh_span){ path, len }));
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		note_paths(p, node->arg[i], slot, note);
}

void sh_peers_paths(struct sh_parser *p, const struct sh_ast *node,
		    void (*note)(struct sh_expr *e, const char *path))
{
	note_paths(p, node->arg[1], node->slot, note);
}

static bool reads(const struct sh_ast *node, size_t slot, bool (*own)(void *arg, const char *path),
		  void *arg)
{
	char path[PATH_MAX_LEN];

	if (path_of(node, slot, path))
		return own(arg, path);
	for (size_t i = 0; i < node->n; i++)
		if (reads(node->arg[i], slot, own, arg))
			return true;
	return false;
}

bool sh_peers_reads(const struct sh_ast *node, bool (*own)(void *arg, const char *path), void *arg)
{
	return reads(node->arg[1], node->slot, own, arg);
}

/* What the record at hand comes to, as a number; false where it is not known. */
static bool own_number(struct sh_run *run, const struct sh_ast *node, struct sh_value *v, double *out)
{
	bool is_truth = node->op == SH_PEERS_COUNT || node->op == SH_PEERS_SHARE;

	*v = sh_run_node(run, node->arg[1]);
	if (v->type == SH_VALUE_UNKNOWN || v->type == SH_VALUE_ERROR)
		return false;
	if (is_truth && v->type == SH_VALUE_BOOL)
		*out = v->u.b;
	else if (!is_truth && v->type == SH_VALUE_DOUBLE)
		*out = v->u.d;
	else if (!is_truth && v->type == SH_VALUE_INT)
		*out = (double)v->u.i;
	else
		*v = sh_run_error(run, node->arg[1], "%s expected, not %s",
				  is_truth ? "true or false" : "a number", sh_value_type_name(v->type));
	return v->type != SH_VALUE_ERROR;
}

struct sh_value sh_run_peers(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_eval *eval = run->eval;
	struct sh_peers_query q = { .text = node->name, .op = (enum sh_peers_op)node->op };
	struct sh_value key = sh_run_node(run, node->arg[0]), own;
	struct sh_run_mark mark = sh_run_mark(run);
	struct sh_buf text = SH_BUF_INIT;

	if (sh_value_is_bad(&key))
		return key;
	if (!eval->peers || !eval->self || !eval->self(eval->user, &run->slot[node->slot]))
		return sh_run_error(run, node, "there are no peers here");
	q.known = own_number(run, node, &own, &q.value);
	if (own.type == SH_VALUE_ERROR)
		return own;
	sh_run_absorb(run, mark);
	sh_value_text(&key, &text);
	q.key = (struct sh_span){ sh_buf_str(&text), text.len };
	own = eval->peers(eval->user, &q);
	sh_buf_release(&text);
	return own;
}
