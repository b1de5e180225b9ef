/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/pick.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "record/number.h"
#include "record/pick_shape.h"
#include "record/walk.h"

/* Of a name up to 16 bytes head, tail and length are all there is to compare. */
struct sh_pick_name {
	uint64_t head, tail;
	const char *name; /* owned; NULL: a free entry */
	uint32_t len;
	uint32_t is; /* index of the group, or the slot */
};

struct sh_pick_group {
	struct sh_pick_table members;
	uint64_t seen; /* number of the last record that had it */
	bool reserved; /* no group where the record is bare */
};

static inline uint64_t load(const char *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return word;
}

/* The key of a table; name and is are not set. */
static inline struct sh_pick_name key_of(struct sh_span s)
{
	struct sh_pick_name k = { .len = (uint32_t)s.len };

	if (s.len >= 8) {
		k.head = load(s.p, 8);
		k.tail = load(s.p + s.len - 8, 8);
	} else if (s.len >= 4) {
		k.head = load(s.p, 4) << 32 | load(s.p + s.len - 4, 4);
	} else if (s.len) {
		k.head = (uint64_t)(unsigned char)s.p[0] << 16 |
			 (uint64_t)(unsigned char)s.p[s.len / 2] << 8 |
			 (unsigned char)s.p[s.len - 1];
	}
	return k;
}

/* Multiplicative hashing (D. E. Knuth, TAOCP 6.4); the names that are in a table are ours. */
static inline size_t place_of(const struct sh_pick_table *t, const struct sh_pick_name *k)
{
	uint64_t mixed = (k->head ^ (k->tail << 23 | k->tail >> 41)) + k->len;

	return (size_t)((mixed * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - t->bits));
}

static inline const struct sh_pick_name *find(const struct sh_pick_table *t, struct sh_span s)
{
	struct sh_pick_name k = key_of(s);
	size_t mask = ((size_t)1 << t->bits) - 1;

	if (!t->n)
		return NULL;
	for (size_t i = place_of(t, &k);; i = (i + 1) & mask) {
		const struct sh_pick_name *e = &t->entry[i];

		if (!e->name)
			return NULL;
		if (e->head == k.head && e->tail == k.tail && e->len == k.len &&
		    (k.len <= 16 || !memcmp(e->name, s.p, k.len)))
			return e;
	}
}

static void place(struct sh_pick_table *t, const struct sh_pick_name *e)
{
	size_t i = place_of(t, e);

	while (t->entry[i].name)
		i = (i + 1) & (((size_t)1 << t->bits) - 1);
	t->entry[i] = *e;
	t->n++;
}

/* Twice as many entries; never more than half of them are used. */
static void widen(struct sh_pick_table *t)
{
	struct sh_pick_table wide = { .bits = t->bits ? t->bits + 1 : 2 };

	wide.entry = sh_calloc((size_t)1 << wide.bits, sizeof(*wide.entry));
	for (size_t i = 0; t->bits && i < (size_t)1 << t->bits; i++)
		if (t->entry[i].name)
			place(&wide, &t->entry[i]);
	free(t->entry);
	*t = wide;
}

static void add(struct sh_pick_table *t, struct sh_span s, size_t is)
{
	struct sh_pick_name e = key_of(s);

	if (!t->bits || (t->n + 1) * 2 > (size_t)1 << t->bits)
		widen(t);
	e.name = sh_strndup(s.p, s.len);
	e.is = (uint32_t)is;
	place(t, &e);
}

static void release_table(struct sh_pick_table *t)
{
	for (size_t i = 0; t->bits && i < (size_t)1 << t->bits; i++)
		free((char *)(uintptr_t)t->entry[i].name);
	free(t->entry);
}

