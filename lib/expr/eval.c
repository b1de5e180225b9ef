/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "expr/builtin.h"
#include "expr/collect.h"
#include "expr/compare.h"
#include "expr/peers.h"
#include "expr/run.h"

/* The name as written, for what the caller tells people: a.b.c, or the last part of x[1].c. */
static size_t put_name(const struct sh_ast *node, char *out, size_t size)
{
	size_t at = 0, n = strlen(node->name);

	if (node->kind != SH_AST_NAME && node->n &&
	    (node->arg[0]->kind == SH_AST_SELECT || node->arg[0]->kind == SH_AST_NAME)) {
		at = put_name(node->arg[0], out, size);
		if (at + 1 < size)
			out[at++] = '.';
	}
	if (n > size - 1 - at)
		n = size - 1 - at;
	memcpy(out + at, node->name, n);
	out[at + n] = '\0';
	return at + n;
}

static struct sh_value absent(struct sh_run *run, const struct sh_ast *node)
{
	if (!run->eval->missing[0])
		put_name(node, run->eval->missing, sizeof(run->eval->missing));
	return sh_value_unknown();
}

static struct sh_value run_name(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value v;

	if (run->eval->lookup(run->eval->user, node->name, &v))
		return v;
	return node->value.type == SH_VALUE_TYPE ? node->value : absent(run, node);
}

/* What cel.bind found bad says why again, wherever it is used. */
static struct sh_value run_variable(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value v = run->slot[node->slot];
	const char *note = run->note[node->slot];
	struct sh_eval *ev = run->eval;

	if (v.type == SH_VALUE_UNKNOWN && note && !ev->missing[0])
		snprintf(ev->missing, sizeof(ev->missing), "%s", note);
	if (v.type == SH_VALUE_ERROR && note && !ev->error[0])
		snprintf(ev->error, sizeof(ev->error), "%s", note);
	return v;
}

static struct sh_value run_select(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value of = sh_run_node(run, node->arg[0]), v;

	if (sh_value_is_bad(&of))
		return of;
	if (of.type != SH_VALUE_MAP)
		return sh_run_error(run, node, "%s has no field '%s'", sh_value_type_name(of.type),
				    node->name);
	return sh_value_get(&of, node->name, &v) ? v : absent(run, node);
}

static struct sh_value run_has(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_run_mark mark = sh_run_mark(run);
	struct sh_value of = sh_run_node(run, node->arg[0]), v;

	if (of.type == SH_VALUE_UNKNOWN) {
		sh_run_absorb(run, mark);
		return sh_value_bool(false);
	}
	if (of.type == SH_VALUE_ERROR)
		return of;
	if (of.type != SH_VALUE_MAP)
		return sh_run_error(run, node, "%s has no fields", sh_value_type_name(of.type));
	return sh_value_bool(sh_value_get(&of, node->name, &v));
}

static struct sh_value index_list(struct sh_run *run, const struct sh_ast *node,
				  const struct sh_value *list, const struct sh_value *index)
{
	struct sh_value zero = sh_value_int(0), n = sh_value_int((int64_t)sh_value_count(list));
	int64_t i;

	if (!sh_value_is_number(index))
		return sh_run_error(run, node, "a list has no item %s",
				    sh_value_type_name(index->type));
	if (sh_value_order(index, &zero) < 0 || sh_value_order(index, &n) != SH_ORDER_LESS)
		return sh_run_error(run, node, "the index is outside the list of %zu",
				    sh_value_count(list));
	i = index->type == SH_VALUE_DOUBLE ? (int64_t)index->u.d : index->u.i;
	if (index->type == SH_VALUE_DOUBLE && (double)i != index->u.d)
		return sh_run_error(run, node, "the index is not a whole number");
	return sh_value_item(list, (size_t)i);
}

