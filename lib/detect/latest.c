/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/latest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/damage.h"
#include "record/json.h"
#include "record/text.h"

#define NAME_MAX_LEN 255
#define TEXT_MAX_LEN (1U << 20)
/* With more than this all is forgotten: names of groups that never come again would pile up. */
#define FULL	     (256U << 10)
/* Bytes of groups of which it is worth it to compare each with each. */
#define FEW	     4096

/* Before the name and the text of each group. */
struct head {
	int64_t time, interval;
	uint16_t name;   /* length */
	uint16_t origin; /* whose group it is: two collectors may have one of the same name */
	uint32_t text;   /* length */
};

void sh_latest_release(struct sh_latest *l)
{
	free(l->data);
	*l = (struct sh_latest){ NULL, 0, 0, false };
}

static struct head head_at(const struct sh_latest *l, uint32_t at)
{
	struct head h;

	memcpy(&h, l->data + at, sizeof(h));
	return h;
}

static uint32_t size_of(const struct head *h)
{
	return (uint32_t)sizeof(*h) + h->name + h->text;
}

static inline bool is_at(const struct sh_latest *l, uint32_t at, struct sh_span name, uint16_t origin)
{
	struct head h = head_at(l, at);

	return h.origin == origin && h.name == name.len &&
	       sh_text_same(l->data + at + sizeof(h), name.p, name.len);
}

/* Where the group NAME stands, or the end. FROM is where it is likely to be. */
static uint32_t find(const struct sh_latest *l, struct sh_span name, uint16_t origin, uint32_t from)
{
	uint32_t at = 0;

	if (from < l->len && is_at(l, from, name, origin))
		return from;
	while (at < l->len && !is_at(l, at, name, origin)) {
		struct head h = head_at(l, at);

		at += size_of(&h);
	}
	return at;
}

/* Make what takes OLD bytes at AT take NEW. */
static void resize(struct sh_latest *l, uint32_t at, uint32_t old, uint32_t new)
{
	uint32_t len = l->len - old + new;

	if (len > l->cap) {
		l->cap = l->cap ? len + len / 4 : len;
		l->data = sh_realloc(l->data, l->cap);
	}
	memmove(l->data + at + new, l->data + at + old, l->len - at - old);
	l->len = len;
}

/* Whether two of the groups have one name. */
static bool has_pair(const struct sh_latest *l)
{
	struct sh_latest_group a, b;

	for (uint32_t at = 0; sh_latest_next(l, &at, &a);)
		for (uint32_t behind = at; sh_latest_next(l, &behind, &b);)
			if (sh_span_equal(a.name, b.name))
				return true;
	return false;
}

/* The last group is new, and named so. */
static void note_new(struct sh_latest *l, struct sh_span name)
{
	bool was_single = l->is_single;

	l->is_single = false;
	l->is_single = was_single && !sh_latest_is_shared(l, name);
}

/* One that may be new, or as long as it never was. Returns where the group behind it stands. */
static uint32_t put_anew(struct sh_latest *l, struct sh_span name, uint16_t origin, struct sh_span text,
		    int64_t time, uint32_t from)
{
	uint32_t at = find(l, name, origin, from), old = 0;
	struct head h = { time, SH_LATEST_FIRST, (uint16_t)name.len, origin, (uint32_t)text.len };

	if (at < l->len) {
		struct head last = head_at(l, at);

		old = size_of(&last);
		h.interval = time > last.time ? time - last.time : last.interval;
	}
	if (old != size_of(&h))
		resize(l, at, old, size_of(&h));
	memcpy(l->data + at, &h, sizeof(h));
	memcpy(l->data + at + sizeof(h), name.p, name.len);
	memcpy(l->data + at + sizeof(h) + name.len, text.p, text.len);
	if (!old)
		note_new(l, name);
	return at + size_of(&h);
}

