/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/collect.h"

#include "expr/compare.h"

struct sh_value_list *sh_list_new(struct sh_arena *a, size_t n)
{
	struct sh_value_list *l = sh_arena_alloc(a, sizeof(*l) + n * sizeof(l->item[0]));

	*l = (struct sh_value_list){ .n = 0 };
	return l;
}

struct sh_value_map *sh_map_value_new(struct sh_arena *a, size_t n)
{
	struct sh_value_map *m = sh_arena_alloc(a, sizeof(*m) + n * sizeof(m->entry[0]));

	*m = (struct sh_value_map){ .n = 0 };
	return m;
}

static size_t json_weight(const json_t *json, size_t weight)
{
	const char *key;
	json_t *value;
	size_t i;

	weight++;
	if (weight > SH_COLLECT_MAX_WEIGHT)
		return weight;
	if (json_is_array(json)) {
		json_array_foreach(json, i, value)
			weight = json_weight(value, weight);
	} else if (json_is_object(json)) {
		json_t *object = (json_t *)(uintptr_t)json; /* the macro is not const-correct */

		json_object_foreach(object, key, value)
			weight = json_weight(value, weight);
	}
	return weight;
}

size_t sh_value_weight(const struct sh_value *v)
{
	switch (v->type) {
	case SH_VALUE_STRING:
	case SH_VALUE_BYTES:
		return 1 + v->u.s.len / 64;
	case SH_VALUE_LIST:
		return v->is_json ? json_weight(v->u.json, 0) : 1 + v->u.list->weight;
	case SH_VALUE_MAP:
		return v->is_json ? json_weight(v->u.json, 0) : 1 + v->u.map->weight;
	default:
		return 1;
	}
}

static unsigned depth_of(const struct sh_value *v)
{
	if (v->is_json)
		return 1; /* bounded by whoever parsed it */
	if (v->type == SH_VALUE_LIST)
		return v->u.list->depth;
	if (v->type == SH_VALUE_MAP)
		return v->u.map->depth;
	return 0;
}

static bool count_member(const struct sh_value *v, size_t *weight, unsigned *depth)
{
	unsigned d = depth_of(v) + 1;

	*weight += sh_value_weight(v);
	if (d > *depth)
		*depth = d;
	return *weight <= SH_COLLECT_MAX_WEIGHT && *depth <= SH_COLLECT_MAX_DEPTH;
}

struct sh_value sh_list_seal(struct sh_value_list *l)
{
	l->weight = 0;
	l->depth = 1;
	for (size_t i = 0; i < l->n; i++)
		if (!count_member(&l->item[i], &l->weight, &l->depth))
			return (struct sh_value){ .type = SH_VALUE_ERROR };
	return (struct sh_value){ .type = SH_VALUE_LIST, .u.list = l };
}

struct sh_value sh_map_seal(struct sh_value_map *m)
{
	m->weight = 0;
	m->depth = 1;
	for (size_t i = 0; i < m->n; i++)
		if (!count_member(&m->entry[i].key, &m->weight, &m->depth) ||
		    !count_member(&m->entry[i].value, &m->weight, &m->depth))
			return (struct sh_value){ .type = SH_VALUE_ERROR };
	return (struct sh_value){ .type = SH_VALUE_MAP, .u.map = m };
}

static struct sh_value member_of(const struct sh_value *v, const json_t *json)
{
	return v->json_exact ? sh_value_from_json_exact(json) : sh_value_from_json(json);
}

size_t sh_value_count(const struct sh_value *v)
{
	if (v->type == SH_VALUE_LIST)
		return v->is_json ? json_array_size(v->u.json) : v->u.list->n;
	if (v->type == SH_VALUE_MAP)
		return v->is_json ? json_object_size(v->u.json) : v->u.map->n;
	return 0;
}

struct sh_value sh_value_item(const struct sh_value *list, size_t i)
{
	if (list->is_json)
		return member_of(list, json_array_get(list->u.json, i));
	return list->u.list->item[i];
}

bool sh_value_get(const struct sh_value *map, const char *key, struct sh_value *out)
{
	const json_t *json;
	struct sh_value k;

	if (map->type != SH_VALUE_MAP)
		return false;
	if (map->is_json) {
		json = json_object_get(map->u.json, key);
		if (json)
			*out = member_of(map, json);
		return json != NULL;
	}
	k = sh_value_string(sh_span_of(key));
	return sh_value_find(map, &k, out);
}

/* jansson looks keys up by their NUL; a key of an expression has none. */
static bool find_in_json(const struct sh_value *map, struct sh_span key, struct sh_value *out)
{
	char small[128];

	if (key.len && memchr(key.p, '\0', key.len))
		return false;
	if (key.len < sizeof(small)) {
		if (key.len)
			memcpy(small, key.p, key.len);
		small[key.len] = '\0';
		return sh_value_get(map, small, out);
	}
	for (struct sh_map_walk w = { .map = map }; sh_map_step(&w);) {
		if (sh_span_equal(w.key.u.s, key)) {
			*out = w.value;
			return true;
		}
	}
	return false;
}

bool sh_value_find(const struct sh_value *map, const struct sh_value *key, struct sh_value *out)
{
	if (map->is_json)
		return key->type == SH_VALUE_STRING && find_in_json(map, key->u.s, out);
	for (size_t i = 0; i < map->u.map->n; i++) {
		if (sh_value_equal(&map->u.map->entry[i].key, key)) {
			*out = map->u.map->entry[i].value;
			return true;
		}
	}
	return false;
}

static bool json_step(struct sh_map_walk *w)
{
	json_t *object = (json_t *)(uintptr_t)w->map->u.json; /* iterators want it so */

	w->iter = w->started ? json_object_iter_next(object, w->iter) : json_object_iter(object);
	w->started = true;
	if (!w->iter)
		return false;
	w->key = sh_value_string(sh_span_of(json_object_iter_key(w->iter)));
	w->value = member_of(w->map, json_object_iter_value(w->iter));
	return true;
}

bool sh_map_step(struct sh_map_walk *w)
{
	if (w->map->is_json)
		return json_step(w);
	if (w->i >= w->map->u.map->n)
		return false;
	w->key = w->map->u.map->entry[w->i].key;
	w->value = w->map->u.map->entry[w->i++].value;
	return true;
}
