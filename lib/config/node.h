/* SPDX-License-Identifier: MIT */
/*
 * node - configuration as a tree that remembers where everything stands
 *
 * YAML 1.2 (JSON is a subset): plain true/false, null and numbers are typed, any
 * quoted scalar is a string. Every getter that fails says FILE:LINE:COLUMN.
 */
#ifndef SH_CONFIG_NODE_H
#define SH_CONFIG_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum sh_node_type {
	SH_NODE_NULL,
	SH_NODE_BOOL,
	SH_NODE_NUMBER,
	SH_NODE_STRING,
	SH_NODE_LIST,
	SH_NODE_MAP,
};

struct sh_node_place {
	int line, column; /* from 1 */
};

struct sh_node {
	enum sh_node_type type;
	const char *file; /* shared by the tree */
	int line, column; /* from 1 */
	char *text;       /* a scalar as written (unquoted); owned */
	struct sh_node **item; /* list items, or the values of a map */
	char **key;            /* of a map, NULL for lists */
	struct sh_node_place *key_at; /* of each key; NULL for lists */
	size_t n, cap;
	char *file_owned;      /* of the root only: what every file points to */
};

/* Parse one document; no text at all is a null node. DATA need not outlive the call. Returns NULL with SH_ERRC_CONFIG. */
struct sh_node *sh_node_parse(const char *file, const char *data, size_t len, struct sh_error *err);
void sh_node_free(struct sh_node *n);

/* -1 with SH_ERRC_CONFIG and "file:line:column: text". */
int sh_node_fail(const struct sh_node *n, struct sh_error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same at the place of the I-th key of a map. */
int sh_node_fail_key(const struct sh_node *map, size_t i,
		     struct sh_error *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Borrowed child of a map, NULL when absent. N may be NULL. */
const struct sh_node *sh_node_get(const struct sh_node *n, const char *key);

/*
 * Typed getters over a map. Absent: 0 and *out unchanged (set the default
 * before). Present and right: 1. Wrong: -1 with the place. Strings are borrowed.
 * Where text is wanted a number or true/false gives its text as it was written;
 * null is refused. A duration needs its unit, except 0.
 */
/* Of the node itself. */
int sh_node_text(const struct sh_node *scalar, const char **out, struct sh_error *err);
int sh_node_string(const struct sh_node *map, const char *key, const char **out,
		   struct sh_error *err);
int sh_node_bool(const struct sh_node *map, const char *key, bool *out, struct sh_error *err);
int sh_node_int(const struct sh_node *map, const char *key, int64_t min, int64_t max, int64_t *out,
		struct sh_error *err);
int sh_node_number(const struct sh_node *map, const char *key, double *out, struct sh_error *err);
int sh_node_duration(const struct sh_node *map, const char *key, int64_t *out,
		     struct sh_error *err);
int sh_node_size(const struct sh_node *map, const char *key, uint64_t *out, struct sh_error *err);
/* A word out of a NULL-terminated list; *out is its index. The nearest word is named. */
int sh_node_choice(const struct sh_node *map, const char *key, const char *const *words, int *out,
		   struct sh_error *err);
/* A list of strings, or one string as a list of one: NULL-terminated, owned (free the array only). */
int sh_node_strings(const struct sh_node *map, const char *key, const char ***out,
		    struct sh_error *err);

/*
 * Refuse every member of MAP that is not in the NULL-terminated list, naming the
 * nearest known one; also refuses a node that is no map. WHAT names the thing
 * ("rule", "service").
 */
int sh_node_check_keys(const struct sh_node *map, const char *what, const char *const *known,
		       struct sh_error *err);

/* A new reference with the same content (numbers as int or real, as written). */
json_t *sh_node_json(const struct sh_node *n);

#endif
