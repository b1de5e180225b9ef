/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/history_state.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "series/bytes.h"

#define ENTITIES "past"
#define SHARED	 "shared"

static int damaged(struct sh_error *err, const char *what)
{
	sh_error_set_(err, SH_ERRC_STATE, EUCLEAN, "the stored %s are damaged", what);
	return -1;
}

/* NAME, NUL, and the number so that rows are in its order. */
static void row_key(struct sh_buf *key, const char *name, uint32_t row)
{
	sh_buf_clear(key);
	sh_buf_add(key, name, strlen(name) + 1);
	for (int shift = 24; shift >= 0; shift -= 8)
		sh_buf_addch(key, (char)(unsigned char)(row >> shift));
}

static void put_track(struct sh_buf *out, const struct sh_track *t, uint32_t points)
{
	sh_bytes_put_span(out, sh_span_of(t->name));
	sh_bytes_put(out, t->n, 4);
	sh_bytes_put(out, points, 4);
	for (uint32_t i = t->n - points; i < t->n; i++) {
		sh_bytes_put(out, (uint64_t)t->point[i].time, 8);
		sh_bytes_put_double(out, t->point[i].value);
	}
}

static void put_lines(struct sh_buf *out, const struct sh_past_entity *e, uint32_t lines)
{
	sh_bytes_put(out, e->lines, 4);
	sh_bytes_put(out, lines, 4);
	for (uint32_t i = e->lines - lines; i < e->lines; i++) {
		sh_bytes_put(out, (uint64_t)e->line[i].time, 8);
		sh_bytes_put(out, e->line[i].template, 4);
	}
}

static void put_entity(struct sh_buf *out, const struct sh_past_entity *e, bool whole)
{
	const struct sh_track *t;
	size_t i = 0, count = 0;

	while ((t = sh_history_next(e, &i)))
		count += whole || t->fresh;
	sh_bytes_put_span(out, sh_span_of(e->host));
	sh_bytes_put(out, count, 4);
	for (i = 0; (t = sh_history_next(e, &i));)
		if (whole || t->fresh)
			put_track(out, t, whole ? t->n : t->fresh);
	put_lines(out, e, whole ? e->lines : e->fresh_lines);
}

/* The last save is known to have been well by now, unless sh_history_unsaved said otherwise. */
static int save_graves(struct sh_history *h, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	sh_buf_consume(&h->graves, h->told);
	h->told = 0;
	for (size_t at = 0; at < h->graves.len; at += strlen(h->graves.data + at) + 1)
		for (uint32_t i = 0; i < SH_HISTORY_ROWS; i++) {
			row_key(&key, h->graves.data + at, i);
			if (sh_state_delete(state, ENTITIES, key.data, key.len, err) < 0)
				return -1;
		}
	return 0;
}

static int save_entity(const struct sh_past_entity *e, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT, row = SH_BUF_INIT;
	bool whole = e->stored >= SH_HISTORY_ROWS;

	for (uint32_t i = 0; whole && i < e->stored; i++) {
		row_key(&key, e->name, i);
		if (sh_state_delete(state, ENTITIES, key.data, key.len, err) < 0)
			return -1;
	}
	put_entity(&row, e, whole);
	row_key(&key, e->name, whole ? 0 : e->stored);
	return sh_state_put(state, ENTITIES, key.data, key.len, row.data, row.len, err);
}

static void put_logs(struct sh_buf *out, const struct sh_history *h)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	sh_bytes_put(out, h->slots, 4);
	for (size_t k = 0; k < h->slots; k++) {
		sh_bytes_put(out, (uint64_t)h->slot[k].first, 8);
		sh_bytes_put(out, (uint64_t)h->slot[k].last, 8);
	}
	/* Ids are in the order of their templates. */
	sh_bytes_put(out, h->templates, 4);
	while ((entry = sh_map_next(&h->template_ids, &i))) {
		const struct sh_past_template *t = &h->template[(uintptr_t)entry->value - 1];

		sh_bytes_put_span(out, sh_span_of(entry->key));
		sh_bytes_put(out, (uint64_t)t->severity, 1);
		sh_bytes_put_span(out, sh_span_of(t->text));
	}
	if (h->miner)
		sh_log_store(h->miner, out);
}

