/* SPDX-License-Identifier: MIT */
/*
 * value - what an expression yields, and the memory it lives in
 *
 * A value is copied freely; what it points to is borrowed from the caller's JSON
 * or lives in the arena of the evaluation.
 */
#ifndef SH_EXPR_VALUE_H
#define SH_EXPR_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum sh_value_type {
	SH_VALUE_UNKNOWN,
	SH_VALUE_ERROR,
	SH_VALUE_NULL,
	SH_VALUE_BOOL,
	SH_VALUE_INT,
	SH_VALUE_UINT,
	SH_VALUE_DOUBLE,
	SH_VALUE_STRING,
	SH_VALUE_BYTES,
	SH_VALUE_LIST,
	SH_VALUE_MAP,
	SH_VALUE_DURATION,
	SH_VALUE_TIMESTAMP,
	SH_VALUE_TYPE,
};

struct sh_value_list;
struct sh_value_map;

struct sh_value {
	enum sh_value_type type;
	bool is_json; /* a list or map that is json below, not list/map */
	union {
		bool b;
		int64_t i; /* int; duration and timestamp in ns */
		uint64_t u;
		double d;
		struct sh_span s;               /* string, bytes, name of a type */
		const json_t *json;             /* borrowed */
		const struct sh_value_list *list; /* in the arena */
		const struct sh_value_map *map;
	} u;
};

struct sh_arena {
	struct sh_arena_block *block;
};
#define SH_ARENA_INIT { NULL }
void *sh_arena_alloc(struct sh_arena *a, size_t size);
void sh_arena_reset(struct sh_arena *a); /* keeps one block */
void sh_arena_release(struct sh_arena *a);

struct sh_value sh_value_unknown(void);
struct sh_value sh_value_bool(bool b);
struct sh_value sh_value_double(double d);
struct sh_value sh_value_string(struct sh_span s);
/* A borrowed jansson value; numbers become doubles. */
struct sh_value sh_value_from_json(const json_t *json);
/* Returns a new reference; duration and timestamp become their text. NULL for unknown, errors and types. */
json_t *sh_value_to_json(const struct sh_value *v);
/* How a person would write it: text bare, numbers shortest, lists and maps as JSON. */
void sh_value_text(const struct sh_value *v, struct sh_buf *out);

#endif
