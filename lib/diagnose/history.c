/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/history.h"

#include <string.h>

#include "base/mem.h"
#include "record/json.h"

#define HELD 4 /* one of so many points is from before a fault that lasts */
#define DROPPED_AT_ONCE 8 /* of a full window so big a part goes, so that few moves are made */

static void free_track(void *arg)
{
	struct sh_track *t = arg;

	free(t->point);
	free(t);
}

static void free_entity(void *arg)
{
	struct sh_past_entity *e = arg;

	sh_map_release(&e->tracks);
	free(e->host);
	free(e->line);
	free(e);
}

static void free_event(struct sh_past_event *e)
{
	free(e->entity);
	free(e->host);
	free(e->type);
	free(e->text);
}

void sh_history_init(struct sh_history *h)
{
	memset(h, 0, sizeof(*h));
	h->most = SH_HISTORY_TRACKS;
	sh_map_init(&h->entities, free_entity);
	sh_map_init(&h->template_ids, NULL);
}

void sh_history_release(struct sh_history *h)
{
	sh_map_release(&h->entities);
	sh_map_release(&h->template_ids);
	sh_log_miner_free(h->miner);
	for (size_t i = 0; i < h->events; i++)
		free_event(&h->event[i]);
	for (size_t i = 0; i < h->templates; i++)
		free(h->template[i].text);
	free(h->event);
	free(h->template);
	free(h->slot);
	sh_buf_release(&h->graves);
	sh_history_init(h);
}

const struct sh_past_entity *sh_history_find(const struct sh_history *h, struct sh_span entity)
{
	return sh_map_get(&h->entities, entity.p, entity.len);
}

const struct sh_track *sh_history_next(const struct sh_past_entity *e, size_t *i)
{
	const struct sh_map_entry *entry = sh_map_next(&e->tracks, i);

	return entry ? entry->value : NULL;
}

struct sh_past_entity *sh_history_entity(struct sh_history *h, struct sh_span entity,
					 struct sh_span host)
{
	struct sh_past_entity *e = sh_map_get(&h->entities, entity.p, entity.len);

	if (!e) {
		if (h->entities.live >= h->most) {
			h->refused++;
			return NULL;
		}
		e = sh_calloc(1, sizeof(*e));
		sh_map_init(&e->tracks, free_track);
		e->number = (uint32_t)h->entities.live;
		e->name = sh_map_put(&h->entities, entity.p, entity.len, e);
	}
	e->version++; /* whoever asks for it to change it does so */
	if (!e->host || !sh_span_is(host, e->host)) {
		free(e->host);
		e->host = sh_strndup(host.p ? host.p : "", host.len);
		e->dirty = true;
	}
	return e;
}

struct sh_track *sh_history_track(struct sh_history *h, struct sh_past_entity *e,
				  struct sh_span name)
{
	struct sh_track *t = sh_map_get(&e->tracks, name.p, name.len);

	if (t)
		return t;
	if (h->tracks >= h->most) {
		h->refused++;
		return NULL;
	}
	h->tracks++;
	t = sh_calloc(1, sizeof(*t));
	t->name = sh_map_put(&e->tracks, name.p, name.len, t);
	t->family = sh_family_of(t->name);
	t->direction = sh_family_direction(t->name);
	t->of_callee = sh_family_is_of_callee(t->name);
	t->share = t->family == SH_FAMILY_RESOURCE && sh_family_is_share(t->name);
	return t;
}

/* How many points a metric may keep now. */
static uint32_t share(const struct sh_history *h)
{
	size_t each = h->tracks ? SH_HISTORY_TOTAL / h->tracks : SH_HISTORY_POINTS;

	if (each > SH_HISTORY_POINTS)
		return SH_HISTORY_POINTS;
	return each < SH_HISTORY_SHARE ? SH_HISTORY_SHARE : (uint32_t)each;
}

void sh_history_trim(struct sh_history *h, struct sh_track *t, uint32_t n)
{
	if (t->n <= n)
		return;
	h->points -= t->n - n;
	memmove(t->point, t->point + (t->n - n), n * sizeof(*t->point));
	t->n = n;
	if (t->fresh > n)
		t->fresh = n;
}

uint32_t sh_track_before(const struct sh_track *t, int64_t time)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (t->point[mid].time < time)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Make room: of MOST points the oldest go, but for those that are held. When others went,
 * it is stored as a whole again.
 */
static void make_room(struct sh_history *h, struct sh_track *t, uint32_t most)
{
	uint32_t wanted = most - most / DROPPED_AT_ONCE, old = h->held ? sh_track_before(t, h->held) : 0;
	uint32_t held = old < most / HELD ? old : most / HELD, from = t->n - (wanted - held);

	if (held && from > old) {
		memmove(t->point, t->point + (old - held), held * sizeof(*t->point));
		memmove(t->point + held, t->point + from, (t->n - from) * sizeof(*t->point));
		h->points -= t->n - wanted;
		t->n = t->fresh = wanted;
		return;
	}
	sh_history_trim(h, t, wanted);
}