static void put_events(struct sh_buf *out, const struct sh_history *h)
{
	for (size_t i = 0; i < h->events; i++) {
		const struct sh_past_event *e = &h->event[i];

		sh_bytes_put(out, (uint64_t)e->time, 8);
		sh_bytes_put_span(out, sh_span_of(e->entity));
		sh_bytes_put_span(out, sh_span_of(e->host));
		sh_bytes_put_span(out, sh_span_of(e->type));
		sh_bytes_put_span(out, sh_span_of(e->text));
	}
}

static int save_shared(const struct sh_history *h, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf logs = SH_BUF_INIT, events = SH_BUF_INIT;

	if (h->dirty_logs)
		put_logs(&logs, h);
	if (h->dirty_events)
		put_events(&events, h);
	if (logs.len && sh_state_put(state, SHARED, "logs", 4, logs.data, logs.len, err) < 0)
		return -1;
	return events.len ?
		       sh_state_put(state, SHARED, "events", 6, events.data, events.len, err) :
		       0;
}

int sh_history_save(struct sh_history *h, struct sh_state *state, struct sh_error *err)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	if (save_graves(h, state, err) < 0)
		return -1;
	while ((entry = sh_map_next(&h->entities, &i))) {
		const struct sh_past_entity *e = entry->value;

		if (e->dirty && save_entity(e, state, err) < 0)
			return -1;
	}
	if (save_shared(h, state, err) < 0)
		return -1;
	sh_history_settle(h);
	return 0;
}

static void mark(struct sh_past_entity *e, bool fresh)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	while ((entry = sh_map_next(&e->tracks, &i))) {
		struct sh_track *t = entry->value;

		t->fresh = fresh ? t->n : 0;
	}
	e->fresh_lines = fresh ? e->lines : 0;
	e->dirty = fresh;
}

void sh_history_settle(struct sh_history *h)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	while ((entry = sh_map_next(&h->entities, &i))) {
		struct sh_past_entity *e = entry->value;

		if (e->dirty)
			e->stored = e->stored >= SH_HISTORY_ROWS ? 1 : e->stored + 1;
		mark(e, false);
	}
	h->dirty_events = h->dirty_logs = false;
	h->told = h->graves.len;
}

void sh_history_unsaved(struct sh_history *h)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	while ((entry = sh_map_next(&h->entities, &i))) {
		struct sh_past_entity *e = entry->value;

		mark(e, true);
		e->stored = SH_HISTORY_ROWS; /* whatever rows there are give way to one */
	}
	h->dirty_events = h->dirty_logs = true;
	h->told = 0;
}

struct loading {
	struct sh_history *h;
	struct sh_graph *g;
	bool failed;
};

static bool take_track(struct sh_history *h, struct sh_past_entity *e, struct sh_bytes *in)
{
	uint64_t kept, points, time;
	struct sh_track *t;
	struct sh_span name;
	double value;

	if (!sh_bytes_take_span(in, &name) || !sh_bytes_take(in, 4, &kept) || !sh_bytes_take(in, 4, &points))
		return false;
	t = sh_history_track(h, e, name);
	if (t && points >= kept)
		sh_history_trim(h, t, 0); /* all that there is of it */
	for (uint64_t i = 0; i < points; i++) {
		if (!t || !sh_bytes_take(in, 8, &time) || !sh_bytes_take_double(in, &value))
			return false;
		sh_history_point(h, t, (struct sh_point){ (int64_t)time, value });
	}
	if (t)
		sh_history_trim(h, t, (uint32_t)kept);
	return t != NULL;
}

static bool take_lines(struct loading *l, struct sh_past_entity *e, struct sh_bytes *in)
{
	uint64_t kept, lines, time, template;

	if (!sh_bytes_take(in, 4, &kept) || !sh_bytes_take(in, 4, &lines))
		return false;
	for (uint64_t i = 0; i < lines; i++) {
		if (!sh_bytes_take(in, 8, &time) || !sh_bytes_take(in, 4, &template))
			return false;
		if (template < l->h->templates)
			sh_history_line(l->h, e, (struct sh_line){ (int64_t)time, (uint32_t)template });
		else
			l->failed = true; /* its text is lost, what was measured is not */
	}
	return true;
}

static bool take_entity(struct loading *l, struct sh_span name, struct sh_bytes *in)
{
	struct sh_past_entity *e;
	struct sh_span host;
	uint64_t tracks;

	if (!sh_bytes_take_span(in, &host) || !sh_bytes_take(in, 4, &tracks))
		return false;
	e = sh_history_entity(l->h, name, host);
	for (uint64_t i = 0; e && i < tracks; i++)
		if (!take_track(l->h, e, in))
			return false;
	if (!e || !take_lines(l, e, in))
		return false;
	sh_graph_node(l->g, name);
	mark(e, false);
	e->stored++;
	return true;
}