static struct sh_value index_map(struct sh_run *run, const struct sh_ast *node,
				 const struct sh_value *map, const struct sh_value *key)
{
	struct sh_value v;

	if (!sh_run_charge(run, map->is_json ? 1 : sh_value_count(map)))
		return sh_run_error(run, node, "too much work");
	if (sh_value_find(map, key, &v))
		return v;
	if (!run->eval->missing[0] && key->type == SH_VALUE_STRING) {
		size_t n = key->u.s.len < 100 ? key->u.s.len : 100;

		if (n)
			memcpy(run->eval->missing, key->u.s.p, n);
		run->eval->missing[n] = '\0';
	}
	return sh_value_unknown();
}

static struct sh_value run_index(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value of = sh_run_node(run, node->arg[0]), index;

	if (sh_value_is_bad(&of))
		return of;
	index = sh_run_node(run, node->arg[1]);
	if (sh_value_is_bad(&index))
		return index;
	if (of.type == SH_VALUE_LIST)
		return index_list(run, node, &of, &index);
	if (of.type != SH_VALUE_MAP)
		return sh_run_error(run, node, "%s has no items", sh_value_type_name(of.type));
	if (index.type == SH_VALUE_LIST || index.type == SH_VALUE_MAP || index.type == SH_VALUE_NULL)
		return sh_run_error(run, node, "%s cannot be a key", sh_value_type_name(index.type));
	return index_map(run, node, &of, &index);
}

/*
 * && ends at a false operand and || at a true one, wherever it stands; without
 * it the first unknown, else the first error, else the other truth.
 */
static struct sh_value run_logic(struct sh_run *run, const struct sh_ast *node)
{
	bool decisive = node->kind == SH_AST_OR;
	struct sh_run_mark mark = sh_run_mark(run);
	struct sh_value result = sh_value_bool(!decisive);

	for (size_t i = 0; i < node->n; i++) {
		struct sh_value v = sh_run_node(run, node->arg[i]);

		if (v.type == SH_VALUE_BOOL) {
			if (v.u.b != decisive)
				continue;
			if (sh_value_is_bad(&result))
				sh_run_absorb(run, mark);
			return v;
		}
		if (!sh_value_is_bad(&v))
			v = sh_run_error(run, node->arg[i], "true or false expected, not %s",
					 sh_value_type_name(v.type));
		if (result.type != SH_VALUE_UNKNOWN && (v.type < result.type))
			result = v;
	}
	return result;
}

static bool is_in_order(int op, enum sh_order o)
{
	switch (op) {
	case SH_TOKEN_LT:
		return o == SH_ORDER_LESS;
	case SH_TOKEN_LE:
		return o == SH_ORDER_LESS || o == SH_ORDER_EQUAL;
	case SH_TOKEN_GT:
		return o == SH_ORDER_GREATER;
	default:
		return o == SH_ORDER_GREATER || o == SH_ORDER_EQUAL;
	}
}

static const char *compare_word(int op)
{
	return op == SH_TOKEN_LT ? "<" : op == SH_TOKEN_LE ? "<=" : op == SH_TOKEN_GT ? ">" : ">=";
}

static const char *compare_hint(const struct sh_value *a, const struct sh_value *b)
{
	const struct sh_value *other = sh_value_is_number(a) ? b : a;

	if (!sh_value_is_number(a) && !sh_value_is_number(b))
		return "";
	if (other->type == SH_VALUE_DURATION)
		return " (a duration is written 5m or 90s)";
	if (other->type == SH_VALUE_STRING)
		return " (double() makes a number of text)";
	return other->type == SH_VALUE_TIMESTAMP ? " (timestamp() makes one of seconds)" : "";
}

static struct sh_value compare(struct sh_run *run, const struct sh_ast *node,
			       const struct sh_value *a, const struct sh_value *b)
{
	enum sh_order o;

	if (node->op == SH_TOKEN_EQ || node->op == SH_TOKEN_NE) {
		if (!sh_run_charge(run, sh_value_weight(a)))
			return sh_run_error(run, node, "too much work");
		return sh_value_bool(sh_value_equal(a, b) == (node->op == SH_TOKEN_EQ));
	}
	o = sh_value_order(a, b);
	if (o == SH_ORDER_NO_TYPES)
		return sh_run_error(run, node, "no '%s' between %s and %s%s", compare_word(node->op),
				    sh_value_type_name(a->type), sh_value_type_name(b->type),
				    compare_hint(a, b));
	return sh_value_bool(is_in_order(node->op, o));
}