void sh_pick_release(struct sh_pick *p)
{
	for (size_t i = 0; i < p->groups; i++)
		release_table(&p->group[i].members);
	release_table(&p->names);
	sh_map_release(&p->paths);
	sh_buf_release(&p->decoded);
	free(p->group);
	free(p->value);
	free(p->text);
	free(p->found);
	free(p->text_of);
	free(p->spot);
	sh_pick_plans_release(p);
	*p = (struct sh_pick)SH_PICK_INIT;
}

static struct sh_pick_group *ask_group(struct sh_pick *p, struct sh_span name)
{
	const struct sh_pick_name *known = find(&p->names, name);

	if (known)
		return &p->group[known->is];
	sh_grow(p->group, p->groups, p->group_cap);
	p->group[p->groups] = (struct sh_pick_group){ .reserved = sh_record_is_reserved(name) };
	add(&p->names, name, p->groups);
	return &p->group[p->groups++];
}

static size_t new_slot(struct sh_pick *p)
{
	if (p->slots == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 16;
		p->value = sh_reallocn(p->value, p->cap, sizeof(*p->value));
		p->text = sh_reallocn(p->text, p->cap, sizeof(*p->text));
		p->found = sh_reallocn(p->found, p->cap, sizeof(*p->found));
	}
	p->value[p->slots] = NAN;
	p->text[p->slots] = NAN;
	return p->slots++;
}

size_t sh_pick_ask(struct sh_pick *p, const char *path)
{
	const char *dot = strchr(path, '.');
	void *known = sh_map_gets(&p->paths, path);
	size_t slot;

	if (known)
		return (size_t)(uintptr_t)known - 1;
	slot = new_slot(p);
	sh_map_puts(&p->paths, path, (void *)(uintptr_t)(slot + 1));
	if (dot) {
		struct sh_pick_group *g = ask_group(p, (struct sh_span){ path, (size_t)(dot - path) });

		add(&g->members, sh_span_of(dot + 1), slot);
		sh_pick_plans_release(p);
	}
	return slot;
}

static inline bool is_found(const struct sh_pick *p, size_t slot)
{
	return !isnan(p->value[slot]) || !isnan(p->text[slot]);
}

/* An earlier member of the name was found in this record, and does not count. */
static void forget(struct sh_pick *p, size_t slot)
{
	size_t i = 0;

	p->repeated = true;
	p->value[slot] = p->text[slot] = NAN;
	while (p->found[i] != slot)
		i++;
	p->n--;
	memmove(&p->found[i], &p->found[i + 1], (p->n - i) * sizeof(p->found[0]));
}

static void forget_group(struct sh_pick *p, const struct sh_pick_table *members)
{
	for (size_t i = 0; i < (size_t)1 << members->bits; i++)
		if (members->entry[i].name && is_found(p, members->entry[i].is))
			forget(p, members->entry[i].is);
}

/* As sh_json_build has it: -0 is the integer 0; NaN for what is beyond a double. */
static inline double take_number(struct sh_walk *w)
{
	const char *start = w->p;
	struct sh_number n;
	double v;

	w->p = sh_number_split(start, w->end, &n);
	v = sh_number_double(&n, start, (size_t)(w->p - start));
	if (!isfinite(v))
		return NAN;
	return n.integer ? v + 0.0 : v;
}

static double take_text(struct sh_walk *w)
{
	bool decoded;
	struct sh_span s = sh_walk_string(w, &decoded);

	return (double)(sh_hash64(s.p, s.len) >> 12);
}

static inline void take_member(struct sh_pick *p, struct sh_walk *w, size_t slot)
{
	double value = NAN, text = NAN;

	sh_grow(p->spot, p->spots, p->spot_cap);
	p->spot[p->spots++] = (struct sh_pick_spot){ w->p, (uint32_t)slot };
	if (is_found(p, slot))
		forget(p, slot);
	if (*w->p == '-' || (*w->p >= '0' && *w->p <= '9'))
		value = take_number(w);
	else if (*w->p == '"')
		text = take_text(w);
	else {
		if (*w->p == 't' || *w->p == 'f')
			text = *w->p == 't';
		sh_walk_skip(w);
	}
	if (isnan(value) && isnan(text))
		return;
	p->value[slot] = value;
	p->text[slot] = text;
	p->found[p->n++] = (uint32_t)slot;
}