/* Mostly it takes the place of the one before. */
static inline uint32_t put(struct sh_latest *l, struct sh_span name, uint16_t origin, struct sh_span text,
			   int64_t time, uint32_t from)
{
	struct head h;

	if (from >= l->len || !is_at(l, from, name, origin))
		return put_anew(l, name, origin, text, time, from);
	h = head_at(l, from);
	if (h.text != text.len)
		return put_anew(l, name, origin, text, time, from);
	if (time > h.time)
		h.interval = time - h.time;
	h.time = time;
	memcpy(l->data + from, &h, sizeof(h));
	memcpy(l->data + from + sizeof(h) + h.name, text.p, text.len);
	return from + size_of(&h);
}

static bool is_forgotten(const struct sh_latest *l, int64_t limit)
{
	for (uint32_t at = 0; at < l->len;) {
		struct head h = head_at(l, at);

		if (h.time > limit)
			return false;
		at += size_of(&h);
	}
	return true;
}

static inline uint32_t put_named(struct sh_latest *l, struct sh_span name, size_t origin, struct sh_span text,
				 int64_t time, uint32_t from)
{
	if (name.len > NAME_MAX_LEN || text.len > TEXT_MAX_LEN)
		return from;
	return put(l, name, origin < UINT16_MAX ? (uint16_t)origin : UINT16_MAX, text, time, from);
}

static uint32_t put_decoded(struct sh_latest *l, const struct sh_pick_text *t, size_t origin, int64_t time,
			    uint32_t from)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	sh_json_decode(t->name, &name);
	return put_named(l, (struct sh_span){ sh_buf_str(&name), name.len }, origin, t->object, time, from);
}

bool sh_latest_note(struct sh_latest *l, const struct sh_pick *pick, size_t origin, int64_t time,
		    int64_t forget)
{
	bool forgot = l->len > FULL || is_forgotten(l, time - forget);
	uint32_t next = 0; /* groups mostly come in the order in which they came before */

	if (forgot)
		l->len = 0;
	l->is_single = l->is_single || !l->len;
	for (size_t i = 0; i < pick->texts; i++) {
		const struct sh_pick_text *t = &pick->text_of[i];

		if (t->escaped)
			next = put_decoded(l, t, origin, time, next);
		else
			next = put_named(l, t->name, origin, t->object, time, next);
	}
	return forgot;
}

bool sh_latest_next(const struct sh_latest *l, uint32_t *at, struct sh_latest_group *out)
{
	const char *name;
	struct head h;

	if (*at >= l->len)
		return false;
	name = l->data + *at + sizeof(struct head);
	h = head_at(l, *at);
	*out = (struct sh_latest_group){ h.time, h.interval, { name, h.name },
					 { .text = { name + h.name, h.text }, .type = SH_JSON_OBJECT } };
	*at += size_of(&h);
	return true;
}

/* Whether another group of the same name, newer than G, has the member. */
static bool is_newer_elsewhere(const struct sh_latest *l, const struct sh_latest_group *g, const char *member)
{
	struct sh_latest_group other;
	bool found = false;

	for (uint32_t at = 0; !found && sh_latest_next(l, &at, &other);) {
		json_t *group;

		if (other.name.p == g->name.p || !sh_span_equal(other.name, g->name) ||
		    other.time < g->time || (other.time == g->time && other.name.p < g->name.p))
			continue;
		group = sh_json_build_group(other.object);
		found = json_object_get(group, member) != NULL;
		json_decref(group);
	}
	return found;
}

/* A member that two collectors measure is as the newer of them says, while that is fresh. */
static void merge(json_t *metrics, const struct sh_latest_group *g, json_t *group, bool is_fresh,
		  const struct sh_latest *l)
{
	json_t *into = json_object_getn(metrics, g->name.p, g->name.len), *v;
	bool is_shared = sh_latest_is_shared(l, g->name);
	const char *name;
	void *next;

	if (!is_fresh)
		return;
	if (!into) {
		into = json_object();
		json_object_setn_new_nocheck(metrics, g->name.p, g->name.len, into);
	}
	json_object_foreach_safe(group, next, name, v)
		if (!is_shared || !is_newer_elsewhere(l, g, name))
			json_object_set_nocheck(into, name, v);
}