/* A row that makes no sense costs itself. */
static int load_entity(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct sh_bytes in = { value, len };

	if (key_len < 5 || !take_entity(l, (struct sh_span){ key, key_len - 5 }, &in))
		l->failed = true;
	return 0;
}

static bool take_templates(struct sh_history *h, struct sh_bytes *in)
{
	uint64_t n, severity;
	struct sh_span id, text;

	if (!sh_bytes_take(in, 4, &n) || n > SH_HISTORY_TEMPLATES)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (!sh_bytes_take_span(in, &id) || !sh_bytes_take(in, 1, &severity) || !sh_bytes_take_span(in, &text))
			return false;
		sh_grow(h->template, h->templates, h->template_cap);
		h->template[h->templates++] = (struct sh_past_template){
			sh_strndup(text.p, text.len), (int)severity
		};
		sh_map_put(&h->template_ids, id.p, id.len, (void *)(uintptr_t)h->templates);
	}
	return true;
}

static bool take_slots(struct sh_history *h, struct sh_bytes *in)
{
	uint64_t n, first, last;

	if (!sh_bytes_take(in, 4, &n) || n > SH_HISTORY_SLOTS)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (!sh_bytes_take(in, 8, &first) || !sh_bytes_take(in, 8, &last))
			return false;
		sh_grow(h->slot, h->slots, h->slot_cap);
		h->slot[h->slots++] = (struct sh_past_slot){ (int64_t)first, (int64_t)last };
	}
	return true;
}

static void forget_logs(struct sh_history *h)
{
	for (size_t i = 0; i < h->templates; i++)
		free(h->template[i].text);
	h->templates = h->slots = 0;
	sh_map_release(&h->template_ids);
	sh_map_init(&h->template_ids, NULL);
	sh_log_miner_free(h->miner);
	h->miner = NULL;
}

static int load_logs(struct sh_history *h, struct sh_bytes in, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;
	bool read = take_slots(h, &in) && take_templates(h, &in);

	if (read)
		h->miner = sh_history_miner();
	if (read && (!in.len || sh_log_load(h->miner, in.p, in.len, &why) == 0))
		return 0;
	forget_logs(h);
	return damaged(err, "logs");
}

static int load_events(struct sh_history *h, struct sh_bytes in, struct sh_error *err)
{
	while (in.len) {
		struct sh_span part[4];
		char *text[4];
		uint64_t time;

		if (!sh_bytes_take(&in, 8, &time))
			return damaged(err, "events");
		for (int i = 0; i < 4; i++)
			if (!sh_bytes_take_span(&in, &part[i]))
				return damaged(err, "events");
		for (int i = 0; i < 4; i++)
			text[i] = sh_strndup(part[i].p, part[i].len);
		sh_history_add_event(h, (int64_t)time, text[0], text[1], text[2], text[3]);
		for (int i = 0; i < 4; i++)
			free(text[i]);
	}
	return 0;
}

/* What is read of it until it makes no sense stays; false: there was such a place, or ERR. */
static bool load_shared(struct sh_history *h, struct sh_state *state, const char *name,
			int (*load)(struct sh_history *h, struct sh_bytes in, struct sh_error *err),
			struct sh_error *err)
{
	SH_CLEANUP_FREE void *value = NULL;
	size_t len;
	int got = sh_state_get(state, SHARED, name, strlen(name), &value, &len, err);

	if (got > 0 && !value)
		got = damaged(err, name);
	else if (got > 0)
		got = load(h, (struct sh_bytes){ value, len }, err);
	return got >= 0;
}

int sh_history_load(struct sh_history *h, struct sh_graph *g, struct sh_state *state,
		    struct sh_error *err)
{
	struct loading l = { h, g, false };
	/* Of several that are wrong the first is told; what is right is read all the same. */
	bool logs = load_shared(h, state, "logs", load_logs, err);
	bool events = load_shared(h, state, "events", load_events, err);

	if (sh_state_each(state, ENTITIES, load_entity, &l, err) < 0)
		return -1;
	h->dirty_events = h->dirty_logs = false;
	if (l.failed)
		return damaged(err, "measurements");
	return logs && events ? 0 : -1;
}
