/* SPDX-License-Identifier: MIT */
/*
 * map - a hash table from byte strings to pointers
 *
 * Keys are copied; values are the caller's unless a free function was given.
 * Iteration is in order of insertion (deletions keep the order of the rest), so
 * output made from a map is deterministic.
 */
#ifndef SH_BASE_MAP_H
#define SH_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sh_map_entry {
	char *key; /* owned, NUL-terminated; NULL marks a deleted entry */
	size_t len;
	uint64_t hash;
	void *value;
};

struct sh_map {
	struct sh_map_entry *entry; /* in insertion order */
	size_t n, cap;              /* used (with deleted ones) and allocated entries */
	size_t live;
	uint32_t *slot;             /* 1 + index into entry, 0 free */
	size_t slots;               /* a power of two, 0 at first */
	void (*free_value)(void *); /* may be NULL */
};

#define SH_MAP_INIT(free_fn) { NULL, 0, 0, 0, NULL, 0, (free_fn) }

void sh_map_init(struct sh_map *m, void (*free_value)(void *));
void sh_map_release(struct sh_map *m);
void *sh_map_get(const struct sh_map *m, const void *key, size_t len);
void *sh_map_gets(const struct sh_map *m, const char *key);
/* Replaces (and frees) an older value of the key. Returns the stored key. */
const char *sh_map_put(struct sh_map *m, const void *key, size_t len, void *value);
const char *sh_map_puts(struct sh_map *m, const char *key, void *value);
/* Returns whether the key was there; its value is freed. */
bool sh_map_remove(struct sh_map *m, const void *key, size_t len);
/*
 * Walk: size_t i = 0; while ((e = sh_map_next(&map, &i))) ... The current entry
 * may be removed during the walk; nothing may be added.
 */
const struct sh_map_entry *sh_map_next(const struct sh_map *m, size_t *i);

#endif