bool sh_latest_is_shared(const struct sh_latest *l, struct sh_span name)
{
	struct sh_latest_group g;
	unsigned n = 0;

	if (l->is_single)
		return false;
	for (uint32_t at = 0; n < 2 && sh_latest_next(l, &at, &g);)
		n += sh_span_equal(g.name, name);
	return n > 1;
}

static json_t *metrics_since(const struct sh_latest *l, int64_t now, int64_t intervals)
{
	json_t *metrics = l->len ? json_object() : NULL;
	struct sh_latest_group g;

	for (uint32_t at = 0; sh_latest_next(l, &at, &g);) {
		json_t *group = sh_json_build_group(g.object);

		if (group)
			merge(metrics, &g, group, !intervals || now - g.time < intervals * g.interval, l);
		json_decref(group);
	}
	return metrics;
}

json_t *sh_latest_metrics(const struct sh_latest *l)
{
	return metrics_since(l, 0, 0);
}

json_t *sh_latest_fresh(const struct sh_latest *l, int64_t now)
{
	return metrics_since(l, now, SH_LATEST_FRESH);
}

void sh_latest_store(const struct sh_latest *l, struct sh_buf *out)
{
	sh_bytes_put(out, l->len, 4);
	for (uint32_t at = 0; at < l->len;) {
		struct head h = head_at(l, at);

		sh_bytes_put(out, (uint64_t)h.time, 8);
		sh_bytes_put(out, (uint64_t)h.interval, 8);
		sh_bytes_put(out, h.name, 2);
		sh_bytes_put(out, h.origin, 2);
		sh_bytes_put(out, h.text, 4);
		sh_buf_add(out, l->data + at + sizeof(h), h.name + h.text);
		at += size_of(&h);
	}
}

/* One group; its text has to be JSON, as it is taken apart without a check later. */
static bool load_group(struct sh_latest *l, struct sh_bytes *in, uint32_t *left)
{
	struct sh_index ix = SH_INDEX_INIT;
	uint64_t time, interval, name, origin, text;
	struct head h;
	bool valid;

	if (!sh_bytes_take(in, 8, &time) || !sh_bytes_take(in, 8, &interval) ||
	    !sh_bytes_take(in, 2, &name) || !sh_bytes_take(in, 2, &origin) || !sh_bytes_take(in, 4, &text) || name > NAME_MAX_LEN ||
	    text > TEXT_MAX_LEN || in->len < name + text ||
	    *left < sizeof(h) + name + text)
		return false;
	valid = sh_scan_object(&ix, (const char *)in->p + name, text) == 0;
	sh_index_release(&ix);
	if (!valid)
		return false;
	h = (struct head){ (int64_t)time, (int64_t)interval, (uint16_t)name, (uint16_t)origin,
			   (uint32_t)text };
	memcpy(l->data + l->len, &h, sizeof(h));
	memcpy(l->data + l->len + sizeof(h), in->p, name + text);
	l->len += size_of(&h);
	*left -= size_of(&h);
	in->p += name + text;
	in->len -= name + text;
	return true;
}

bool sh_latest_load(struct sh_latest *l, struct sh_bytes *in)
{
	uint64_t total;
	uint32_t left;

	if (!sh_bytes_take(in, 4, &total) || total > in->len)
		return false;
	left = (uint32_t)total;
	l->data = sh_realloc(l->data, left + 1);
	l->cap = left + 1;
	l->len = 0;
	while (left)
		if (!load_group(l, in, &left)) {
			sh_latest_release(l);
			return false;
		}
	l->is_single = l->len < FEW && !has_pair(l);
	return true;
}

void sh_latest_move(struct sh_latest *l, int64_t by)
{
	for (uint32_t at = 0; at < l->len;) {
		struct head h = head_at(l, at);

		h.time = sh_damage_moved(h.time, by);
		memcpy(l->data + at, &h, sizeof(h));
		at += size_of(&h);
	}
}