static uint32_t place_of(const struct sh_track *t, int64_t time)
{
	uint32_t at = t->n;

	while (at && t->n - at < SH_HISTORY_LATE && t->point[at - 1].time > time)
		at--;
	return at;
}

void sh_history_point(struct sh_history *h, struct sh_track *t, struct sh_point p)
{
	uint32_t most = share(h), at = place_of(t, p.time);

	if (at && t->point[at - 1].time >= p.time) {
		h->late++;
		return;
	}
	if (t->n >= most) {
		make_room(h, t, most);
		at = place_of(t, p.time);
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 8;
		t->point = sh_reallocn(t->point, t->cap, sizeof(*t->point));
	}
	memmove(t->point + at + 1, t->point + at, (t->n - at) * sizeof(*t->point));
	t->point[at] = p;
	h->points++;
	/* What a late point is put before is stored again. */
	t->fresh = t->fresh + 1 > t->n - at + 1 ? t->fresh + 1 : t->n - at + 1;
	t->n++;
}

void sh_history_line(struct sh_history *h, struct sh_past_entity *e, struct sh_line line)
{
	if (e->lines == SH_HISTORY_LINES) {
		uint32_t dropped = SH_HISTORY_LINES / DROPPED_AT_ONCE;

		memmove(e->line, e->line + dropped, (e->lines - dropped) * sizeof(*e->line));
		e->lines -= dropped;
		h->lines -= dropped;
		if (e->fresh_lines > e->lines)
			e->fresh_lines = e->lines;
	}
	sh_grow(e->line, e->lines, e->line_cap);
	e->line[e->lines++] = line;
	h->lines++;
	e->fresh_lines++;
	e->dirty = true;
}

/* {"cpu":"0","mode":"idle"}, sorted; nothing without dims. */
static void add_dims(struct sh_buf *out, const struct sh_record *r)
{
	json_t *dims = r->dims.type == SH_JSON_OBJECT ? sh_record_dims(r) : NULL;
	char *text = json_object_size(dims) ? sh_json_text(dims, JSON_SORT_KEYS | JSON_COMPACT) : NULL;

	if (text)
		sh_buf_addstr(out, text);
	free(text);
	json_decref(dims);
}

static void take_group(struct sh_history *h, struct sh_past_entity *e, const struct sh_record *r,
		       const char *group, json_t *members, const char *dims)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *member;
	json_t *value;

	json_object_foreach(members, member, value) {
		struct sh_track *t;

		if (sh_family_is_a_name(member))
			continue;
		sh_buf_clear(&name);
		sh_buf_addf(&name, "%s.%s%s", group, member, dims);
		t = sh_history_track(h, e, (struct sh_span){ name.data, name.len });
		if (t)
			sh_history_point(h, t, (struct sh_point){ r->time, json_number_value(value) });
	}
}

static void take_sample(struct sh_history *h, const struct sh_record *r)
{
	SH_CLEANUP_BUF struct sh_buf dims = SH_BUF_INIT;
	struct sh_past_entity *e = sh_history_entity(h, r->entity, r->host);
	json_t *metrics, *members;
	const char *group;

	if (!e)
		return;
	e->dirty = true;
	add_dims(&dims, r);
	metrics = sh_record_metrics(r);
	json_object_foreach(metrics, group, members)
		take_group(h, e, r, group, members, sh_buf_str(&dims));
	json_decref(metrics);
}

void sh_history_add_event(struct sh_history *h, int64_t time, const char *entity, const char *host,
			  const char *type, const char *text)
{
	if (h->events == SH_HISTORY_EVENTS) {
		size_t dropped = SH_HISTORY_EVENTS / DROPPED_AT_ONCE;

		for (size_t i = 0; i < dropped; i++)
			free_event(&h->event[i]);
		h->events -= dropped;
		memmove(h->event, h->event + dropped, h->events * sizeof(*h->event));
	}
	sh_grow(h->event, h->events, h->event_cap);
	h->event[h->events++] = (struct sh_past_event){ time, sh_strdup(entity), sh_strdup(host),
							sh_strdup(type), sh_strdup(text) };
	h->dirty_events = true;
}

static char *member_text(const struct sh_record *r, const char *name)
{
	struct sh_slice value = sh_record_member(r, name);
	struct sh_buf text = SH_BUF_INIT;

	if (value.type == SH_JSON_STRING)
		sh_json_unescape(value, &text);
	return sh_buf_take(&text);
}

static void take_event(struct sh_history *h, const struct sh_record *r)
{
	SH_CLEANUP_FREE char *type = member_text(r, "type"), *text = member_text(r, "text");
	SH_CLEANUP_FREE char *entity = sh_strndup(r->entity.p, r->entity.len);
	SH_CLEANUP_FREE char *host = sh_strndup(r->host.p, r->host.len);

	sh_history_add_event(h, r->time, entity, host, type, text);
}

void sh_history_record(struct sh_history *h, const struct sh_record *r)
{
	if (r->kind == SH_KIND_SAMPLE)
		take_sample(h, r);
	else if (r->kind == SH_KIND_LOG)
		sh_history_log(h, r);
	else if (r->kind == SH_KIND_EVENT)
		take_event(h, r);
}