static void take_group(struct sh_pick *p, struct sh_walk *w, const struct sh_pick_table *members)
{
	w->p++;
	sh_walk_blank(w);
	while (*w->p != '}') {
		bool decoded;
		const struct sh_pick_name *asked = find(members, sh_walk_string(w, &decoded));

		sh_walk_colon(w);
		if (asked)
			take_member(p, w, asked->is);
		else
			sh_walk_skip(w);
		sh_walk_comma(w);
	}
	w->p++;
}

static inline struct sh_pick_group *group_of(struct sh_pick *p, struct sh_span name)
{
	const struct sh_pick_name *asked = find(&p->names, name);

	return asked ? &p->group[asked->is] : NULL;
}

/* The value at W of a member of that group's name. */
static void take_value(struct sh_pick *p, struct sh_walk *w, struct sh_pick_group *g)
{
	if (g->seen == p->record) {
		p->repeated = true;
		forget_group(p, &g->members);
	}
	g->seen = p->record;
	if (*w->p == '{')
		take_group(p, w, &g->members);
	else
		sh_walk_skip(w);
}

static void note_text(struct sh_pick *p, struct sh_span name, bool escaped, struct sh_span object)
{
	sh_grow(p->text_of, p->texts, p->text_cap);
	p->text_of[p->texts++] = (struct sh_pick_text){ name, escaped, object };
}

static void take_groups(struct sh_pick *p, struct sh_walk *w)
{
	w->p++;
	sh_walk_blank(w);
	while (*w->p != '}') {
		struct sh_span name = { w->p + 1, 0 };
		bool escaped;
		struct sh_pick_group *g = group_of(p, sh_walk_string(w, &escaped));
		const char *value;

		name.len = (size_t)(w->p - 1 - name.p);
		sh_walk_colon(w);
		value = w->p;
		if (g)
			take_value(p, w, g);
		else
			sh_walk_skip(w);
		if (*value == '{')
			note_text(p, name, escaped, (struct sh_span){ value, (size_t)(w->p - value) });
		sh_walk_comma(w);
	}
}

static void take_bare(struct sh_pick *p, struct sh_walk *w, const struct sh_index *ix)
{
	for (size_t i = 0; i < ix->n; i++) {
		const struct sh_member *m = &ix->member[i];
		struct sh_pick_group *g;
		struct sh_span name;
		bool escaped;

		w->p = m->key.p - 1;
		w->end = m->value.text.p + m->value.text.len;
		name = sh_walk_string(w, &escaped);
		g = group_of(p, name);
		if (g ? g->reserved : sh_record_is_reserved(name))
			continue;
		if (m->value.type == SH_JSON_OBJECT)
			note_text(p, m->key, escaped, m->value.text);
		w->p = m->value.text.p;
		if (g)
			take_value(p, w, g);
	}
}

size_t sh_pick_take(struct sh_pick *p, const struct sh_record *r)
{
	struct sh_walk w = { .text = p->decoded };

	for (size_t i = 0; i < p->n; i++)
		p->value[p->found[i]] = p->text[p->found[i]] = NAN;
	p->n = p->texts = 0;
	p->set = 0;
	p->record++;
	if (r->kind != SH_KIND_SAMPLE)
		return 0;
	if (sh_pick_take_shaped(p, r))
		return p->n;
	p->spots = 0;
	p->repeated = false;
	if (r->bare) {
		take_bare(p, &w, sh_record_index(r));
	} else if (r->metrics.type == SH_JSON_OBJECT) {
		w.p = r->metrics.text.p;
		w.end = w.p + r->metrics.text.len;
		take_groups(p, &w);
	}
	p->decoded = w.text;
	if (r->shape)
		sh_pick_plan_make(p, r);
	return p->n;
}
