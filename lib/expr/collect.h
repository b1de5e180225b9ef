/* SPDX-License-Identifier: MIT */
/*
 * collect - lists and maps that an expression builds
 *
 * Each knows the number of values below it (shared ones counted each time) and
 * its depth, and building refuses more than the limits: so comparing, printing
 * and converting never need limits of their own.
 */
#ifndef SH_EXPR_COLLECT_H
#define SH_EXPR_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/value.h"

#define SH_COLLECT_MAX_WEIGHT 1000000 /* values below a list or map */
#define SH_COLLECT_MAX_DEPTH  64

struct sh_value_list {
	size_t n, weight;
	unsigned depth;
	struct sh_value item[];
};

struct sh_value_entry {
	struct sh_value key, value;
};

struct sh_value_map {
	size_t n, weight;
	unsigned depth;
	struct sh_value_entry entry[];
};

/* Room for N members, n set to 0. */
struct sh_value_list *sh_list_new(struct sh_arena *a, size_t n);
struct sh_value_map *sh_map_value_new(struct sh_arena *a, size_t n);
/* The finished value; SH_VALUE_ERROR when it would be beyond the limits. */
struct sh_value sh_list_seal(struct sh_value_list *l);
struct sh_value sh_map_seal(struct sh_value_map *m);
/* Values below V, itself included; counts up to the limit. */
size_t sh_value_weight(const struct sh_value *v);

/* The member under any key, numbers by value; false when there is none. */
bool sh_value_find(const struct sh_value *map, const struct sh_value *key, struct sh_value *out);

/* Walk a map: struct sh_map_walk w = { map }; while (sh_map_step(&w)) ... w.key, w.value */
struct sh_map_walk {
	const struct sh_value *map;
	struct sh_value key, value;
	size_t i;
	void *iter;
	bool started;
};
bool sh_map_step(struct sh_map_walk *w);

#endif
