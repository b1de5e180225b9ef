/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/alerts.h"

#include <stdlib.h>

#include "base/mem.h"

static void free_held(void *p)
{
	struct sh_prom_held *h = p;

	free(h->labels);
	free(h->origin);
	free(h->why);
	free(h);
}

void sh_prom_alerts_init(struct sh_prom_alerts *a)
{
	sh_map_init(&a->by_key, free_held);
}

void sh_prom_alerts_release(struct sh_prom_alerts *a)
{
	sh_map_release(&a->by_key);
}

static void set_origin(struct sh_prom_held *h, const char *origin)
{
	if (h->origin && origin && !strcmp(h->origin, origin))
		return;
	free(h->origin);
	h->origin = sh_strdup_or_null(origin);
	h->alert.origin = h->origin;
}

static struct sh_prom_held *hold(struct sh_prom_alerts *a, const struct sh_prom_labels *labels,
				 const struct sh_buf *key)
{
	struct sh_prom_held *h = sh_calloc(1, sizeof(*h));

	h->labels = sh_prom_labels_copy(labels);
	h->alert.labels = h->labels;
	h->alert.seen = INT64_MIN;
	sh_map_put(&a->by_key, sh_buf_str(key), key->len, h);
	return h;
}

struct sh_prom_held *sh_prom_alerts_note(struct sh_prom_alerts *a, const struct sh_prom_elem *elem,
					 int64_t now)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_prom_held *h;

	sh_prom_labels_key(elem->labels, &key);
	h = sh_map_get(&a->by_key, sh_buf_str(&key), key.len);
	if (h && h->alert.seen == now)
		return NULL;
	if (!h) {
		h = hold(a, elem->labels, &key);
		h->alert.since = now;
	}
	h->alert.seen = now;
	h->alert.hits++;
	h->alert.value = elem->value;
	set_origin(h, elem->origin);
	return h;
}

/* Not in the result: a pending one is over, a firing one when it was kept long enough. */
static bool is_over(const struct sh_prom_alert *a, const struct sh_prom_rule *rule, int64_t now)
{
	return a->seen != now && (!a->firing || now - a->seen >= rule->keep_time);
}

static void set_why(struct sh_prom_held *h, char *why)
{
	free(h->why);
	h->why = why;
	h->alert.why = why;
}

/* It fires: is there anything to tell of it? */
static bool is_due(const struct sh_prom_alert *a, const struct sh_prom_rule *rule, bool was, int64_t now,
		   enum sh_prom_change *change)
{
	*change = !was ? SH_PROM_OPENED : now - a->told >= rule->repeat ? SH_PROM_LASTS : SH_PROM_HUSHED;
	return *change != SH_PROM_HUSHED || (a->why && a->seen == now);
}

void sh_prom_alerts_settle(struct sh_prom_alerts *a, const struct sh_prom_rule *rule, int64_t now,
			   char *(*call)(void *arg, enum sh_prom_change change,
					 const struct sh_prom_alert *alert),
			   void *arg)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&a->by_key, &i))) {
		struct sh_prom_held *h = e->value;
		struct sh_prom_alert *alert = &h->alert;
		enum sh_prom_change change;
		bool was = alert->firing;

		if (is_over(alert, rule, now)) {
			if (was)
				free(call(arg, SH_PROM_ENDED, alert));
			sh_map_remove(&a->by_key, e->key, e->len);
			continue;
		}
		alert->firing = was || now - alert->since >= rule->for_time;
		if (!alert->firing || !is_due(alert, rule, was, now, &change))
			continue;
		alert->opened = was ? alert->opened : now;
		set_why(h, call(arg, change, alert));
		alert->heard |= !h->why;
		if (change != SH_PROM_HUSHED || !h->why)
			alert->told = now;
	}
}

void sh_prom_alerts_save(const struct sh_prom_alerts *a, struct sh_buf *out)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	sh_bytes_put(out, a->by_key.live, 4);
	while ((e = sh_map_next(&a->by_key, &i))) {
		const struct sh_prom_held *h = e->value;

		sh_bytes_put_span(out, (struct sh_span){ e->key, e->len });
		sh_bytes_put_span(out, sh_span_of(h->origin ? h->origin : ""));
		sh_bytes_put_double(out, h->alert.value);
		sh_bytes_put(out, (uint64_t)h->alert.since, 8);
		sh_bytes_put(out, (uint64_t)h->alert.seen, 8);
		sh_bytes_put(out, h->alert.firing, 1);
		sh_bytes_put(out, (uint64_t)h->alert.opened, 8);
		sh_bytes_put(out, (uint64_t)h->alert.told, 8);
		sh_bytes_put(out, h->alert.hits, 8);
		sh_bytes_put_span(out, sh_span_of(h->why ? h->why : ""));
		sh_bytes_put(out, h->alert.heard, 1);
	}
}

/* The older form says nothing of it: what fired was told. */
static bool take_hushed(struct sh_bytes *in, unsigned form, struct sh_buf *why, uint64_t *heard)
{
	sh_buf_clear(why);
	*heard = true;
	return form < SH_PROM_FORM_HUSHED || (sh_bytes_take_text(in, why) && sh_bytes_take(in, 1, heard));
}

static bool load_one(struct sh_prom_alerts *a, struct sh_bytes *in, unsigned form, struct sh_buf *key,
		     struct sh_buf *origin)
{
	SH_CLEANUP_BUF struct sh_buf why = SH_BUF_INIT;
	struct sh_arena arena = SH_ARENA_INIT;
	const struct sh_prom_labels *l;
	struct sh_prom_held *h;
	uint64_t since, seen, firing, opened, told, hits, heard;
	double value;

	if (!sh_bytes_take_text(in, key) || !sh_bytes_take_text(in, origin) || !sh_bytes_take_double(in, &value) ||
	    !sh_bytes_take(in, 8, &since) || !sh_bytes_take(in, 8, &seen) ||
	    !sh_bytes_take(in, 1, &firing) || !sh_bytes_take(in, 8, &opened) ||
	    !sh_bytes_take(in, 8, &told) || !sh_bytes_take(in, 8, &hits) ||
	    !take_hushed(in, form, &why, &heard))
		return false;
	l = sh_prom_labels_from_key(&arena, sh_buf_str(key), key->len);
	if (l) {
		h = hold(a, l, key);
		h->alert.value = value;
		h->alert.since = (int64_t)since;
		h->alert.seen = (int64_t)seen;
		h->alert.firing = firing != 0;
		h->alert.opened = (int64_t)opened;
		h->alert.told = (int64_t)told;
		h->alert.hits = hits;
		h->alert.heard = heard != 0;
		set_why(h, why.len ? sh_strdup(sh_buf_str(&why)) : NULL);
		set_origin(h, origin->len ? sh_buf_str(origin) : NULL);
	}
	sh_arena_release(&arena);
	return l != NULL;
}

bool sh_prom_alerts_load(struct sh_prom_alerts *a, struct sh_bytes *in, unsigned form)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT, origin = SH_BUF_INIT;
	uint64_t n;
	bool ok = sh_bytes_take(in, 4, &n);

	for (uint64_t i = 0; ok && i < n; i++)
		ok = load_one(a, in, form, &key, &origin);
	return ok;
}