static struct sh_value find_member(struct sh_run *run, const struct sh_ast *node,
				   const struct sh_value *x, const struct sh_value *in)
{
	size_t n = sh_value_count(in);
	struct sh_value item;

	if (!sh_run_charge(run, sh_value_weight(in)))
		return sh_run_error(run, node, "too much work");
	if (in->type == SH_VALUE_MAP)
		return sh_value_bool(sh_value_find(in, x, &item));
	if (in->type != SH_VALUE_LIST)
		return sh_run_error(run, node, "'in' needs a list or map, not %s%s",
				    sh_value_type_name(in->type),
				    in->type == SH_VALUE_STRING ? " (write text.contains(part))" : "");
	for (size_t i = 0; i < n; i++) {
		item = sh_value_item(in, i);
		if (sh_value_equal(x, &item))
			return sh_value_bool(true);
	}
	return sh_value_bool(false);
}

static struct sh_value run_pair(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value a = sh_run_node(run, node->arg[0]), b;

	if (sh_value_is_bad(&a))
		return a;
	b = sh_run_node(run, node->arg[1]);
	if (sh_value_is_bad(&b))
		return b;
	if (node->kind == SH_AST_COMPARE)
		return compare(run, node, &a, &b);
	return node->kind == SH_AST_IN ? find_member(run, node, &a, &b)
				       : sh_run_arith(run, node, &a, &b);
}

static struct sh_value run_not(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value v = sh_run_node(run, node->arg[0]);

	if (sh_value_is_bad(&v))
		return v;
	if (v.type != SH_VALUE_BOOL)
		return sh_run_error(run, node, "no '!' of %s", sh_value_type_name(v.type));
	return sh_value_bool(!v.u.b);
}

static struct sh_value run_condition(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value v = sh_run_node(run, node->arg[0]);

	if (sh_value_is_bad(&v))
		return v;
	if (v.type != SH_VALUE_BOOL)
		return sh_run_error(run, node, "true or false expected before '?', not %s",
				    sh_value_type_name(v.type));
	return sh_run_node(run, node->arg[v.u.b ? 1 : 2]);
}

static struct sh_value run_list(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value_list *list;
	struct sh_value v;

	if (!sh_run_alloc(run, 0))
		return sh_run_too_large(run, node);
	list = sh_list_new(run->eval->arena, node->n);
	for (; list->n < node->n; list->n++) {
		v = sh_run_node(run, node->arg[list->n]);
		if (sh_value_is_bad(&v))
			return v;
		list->item[list->n] = v;
	}
	v = sh_list_seal(list);
	return v.type == SH_VALUE_ERROR || !sh_run_charge(run, list->weight)
		       ? sh_run_too_large(run, node)
		       : v;
}

bool sh_run_put(struct sh_run *run, const struct sh_ast *at, struct sh_value_map *map,
		const struct sh_value *key, const struct sh_value *value, struct sh_value *bad)
{
	if (key->type != SH_VALUE_STRING && key->type != SH_VALUE_INT &&
	    key->type != SH_VALUE_UINT && key->type != SH_VALUE_BOOL) {
		*bad = sh_run_error(run, at, "%s cannot be a key", sh_value_type_name(key->type));
		return false;
	}
	for (size_t i = 0; i < map->n; i++) {
		if (sh_value_equal(&map->entry[i].key, key)) {
			*bad = sh_run_error(run, at, "the map has the same key twice");
			return false;
		}
	}
	if (!sh_run_charge(run, map->n)) {
		*bad = sh_run_error(run, at, "too much work");
		return false;
	}
	map->entry[map->n++] = (struct sh_value_entry){ *key, *value };
	return true;
}

