/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/store.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* the keys are short: a call would cost as much as they do */
#include <xxhash.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "record/json.h"

#define FIRST_SLOTS 64
/* Ways to write a series that are remembered: a source may say something new in each record. */
#define ALIASES_MIN  10000
#define ALIASES_EACH 8
#define SWEEP_EVERY SH_DAY
/* Of one series, and names in all: who makes up more is no collector. */
#define ORIGINS	   64
#define COLLECTORS 10000

/* The bytes by which a series is written, as their digest: 112 bits do not meet by chance. */
struct sh_alias {
	uint64_t low, high;         /* the 16 low bits of HIGH are the origin */
	struct sh_subject *subject; /* NULL: free */
};

#define ORIGIN_BITS UINT64_C(0xffff)

/* Whose line has a head: it need not be looked for. */
struct sh_named {
	uint64_t low, high;
	struct sh_subject *subject; /* NULL: free */
	size_t origin;
};

void sh_store_init(struct sh_store *st, size_t host_paths)
{
	memset(st, 0, sizeof(*st));
	st->round = 1;
	sh_map_init(&st->collector, NULL);
	sh_hosts_init(&st->hosts, host_paths);
}

static void free_subject(struct sh_subject *s)
{
	struct sh_watched *w;

	while ((w = s->watch)) {
		s->watch = w->next;
		sh_watched_free(w);
	}
	sh_latest_release(&s->latest);
	if (s->origin != &s->first)
		free(s->origin);
	free(s->past);
	if (s->rare)
		free(s->rare->line);
	free(s->rare);
	free(s);
}

static void drop(struct sh_store *st, struct sh_subject *s)
{
	if (st->forget)
		st->forget(st->arg, s);
	free_subject(s);
}

void sh_store_release(struct sh_store *st)
{
	for (size_t i = 0; i < st->n; i++)
		drop(st, st->subject[i]);
	free(st->subject);
	free(st->slot);
	free(st->alias);
	free(st->named);
	sh_map_release(&st->collector);
	sh_hosts_release(&st->hosts);
	sh_buf_release(&st->graves);
}

static void place(struct sh_store *st, size_t number)
{
	const struct sh_subject *s = st->subject[number];
	size_t i = sh_hash64(s->key, s->key_len) & (st->slots - 1);

	while (st->slot[i])
		i = (i + 1) & (st->slots - 1);
	st->slot[i] = (uint32_t)number + 1;
}

/* All places anew, at most half of them taken. */
static void place_all(struct sh_store *st)
{
	size_t slots = FIRST_SLOTS;

	while (slots < st->n * 2 + 2)
		slots *= 2;
	free(st->slot);
	st->slot = sh_calloc(slots, sizeof(*st->slot));
	st->slots = slots;
	for (size_t i = 0; i < st->n; i++)
		place(st, i);
}

struct sh_subject *sh_store_key(struct sh_store *st, struct sh_span key, size_t entity_len)
{
	if (!st->slots)
		return NULL;
	for (size_t i = sh_hash64(key.p, key.len) & (st->slots - 1); st->slot[i];
	     i = (i + 1) & (st->slots - 1)) {
		struct sh_subject *s = st->subject[st->slot[i] - 1];

		if (s->key_len == key.len && s->entity_len == entity_len &&
		    !memcmp(s->key, key.p, key.len))
			return s;
	}
	return NULL;
}

struct sh_subject *sh_store_make(struct sh_store *st, struct sh_span key, size_t entity_len,
				 struct sh_span host)
{
	struct sh_subject *s = sh_calloc(1, sizeof(*s) + key.len + 1);

	memcpy(s->key, key.p, key.len);
	s->key_len = (uint32_t)key.len;
	s->entity_len = (uint32_t)entity_len;
	s->host = sh_hosts_get(&st->hosts, host);
	s->origin = &s->first;
	s->last = INT64_MIN;
	s->due = INT64_MAX;
	sh_store_touch(st, s);
	sh_grow(st->subject, st->n, st->cap);
	st->subject[st->n++] = s;
	if (st->n * 2 > st->slots)
		place_all(st);
	else
		place(st, st->n - 1);
	s->whole = s;
	if (key.len > entity_len) {
		key.len = entity_len;
		s->whole = sh_store_key(st, key, entity_len);
		if (!s->whole)
			s->whole = sh_store_make(st, key, entity_len, host);
	}
	return s;
}

