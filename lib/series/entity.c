/* SPDX-License-Identifier: MIT */
/* entity - the function entity_level(): how far an entity is, over all its metrics, from where it usually is */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "series/kinds.h"
#include "series/level.h"

#define FORMAT	1
#define METRICS 1024 /* of an entity; later ones are not looked at */
#define NAME	4096 /* bytes of a name at most */

struct metric {
	const char *name; /* interned in the terms */
	struct sh_level level;
};

struct entity {
	struct sh_level_entity level;
	struct sh_level_row row; /* the latest record, or the one at work */
	struct metric *metric;	 /* owned, in the order in which they were first seen */
	uint32_t n, cap, next;	 /* next: where the metric after the latest is looked for first */
	bool ended;		 /* the row is whole */
};

static size_t size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct entity);
}

static int64_t reach(const struct sh_past_terms *t)
{
	(void)t;
	return 0;
}

static void release(void *state)
{
	struct entity *e = state;

	free(e->metric);
	e->metric = NULL;
	e->n = e->cap = 0;
}

static struct metric *add(struct entity *e, const struct sh_past_terms *t, struct sh_span name)
{
	const char *known = sh_map_get(t->names, name.p, name.len);

	if (!known) {
		known = sh_map_put(t->names, name.p, name.len, NULL);
		sh_map_put(t->names, name.p, name.len, (void *)(uintptr_t)known);
		known = sh_map_get(t->names, name.p, name.len);
	}
	sh_grow(e->metric, e->n, e->cap);
	e->metric[e->n] = (struct metric){ .name = known };
	return &e->metric[e->n++];
}

/* Records of an entity mostly have the same metrics in the same order. */
static struct metric *find(struct entity *e, const struct sh_past_terms *t, struct sh_span name)
{
	const char *known = sh_map_get(t->names, name.p, name.len);

	for (uint32_t i = 0; known && i < e->n; i++) {
		uint32_t at = (e->next + i) % e->n;

		if (e->metric[at].name != known)
			continue;
		e->next = at + 1;
		return &e->metric[at];
	}
	return e->n < METRICS && name.len <= NAME ? add(e, t, name) : NULL;
}

static void note_metric(void *state, const struct sh_past_terms *t, struct sh_span name, double value,
			bool is_learned)
{
	struct entity *e = state;
	struct metric *m = find(e, t, name);
	double z;

	if (e->ended)
		e->row = (struct sh_level_row){ 0 };
	e->ended = false;
	if (!m)
		return;
	z = is_learned ? sh_level_note(&m->level, &sh_level_of_entity, value)
		       : sh_level_judge(&m->level, &sh_level_of_entity, value);
	sh_level_row_add(&e->row, (size_t)(m - e->metric), z);
}

static void end_row(void *state, const struct sh_past_terms *t, bool is_learned)
{
	struct entity *e = state;

	(void)t;
	if (!e->ended)
		sh_level_entity_note(&e->level, &sh_level_of_entity, &e->row, is_learned);
	e->ended = true;
}

static struct sh_past_answer ask(const void *state, const struct sh_past_terms *t, int64_t now)
{
	const struct entity *e = state;

	(void)t, (void)now;
	if (e->level.rows < SH_LEVEL_ROWS)
		return (struct sh_past_answer){ .why = "fewer than 50 records" };
	return (struct sh_past_answer){ .known = true, .value = (double)e->level.score };
}

static const char *attribute(const void *state, const struct sh_past_terms *t, size_t i, double *z)
{
	const struct entity *e = state;

	(void)t;
	if (i >= e->row.tops)
		return NULL;
	*z = e->row.top[i].z;
	return e->metric[e->row.top[i].metric].name;
}

static void store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct entity *e = state;

	(void)t;
	sh_bytes_put(out, FORMAT, 1);
	sh_level_entity_store(&e->level, out);
	sh_bytes_put(out, e->n, 4);
	for (uint32_t i = 0; i < e->n; i++) {
		size_t len = strlen(e->metric[i].name);

		sh_bytes_put(out, len, 2);
		sh_buf_add(out, e->metric[i].name, len);
		sh_level_store(&e->metric[i].level, out);
	}
	sh_bytes_put(out, e->row.tops, 1);
	for (size_t i = 0; i < e->row.tops; i++) {
		sh_bytes_put(out, e->row.top[i].metric, 4);
		sh_bytes_put_double(out, e->row.top[i].z);
	}
}

static bool load_metrics(struct entity *e, const struct sh_past_terms *t, struct sh_bytes *in)
{
	uint64_t n, len;

	if (!sh_bytes_take(in, 4, &n) || n > METRICS)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct sh_span name;

		if (!sh_bytes_take(in, 2, &len) || len > in->len)
			return false;
		name = (struct sh_span){ (const char *)in->p, (size_t)len };
		in->p += len;
		in->len -= len;
		if (!sh_level_load(&add(e, t, name)->level, in))
			return false;
	}
	return true;
}

static bool load_tops(struct entity *e, struct sh_bytes *in)
{
	uint64_t n, metric;

	if (!sh_bytes_take(in, 1, &n) || n > SH_LEVEL_TOP)
		return false;
	e->row.tops = (size_t)n;
	for (uint64_t i = 0; i < n; i++) {
		if (!sh_bytes_take(in, 4, &metric) || metric >= e->n ||
		    !sh_bytes_take_double(in, &e->row.top[i].z) ||
		    !(e->row.top[i].z >= 0 && e->row.top[i].z <= SH_LEVEL_MAX))
			return false;
		e->row.top[i].metric = (size_t)metric;
	}
	e->ended = true;
	return true;
}

static int load(void *state, const struct sh_past_terms *t, struct sh_bytes *in, struct sh_error *err)
{
	struct entity *e = state;
	uint64_t format;

	if (sh_bytes_take(in, 1, &format) && format == FORMAT && sh_level_entity_load(&e->level, in) &&
	    load_metrics(e, t, in) && load_tops(e, in))
		return 0;
	release(e);
	memset(e, 0, sizeof(*e));
	return sh_error_set(err, SH_ERRC_STATE, "a stored entity level is damaged or of a newer form");
}

static void show(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct entity *e = state;

	(void)t;
	sh_buf_addf(out, "\"records\":%u,\"metrics\":%u,\"score\":%.3g", (unsigned)e->level.rows,
		    (unsigned)e->n, (double)e->level.score);
}

const struct sh_past_kind sh_past_entity_level = {
	.name = "entity_level",
	.is_learned = true,
	.reach = reach,
	.size = size,
	.release = release,
	.note_metric = note_metric,
	.end_row = end_row,
	.attribute = attribute,
	.ask = ask,
	.store = store,
	.load = load,
	.show = show,
	.synopsis = "",
	.help = "How far all metrics of a record together are from where they usually are, 0 to 20.",
};
