/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"
#include "state/round.h"

/* Until two samples were seen, a series is taken to come once a minute, as from cron. */
#define FIRST_INTERVAL SH_MIN
#define FRESH_INTERVALS 3
/* Who has not been heard of for so long is forgotten; what comes later than that is dropped. */
#define FORGET_AFTER (7 * SH_DAY)
#define SWEEP_EVERY SH_DAY

struct series {
	int64_t last;
	bool dirty;
};

struct group {
	char *name;
	int64_t time, interval;
};

struct entity {
	json_t *metrics;
	struct group *group;
	size_t n, cap;
	bool dirty;
};

static void free_entity(void *p)
{
	struct entity *e = p;

	json_decref(e->metrics);
	for (size_t i = 0; i < e->n; i++)
		free(e->group[i].name);
	free(e->group);
	free(e);
}

void sh_memory_init(struct sh_memory *m)
{
	memset(m, 0, sizeof(*m));
	sh_map_init(&m->series, free);
	sh_map_init(&m->entity, free_entity);
}

void sh_memory_release(struct sh_memory *m)
{
	sh_map_release(&m->series);
	sh_map_release(&m->entity);
}

/* Two collectors may measure one entity at the same instant, so the source is part of the series. */
static bool is_newer(struct sh_memory *m, const struct sh_record *r)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	json_t *source = sh_record_source(r);
	struct series *s;
	bool newer;

	sh_record_series_key(r, &key);
	sh_buf_addch(&key, '\0');
	sh_buf_addstr(&key, sh_json_str(source, "collector", ""));
	json_decref(source);
	s = sh_map_get(&m->series, key.data, key.len);
	if (!s) {
		s = sh_calloc(1, sizeof(*s));
		s->last = INT64_MIN;
		sh_map_put(&m->series, key.data, key.len, s);
	}
	newer = !r->has_time || (r->time > s->last && r->time > m->largest - FORGET_AFTER);
	if (newer) {
		s->last = r->time > s->last ? r->time : s->last;
		s->dirty = true;
	}
	return newer;
}

static struct entity *find_entity(struct sh_memory *m, struct sh_span name)
{
	struct entity *e = sh_map_get(&m->entity, name.p, name.len);

	if (!e) {
		e = sh_calloc(1, sizeof(*e));
		e->metrics = json_object();
		sh_map_put(&m->entity, name.p, name.len, e);
	}
	return e;
}

static struct group *find_group(struct entity *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (!strcmp(e->group[i].name, name))
			return &e->group[i];
	sh_grow(e->group, e->n, e->cap);
	e->group[e->n] = (struct group){ sh_strdup(name), 0, FIRST_INTERVAL };
	return &e->group[e->n++];
}

static int64_t newest_of(const struct entity *e)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < e->n; i++)
		newest = e->group[i].time > newest ? e->group[i].time : newest;
	return newest;
}

static void keep_groups(struct entity *e, json_t *metrics, int64_t time)
{
	const char *name;
	json_t *values;

	/* Forgotten at this very moment, whether or not a sweep came by before. */
	if (e->n && newest_of(e) <= time - FORGET_AFTER) {
		while (e->n)
			free(e->group[--e->n].name);
		json_object_clear(e->metrics);
	}
	json_object_foreach(metrics, name, values) {
		struct group *g = find_group(e, name);

		if (g->time && time > g->time)
			g->interval = time - g->time;
		g->time = time;
		json_object_set(e->metrics, name, values);
	}
	e->dirty = true;
}

bool sh_memory_note(struct sh_memory *m, const struct sh_record *r, json_t *metrics)
{
	json_t *dims;

	if (!is_newer(m, r)) {
		m->dropped++;
		return false;
	}
	if (r->time > m->largest)
		m->largest = r->time;
	/* What dims single out (one processor, one check) does not speak for the entity. */
	dims = sh_record_dims(r);
	if (json_object_size(dims) == 0)
		keep_groups(find_entity(m, r->entity), metrics, r->time);
	json_decref(dims);
	return true;
}

json_t *sh_memory_entity(const struct sh_memory *m, const char *entity)
{
	const struct entity *e = sh_map_gets(&m->entity, entity);

	return e ? e->metrics : NULL;
}

json_t *sh_memory_host(const struct sh_memory *m, const char *host, int64_t now)
{
	SH_CLEANUP_FREE char *name = sh_asprintf("host:%s", host);
	const struct entity *e = sh_map_gets(&m->entity, name);
	json_t *fresh = e ? json_object() : NULL;

	for (size_t i = 0; e && i < e->n; i++) {
		const struct group *g = &e->group[i];

		if (now - g->time < FRESH_INTERVALS * g->interval)
			json_object_set(fresh, g->name, json_object_get(e->metrics, g->name));
	}
	return fresh;
}

