/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "expr/collect.h"
#include "expr/run.h"

/* What a macro goes through, one member after the other. */
struct range {
	const struct sh_value *of;
	struct sh_map_walk walk;
	size_t i, n;
};

static bool next_member(struct sh_run *run, const struct sh_ast *node, struct range *r)
{
	struct sh_value *first = &run->slot[node->slot];

	if (r->i >= r->n)
		return false;
	if (r->of->type == SH_VALUE_MAP) {
		if (!sh_map_step(&r->walk))
			return false;
		first[0] = r->walk.key;
		if (node->vars == 2)
			first[1] = r->walk.value;
	} else if (node->vars == 2) {
		first[0] = sh_value_int((int64_t)r->i);
		first[1] = sh_value_item(r->of, r->i);
	} else {
		first[0] = sh_value_item(r->of, r->i);
	}
	r->i++;
	return true;
}

/* The value of a predicate: a boolean, unknown or an error. */
static struct sh_value test(struct sh_run *run, const struct sh_ast *predicate)
{
	struct sh_value v = sh_run_node(run, predicate);

	if (v.type == SH_VALUE_BOOL || sh_value_is_bad(&v))
		return v;
	return sh_run_error(run, predicate, "true or false expected, not %s",
			    sh_value_type_name(v.type));
}

/* all is && over the members, exists is ||. */
static struct sh_value quantify(struct sh_run *run, const struct sh_ast *node, struct range *r)
{
	bool decisive = node->op == SH_LOOP_EXISTS;
	struct sh_value result = sh_value_bool(!decisive);
	struct sh_run_mark mark = sh_run_mark(run);

	while (next_member(run, node, r)) {
		struct sh_value v = test(run, node->arg[1]);

		if (v.type == SH_VALUE_BOOL && v.u.b == decisive) {
			if (sh_value_is_bad(&result))
				sh_run_absorb(run, mark);
			return v;
		}
		if (v.type < result.type)
			result = v;
	}
	return result;
}

static struct sh_value count_one(struct sh_run *run, const struct sh_ast *node, struct range *r)
{
	size_t hits = 0;

	while (next_member(run, node, r)) {
		struct sh_value v = test(run, node->arg[1]);

		if (v.type != SH_VALUE_BOOL)
			return v;
		hits += v.u.b;
	}
	return sh_value_bool(hits == 1);
}

/* The condition of filter, and of the long forms of map; true where there is none. */
static struct sh_value is_wanted(struct sh_run *run, const struct sh_ast *node)
{
	if (node->op != SH_LOOP_FILTER && node->n < 3)
		return sh_value_bool(true);
	return test(run, node->arg[1]);
}

static struct sh_value collect_list(struct sh_run *run, const struct sh_ast *node, struct range *r)
{
	struct sh_value_list *list = sh_list_new(run->eval->arena, r->n);
	struct sh_value v;

	while (next_member(run, node, r)) {
		v = is_wanted(run, node);
		if (v.type != SH_VALUE_BOOL)
			return v;
		if (!v.u.b)
			continue;
		v = node->op == SH_LOOP_FILTER ? run->slot[node->slot]
					       : sh_run_node(run, node->arg[node->n - 1]);
		if (sh_value_is_bad(&v))
			return v;
		list->item[list->n++] = v;
	}
	v = sh_list_seal(list);
	return v.type == SH_VALUE_ERROR || !sh_run_charge(run, list->weight)
		       ? sh_run_too_large(run, node)
		       : v;
}

/* The entry a member gives: its key with a new value, or the one entry of a new map. */
static struct sh_value make_entry(struct sh_run *run, const struct sh_ast *node, struct sh_value *key)
{
	struct sh_value v = sh_run_node(run, node->arg[node->n - 1]);
	struct sh_map_walk w = { .map = &v };

	*key = run->slot[node->slot];
	if (sh_value_is_bad(&v) || node->op == SH_LOOP_TRANSFORM_MAP)
		return v;
	if (v.type != SH_VALUE_MAP || sh_value_count(&v) != 1 || !sh_map_step(&w))
		return sh_run_error(run, node, "transformMapEntry needs a map of one entry");
	*key = w.key;
	return w.value;
}