static struct sh_value run_map(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value_map *map;
	struct sh_value key, value;

	if (!sh_run_alloc(run, 0))
		return sh_run_too_large(run, node);
	map = sh_map_value_new(run->eval->arena, node->n / 2);
	for (size_t i = 0; i < node->n; i += 2) {
		key = sh_run_node(run, node->arg[i]);
		if (sh_value_is_bad(&key))
			return key;
		value = sh_run_node(run, node->arg[i + 1]);
		if (sh_value_is_bad(&value) || !sh_run_put(run, node->arg[i], map, &key, &value, &value))
			return value;
	}
	value = sh_map_seal(map);
	return value.type == SH_VALUE_ERROR || !sh_run_charge(run, map->weight)
		       ? sh_run_too_large(run, node)
		       : value;
}

static struct sh_value run_call(struct sh_run *run, const struct sh_ast *node)
{
	const struct sh_function *f = node->function;
	struct sh_value few[6], *arg = few, v;
	struct sh_call call = { .function = f->name, .n = node->n, .path = node->name,
				.id = node->id,	     .user = run->eval->user,
				.eval = run->eval,   .run = run, .at = node };

	if (node->n > sizeof(few) / sizeof(few[0]))
		arg = sh_run_alloc(run, node->n * sizeof(*arg));
	if (!arg)
		return sh_run_too_large(run, node);
	if (f->takes_path && node->n)
		arg[0] = sh_value_unknown();
	for (size_t i = f->takes_path; i < node->n; i++) {
		arg[i] = sh_run_node(run, node->arg[i]);
		if (sh_value_is_bad(&arg[i]))
			return arg[i];
		if ((arg[i].type == SH_VALUE_STRING || arg[i].type == SH_VALUE_BYTES) &&
		    !sh_run_charge(run, arg[i].u.s.len / 64))
			return sh_run_error(run, node, "too much work");
	}
	call.arg = arg;
	v = f->call(&call);
	if (v.type == SH_VALUE_UNKNOWN && !run->eval->missing[0])
		snprintf(run->eval->missing, sizeof(run->eval->missing), "%s%s",
			 node->name ? node->name : f->name, node->name ? "" : "()");
	if (v.type == SH_VALUE_ERROR && !run->eval->error[0])
		return sh_run_error(run, node, "%s failed", f->name);
	return v;
}

struct sh_value sh_run_node(struct sh_run *run, const struct sh_ast *node)
{
	if (!sh_run_charge(run, 1))
		return sh_run_error(run, node, "too much work");
	switch (node->kind) {
	case SH_AST_CONST:
		return node->value;
	case SH_AST_NAME:
		return run_name(run, node);
	case SH_AST_VAR:
		return run_variable(run, node);
	case SH_AST_SELECT:
		return run_select(run, node);
	case SH_AST_HAS:
		return run_has(run, node);
	case SH_AST_INDEX:
		return run_index(run, node);
	case SH_AST_NOT:
		return run_not(run, node);
	case SH_AST_NEGATE: {
		struct sh_value v = sh_run_node(run, node->arg[0]);

		return sh_value_is_bad(&v) ? v : sh_run_negate(run, node, &v);
	}
	case SH_AST_AND:
	case SH_AST_OR:
		return run_logic(run, node);
	case SH_AST_COMPARE:
	case SH_AST_IN:
	case SH_AST_ARITH:
		return run_pair(run, node);
	case SH_AST_CONDITION:
		return run_condition(run, node);
	case SH_AST_LIST:
		return run_list(run, node);
	case SH_AST_MAP:
		return run_map(run, node);
	case SH_AST_CALL:
		return run_call(run, node);
	case SH_AST_PEERS:
		return sh_run_peers(run, node);
	case SH_AST_LOOP:
		return sh_run_loop(run, node);
	}
	return sh_run_error(run, node, "no such expression");
}