static const char *intern(struct sh_store *st, struct sh_span name)
{
	const char *known = sh_map_get(&st->collector, name.p, name.len);

	if (known)
		return known;
	if (st->collector.live >= COLLECTORS && name.len)
		return intern(st, (struct sh_span){ "", 0 });
	/* The map's own copy of the key is the name. */
	known = sh_map_put(&st->collector, name.p, name.len, NULL);
	sh_map_put(&st->collector, name.p, name.len, (void *)(uintptr_t)known);
	return known;
}

size_t sh_store_origin(struct sh_store *st, struct sh_subject *s, struct sh_span collector)
{
	const char *name = intern(st, collector);

	for (size_t i = 0; i < s->origins; i++)
		if (s->origin[i].collector == name)
			return i;
	/* All others are one. */
	if (s->origins == ORIGINS)
		return ORIGINS - 1;
	if (s->origins && s->origin == &s->first) {
		s->origin = sh_reallocn(NULL, 2, sizeof(*s->origin));
		s->origin[0] = s->first;
	} else if (s->origins) {
		s->origin = sh_reallocn(s->origin, s->origins + 1, sizeof(*s->origin));
	}
	s->origin[s->origins] = (struct sh_origin){ .collector = name, .last = INT64_MIN };
	return s->origins++;
}

static struct sh_subject *take_apart(struct sh_store *st, const struct sh_record *r, size_t *origin)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_subject *s;
	struct sh_span span;
	json_t *source;

	sh_record_series_key(r, &key);
	span = (struct sh_span){ key.data, key.len };
	s = sh_store_key(st, span, r->entity.len);
	if (!s && st->is_full) {
		st->refused++;
		return NULL;
	}
	source = sh_record_source(r);
	if (!s)
		s = sh_store_make(st, span, r->entity.len, r->host);
	*origin = sh_store_origin(st, s, sh_span_of(sh_json_str(source, "collector", "")));
	json_decref(source);
	return s;
}

static XXH128_hash_t digest_of(const struct sh_record *r)
{
	const struct sh_slice dims = r->dims, source = r->source;
	struct sh_span together;
	XXH128_hash_t d;

	if (sh_record_identity(r, &together))
		return XXH3_128bits_withSeed(together.p, together.len, 1);
	d = XXH3_128bits(r->entity.p, r->entity.len);
	if (dims.type == SH_JSON_OBJECT)
		d = XXH3_128bits_withSeed(dims.text.p, dims.text.len, d.low64 ^ d.high64);
	if (source.type == SH_JSON_OBJECT)
		d = XXH3_128bits_withSeed(source.text.p, source.text.len,
					  d.low64 * 3 + d.high64);
	return d;
}

static struct sh_alias *alias_slot(const struct sh_store *st, uint64_t low, uint64_t high)
{
	size_t i = low & (st->alias_slots - 1);

	while (st->alias[i].subject &&
	       (st->alias[i].low != low || (st->alias[i].high ^ high) & ~ORIGIN_BITS))
		i = (i + 1) & (st->alias_slots - 1);
	return &st->alias[i];
}

static void grow_aliases(struct sh_store *st)
{
	struct sh_alias *old = st->alias;
	size_t n = st->alias_slots;

	st->alias_slots = n ? n * 2 : FIRST_SLOTS;
	st->alias = sh_calloc(st->alias_slots, sizeof(*st->alias));
	for (size_t i = 0; i < n; i++)
		if (old[i].subject)
			*alias_slot(st, old[i].low, old[i].high) = old[i];
	free(old);
}

/* Bytes that name somebody who has many such names are taken apart again when they come. */
static void forget_aliases(struct sh_store *st)
{
	if (st->aliases)
		memset(st->alias, 0, st->alias_slots * sizeof(*st->alias));
	if (st->named)
		memset(st->named, 0, SH_SHAPE_HEADS * sizeof(*st->named));
	st->aliases = 0;
}

static void make_room(struct sh_store *st)
{
	if (st->aliases > ALIASES_MIN && st->aliases / ALIASES_EACH > st->n)
		forget_aliases(st);
	else
		grow_aliases(st);
}

static struct sh_subject *find_alias(struct sh_store *st, const struct sh_record *r, size_t *origin)
{
	XXH128_hash_t digest = digest_of(r);
	struct sh_alias *a;

	if (st->aliases * 4 >= st->alias_slots * 3)
		make_room(st);
	a = alias_slot(st, digest.low64, digest.high64);
	if (!a->subject) {
		struct sh_subject *s = take_apart(st, r, origin);

		if (!s)
			return NULL;
		*a = (struct sh_alias){ digest.low64, (digest.high64 & ~ORIGIN_BITS) | *origin, s };
		st->aliases++;
	}
	*origin = a->high & ORIGIN_BITS;
	return a->subject;
}