static struct sh_value collect_map(struct sh_run *run, const struct sh_ast *node, struct range *r)
{
	struct sh_value_map *map = sh_map_value_new(run->eval->arena, r->n);
	struct sh_value v, key;

	while (next_member(run, node, r)) {
		v = is_wanted(run, node);
		if (v.type != SH_VALUE_BOOL)
			return v;
		if (!v.u.b)
			continue;
		v = make_entry(run, node, &key);
		if (sh_value_is_bad(&v) || !sh_run_put(run, node, map, &key, &v, &v))
			return v;
	}
	v = sh_map_seal(map);
	return v.type == SH_VALUE_ERROR || !sh_run_charge(run, map->weight)
		       ? sh_run_too_large(run, node)
		       : v;
}

static struct sh_value sort_by(struct sh_run *run, const struct sh_ast *node, struct range *r)
{
	struct sh_value_entry *pair = sh_run_alloc(run, r->n * sizeof(*pair));
	size_t n = 0;

	if (!pair)
		return sh_run_too_large(run, node);
	if (r->of->type != SH_VALUE_LIST)
		return sh_run_error(run, node, "sortBy needs a list");
	for (; next_member(run, node, r); n++) {
		pair[n].value = run->slot[node->slot];
		pair[n].key = sh_run_node(run, node->arg[1]);
		if (sh_value_is_bad(&pair[n].key))
			return pair[n].key;
	}
	return sh_run_sort(run, node, pair, n);
}

/* The value need not be good before it is used: what is unknown may never be asked for. */
static struct sh_value run_bind(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_run_mark mark = sh_run_mark(run);
	struct sh_value v = sh_run_node(run, node->arg[0]);
	const char *word = v.type == SH_VALUE_ERROR ? run->eval->error : run->eval->missing;
	char *note;

	if (sh_value_is_bad(&v)) {
		note = sh_run_alloc(run, strlen(word) + 1);
		if (!note)
			return sh_run_too_large(run, node);
		memcpy(note, word, strlen(word) + 1);
		run->note[node->slot] = note;
		sh_run_absorb(run, mark);
	}
	run->slot[node->slot] = v;
	return sh_run_node(run, node->arg[1]);
}

static bool has_room(struct sh_run *run, const struct range *r)
{
	return r->n <= SH_RUN_MAX_ITEMS && run->eval->arena && sh_run_charge(run, r->n) &&
	       run->eval->arena->used - run->memory_start + r->n * sizeof(struct sh_value_entry) <=
		       SH_RUN_MAX_MEMORY;
}

static struct sh_value collect(struct sh_run *run, const struct sh_ast *node, struct range *r)
{
	if (!has_room(run, r))
		return sh_run_too_large(run, node);
	switch (node->op) {
	case SH_LOOP_FILTER:
	case SH_LOOP_MAP:
		return collect_list(run, node, r);
	case SH_LOOP_SORT_BY:
		return sort_by(run, node, r);
	default:
		return collect_map(run, node, r);
	}
}

static struct sh_value run_range(struct sh_run *run, const struct sh_ast *node)
{
	struct sh_value of = sh_run_node(run, node->arg[0]);
	struct range r = { .of = &of, .walk = { .map = &of }, .n = sh_value_count(&of) };

	if (sh_value_is_bad(&of))
		return of;
	if (of.type != SH_VALUE_LIST && of.type != SH_VALUE_MAP)
		return sh_run_error(run, node, "a list or map expected, not %s",
				    sh_value_type_name(of.type));
	switch (node->op) {
	case SH_LOOP_ALL:
	case SH_LOOP_EXISTS:
		return quantify(run, node, &r);
	case SH_LOOP_EXISTS_ONE:
		return count_one(run, node, &r);
	default:
		return collect(run, node, &r);
	}
}

struct sh_value sh_run_loop(struct sh_run *run, const struct sh_ast *node)
{
	return node->op == SH_LOOP_BIND ? run_bind(run, node) : run_range(run, node);
}