static int save_entity(struct sh_state *s, const struct sh_map_entry *entry, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	const struct entity *e = entry->value;
	json_t *groups = json_object(), *object = json_object();
	int rc;

	for (size_t i = 0; i < e->n; i++)
		json_object_set_new(groups, e->group[i].name,
				    json_pack("[I,I]", (json_int_t)e->group[i].time,
					      (json_int_t)e->group[i].interval));
	json_object_set(object, "metrics", e->metrics);
	json_object_set_new(object, "groups", groups);
	sh_json_dump(&text, object);
	json_decref(object);
	rc = sh_state_put(s, "entity", entry->key, entry->len, text.data, text.len, err);
	return rc;
}

int sh_memory_save(struct sh_memory *m, struct sh_state *s, struct sh_error *err)
{
	const struct sh_map_entry *entry;

	for (size_t i = 0; (entry = sh_map_next(&m->series, &i));) {
		struct series *series = entry->value;

		if (series->dirty && sh_state_put(s, "series", entry->key, entry->len,
						  &series->last, sizeof(series->last), err) < 0)
			return -1;
		series->dirty = false;
	}
	for (size_t i = 0; (entry = sh_map_next(&m->entity, &i));) {
		struct entity *e = entry->value;

		if (e->dirty && save_entity(s, entry, err) < 0)
			return -1;
		e->dirty = false;
	}
	if (m->largest && sh_round_put(s, m->largest, err) < 0)
		return -1;
	return sh_state_put(s, "meta", "largest", 7, &m->largest, sizeof(m->largest), err);
}

bool sh_memory_sweep_is_due(const struct sh_memory *m)
{
	return m->largest - m->swept >= SWEEP_EVERY;
}

static int forget(struct sh_map *map, const struct sh_map_entry *entry, struct sh_state *s,
		  const char *table, struct sh_error *err)
{
	if (s && sh_state_delete(s, table, entry->key, entry->len, err) < 0)
		return -1;
	sh_map_remove(map, entry->key, entry->len);
	return 0;
}

int sh_memory_sweep(struct sh_memory *m, struct sh_state *s, struct sh_error *err)
{
	int64_t limit = m->largest - FORGET_AFTER;
	const struct sh_map_entry *entry;

	m->swept = m->largest;
	for (size_t i = 0; (entry = sh_map_next(&m->series, &i));)
		if (((struct series *)entry->value)->last <= limit &&
		    forget(&m->series, entry, s, "series", err) < 0)
			return -1;
	for (size_t i = 0; (entry = sh_map_next(&m->entity, &i));)
		if (newest_of(entry->value) <= limit &&
		    forget(&m->entity, entry, s, "entity", err) < 0)
			return -1;
	return 0;
}

void sh_memory_unsaved(struct sh_memory *m)
{
	const struct sh_map_entry *entry;

	for (size_t i = 0; (entry = sh_map_next(&m->series, &i));)
		((struct series *)entry->value)->dirty = true;
	for (size_t i = 0; (entry = sh_map_next(&m->entity, &i));)
		((struct entity *)entry->value)->dirty = true;
}

static int load_series(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_memory *m = arg;
	struct series *s = sh_calloc(1, sizeof(*s));

	if (len == sizeof(s->last))
		memcpy(&s->last, value, len);
	sh_map_put(&m->series, key, key_len, s);
	return 0;
}

static int load_entity(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_memory *m = arg;
	struct sh_error err = SH_ERROR_INIT;
	json_t *object = sh_json_parse(value, len, &err), *times;
	struct entity *e = find_entity(m, (struct sh_span){ key, key_len });
	const char *name;

	json_decref(e->metrics);
	e->metrics = json_incref(json_object_get(object, "metrics"));
	if (!e->metrics)
		e->metrics = json_object();
	json_object_foreach(json_object_get(object, "groups"), name, times) {
		struct group *g = find_group(e, name);

		g->time = json_integer_value(json_array_get(times, 0));
		g->interval = json_integer_value(json_array_get(times, 1));
	}
	json_decref(object);
	return 0;
}

int sh_memory_load(struct sh_memory *m, struct sh_state *s, struct sh_error *err)
{
	SH_CLEANUP_FREE void *largest = NULL;
	size_t len = 0;

	if (sh_state_each(s, "series", load_series, m, err) < 0 ||
	    sh_state_each(s, "entity", load_entity, m, err) < 0 ||
	    sh_state_get(s, "meta", "largest", 7, &largest, &len, err) < 0)
		return -1;
	if (len == sizeof(m->largest))
		memcpy(&m->largest, largest, len);
	return 0;
}
