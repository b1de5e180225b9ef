/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/map.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define DELETED UINT32_MAX

void sh_map_init(struct sh_map *m, void (*free_value)(void *))
{
	*m = (struct sh_map)SH_MAP_INIT(free_value);
}

void sh_map_release(struct sh_map *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (!m->entry[i].key)
			continue;
		if (m->free_value)
			m->free_value(m->entry[i].value);
		free(m->entry[i].key);
	}
	free(m->entry);
	free(m->slot);
	sh_map_init(m, m->free_value);
}

/* The slot that holds the key, or NULL. */
static uint32_t *find_slot(const struct sh_map *m, const void *key, size_t len, uint64_t hash)
{
	if (!m->slots)
		return NULL;
	for (size_t i = hash & (m->slots - 1);; i = (i + 1) & (m->slots - 1)) {
		uint32_t s = m->slot[i];
		const struct sh_map_entry *e;

		if (s == 0)
			return NULL;
		if (s == DELETED)
			continue;
		e = &m->entry[s - 1];
		if (e->hash == hash && e->len == len && !memcmp(e->key, key, len))
			return &m->slot[i];
	}
}

static void fill_slot(struct sh_map *m, size_t index)
{
	size_t i = m->entry[index].hash & (m->slots - 1);

	while (m->slot[i] != 0 && m->slot[i] != DELETED)
		i = (i + 1) & (m->slots - 1);
	m->slot[i] = (uint32_t)index + 1;
}

/* Drop deleted entries and build the slots anew, at most half full. */
static void rebuild(struct sh_map *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->entry[i].key)
			m->entry[kept++] = m->entry[i];
	m->n = kept;
	while (m->slots < (m->n + 1) * 4)
		m->slots = m->slots ? m->slots * 2 : 16;
	free(m->slot);
	m->slot = sh_calloc(m->slots, sizeof(*m->slot));
	for (size_t i = 0; i < m->n; i++)
		fill_slot(m, i);
}

void *sh_map_get(const struct sh_map *m, const void *key, size_t len)
{
	uint32_t *s = find_slot(m, key, len, sh_hash64(key, len));

	return s ? m->entry[*s - 1].value : NULL;
}

void *sh_map_gets(const struct sh_map *m, const char *key)
{
	return sh_map_get(m, key, strlen(key));
}

const char *sh_map_put(struct sh_map *m, const void *key, size_t len, void *value)
{
	uint64_t hash = sh_hash64(key, len);
	uint32_t *s = find_slot(m, key, len, hash);
	struct sh_map_entry *e;

	if (s) {
		e = &m->entry[*s - 1];
		if (m->free_value && e->value != value)
			m->free_value(e->value);
		e->value = value;
		return e->key;
	}
	if ((m->n + 1) * 2 > m->slots)
		rebuild(m);
	sh_grow(m->entry, m->n, m->cap);
	e = &m->entry[m->n++];
	*e = (struct sh_map_entry){ sh_strndup(key, len), len, hash, value };
	m->live++;
	fill_slot(m, m->n - 1);
	return e->key;
}

const char *sh_map_puts(struct sh_map *m, const char *key, void *value)
{
	return sh_map_put(m, key, strlen(key), value);
}

bool sh_map_remove(struct sh_map *m, const void *key, size_t len)
{
	uint32_t *s = find_slot(m, key, len, sh_hash64(key, len));
	struct sh_map_entry *e;

	if (!s)
		return false;
	e = &m->entry[*s - 1];
	*s = DELETED;
	m->live--;
	if (m->free_value)
		m->free_value(e->value);
	free(e->key);
	*e = (struct sh_map_entry){ 0 };
	return true;
}

const struct sh_map_entry *sh_map_next(const struct sh_map *m, size_t *i)
{
	while (*i < m->n) {
		const struct sh_map_entry *e = &m->entry[(*i)++];

		if (e->key)
			return e;
	}
	return NULL;
}