struct sh_subject *sh_store_find(struct sh_store *st, const struct sh_record *r, size_t *origin)
{
	const struct sh_shape_head *head = r->head;
	struct sh_named *of;

	if (!head)
		return find_alias(st, r, origin);
	if (!st->named)
		st->named = sh_calloc(SH_SHAPE_HEADS, sizeof(*st->named));
	of = &st->named[head->number];
	if (!of->subject || of->low != head->low || of->high != head->high) {
		struct sh_subject *s = find_alias(st, r, origin);

		*of = (struct sh_named){ head->low, head->high, s, *origin };
		return s;
	}
	*origin = of->origin;
	return of->subject;
}

struct sh_rare *sh_subject_rare(struct sh_subject *s)
{
	if (!s->rare)
		s->rare = sh_calloc(1, sizeof(*s->rare));
	return s->rare;
}

void sh_subject_keep_line(struct sh_subject *s, struct sh_span line)
{
	struct sh_rare *rare = s->rare;

	if (!line.len) {
		if (rare)
			rare->line_len = 0;
		return;
	}
	rare = sh_subject_rare(s);
	if (rare->line_len < line.len)
		rare->line = sh_realloc(rare->line, line.len);
	memcpy(rare->line, line.p, line.len);
	rare->line_len = (uint32_t)line.len;
}

int sh_subject_order(const struct sh_subject *a, const struct sh_subject *b)
{
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->key, b->key, n);

	return order ? order : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static int by_key(const void *x, const void *y)
{
	return sh_subject_order(*(struct sh_subject *const *)x, *(struct sh_subject *const *)y);
}

struct sh_subject **sh_store_sorted(const struct sh_store *st)
{
	struct sh_subject **list = sh_reallocn(NULL, st->n + 1, sizeof(*list));

	if (st->n)
		memcpy(list, st->subject, st->n * sizeof(*list));
	qsort(list, st->n, sizeof(*list), by_key);
	return list;
}

bool sh_store_sweep_is_due(const struct sh_store *st)
{
	return st->largest - st->swept >= SWEEP_EVERY;
}

void sh_store_bury(struct sh_store *st, struct sh_span key)
{
	uint32_t len = (uint32_t)key.len;

	sh_buf_add(&st->graves, &len, sizeof(len));
	sh_buf_add(&st->graves, key.p, len);
}

bool sh_subject_has_open(const struct sh_subject *s)
{
	const struct sh_watched *w = s->watch;

	while (w && !w->watch.open)
		w = w->next;
	return w != NULL;
}

/* An open fault keeps its series, and a part its whole. */
static void mark_wanted(struct sh_store *st, int64_t limit)
{
	for (size_t i = 0; i < st->n; i++)
		st->subject[i]->wanted = st->subject[i]->last > limit || sh_subject_has_open(st->subject[i]);
	for (size_t i = 0; i < st->n; i++)
		if (st->subject[i]->wanted)
			st->subject[i]->whole->wanted = true;
}

/* Nobody else knows a host. */
static void sweep_hosts(struct sh_store *st)
{
	for (size_t i = 0; i < st->n; i++) {
		const struct sh_subject *s = st->subject[i];

		s->host->wanted = true;
		if (s->own_host)
			s->own_host->wanted = true;
	}
	sh_hosts_sweep(&st->hosts);
}

/* Some of them are no more. */
static void forget_followers(struct sh_store *st)
{
	st->recent = NULL;
	for (size_t i = 0; i < st->n; i++)
		st->subject[i]->follower = NULL;
}

void sh_store_sweep(struct sh_store *st)
{
	st->swept = st->largest;
	mark_wanted(st, st->largest - SH_STORE_FORGET);
	sh_store_drop_unwanted(st);
}

void sh_store_drop_unwanted(struct sh_store *st)
{
	size_t kept = 0;

	for (size_t i = 0; i < st->n; i++) {
		struct sh_subject *s = st->subject[i];

		if (s->wanted) {
			st->subject[kept++] = s;
			continue;
		}
		if (st->is_kept)
			sh_store_bury(st, (struct sh_span){ s->key, s->key_len });
		drop(st, s);
	}
	if (kept == st->n)
		return;
	st->n = kept;
	place_all(st);
	forget_aliases(st);
	forget_followers(st);
	sweep_hosts(st);
}
