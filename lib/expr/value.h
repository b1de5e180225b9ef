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
	SH_VALUE_IP,   /* of expr/net.h, its bytes as a span */
	SH_VALUE_CIDR,
};

struct sh_value_list;
struct sh_value_map;

/* An instant from year 1 to 9999, as CEL wants it: wider than int64_t nanoseconds. */
struct sh_instant {
	int64_t sec; /* since the epoch */
	int32_t ns;  /* 0 to 999999999 */
};

struct sh_value {
	enum sh_value_type type;
	bool is_json;    /* a list or map that is json below, not list/map */
	bool json_exact; /* of such: integers in it are ints, not doubles */
	union {
		bool b;
		int64_t i; /* int; duration in ns */
		struct sh_instant t; /* timestamp */
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
	size_t used;  /* bytes given out since the last reset */
	size_t first; /* bytes of the first block, 0: as suits what is reset often */
};
#define SH_ARENA_INIT { NULL, 0, 0 }
/* Aligned for anything; not cleared. */
void *sh_arena_alloc(struct sh_arena *a, size_t size);
void sh_arena_reset(struct sh_arena *a); /* keeps one block */
void sh_arena_release(struct sh_arena *a);

struct sh_value sh_value_unknown(void);
struct sh_value sh_value_bool(bool b);
struct sh_value sh_value_null(void);
struct sh_value sh_value_int(int64_t i);
struct sh_value sh_value_uint(uint64_t u);
struct sh_value sh_value_double(double d);
struct sh_value sh_value_duration(int64_t ns);
struct sh_value sh_value_timestamp(int64_t ns); /* since the epoch */
struct sh_value sh_value_string(struct sh_span s);
/* A borrowed jansson value; numbers become doubles. */
struct sh_value sh_value_from_json(const json_t *json);
/* The same, but JSON integers stay ints. */
struct sh_value sh_value_from_json_exact(const json_t *json);
/* "int", "string", "google.protobuf.Duration", ... */
const char *sh_value_type_name(enum sh_value_type type);

/* Members of a list or map, JSON or built; 0 for other types. */
size_t sh_value_count(const struct sh_value *v);
/* Item I of a list, which must be below the count. */
struct sh_value sh_value_item(const struct sh_value *list, size_t i);
/* The member of a map under a string key; false when there is none, or V is no map. */
bool sh_value_get(const struct sh_value *map, const char *key, struct sh_value *out);

/*
 * Returns a new reference. Durations and timestamps become their text, bytes
 * base64, NaN and infinities their names, integral doubles JSON integers. NULL
 * for unknown, errors and types.
 */
json_t *sh_value_to_json(const struct sh_value *v);
/* How a person would write it: text bare, numbers shortest, lists and maps as JSON. */
void sh_value_text(const struct sh_value *v, struct sh_buf *out);

#endif
