/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/models.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/keep.h"
#include "record/json.h"

/* "LENGTH:BYTES" of a key, see sh_record_series_key. */
static struct sh_span take_part(struct sh_span *rest)
{
	struct sh_span part = SH_SPAN_NONE;
	size_t len = 0;

	while (rest->len && isdigit((unsigned char)*rest->p)) {
		len = len * 10 + (size_t)(*rest->p - '0');
		rest->p++;
		rest->len--;
	}
	if (!rest->len || len > rest->len - 1)
		return part;
	part = (struct sh_span){ rest->p + 1, len };
	rest->p += len + 1;
	rest->len -= len + 1;
	return part;
}

static void add_text(struct sh_buf *out, struct sh_span s)
{
	for (size_t i = 0; i < s.len; i++)
		sh_buf_addch(out, iscntrl((unsigned char)s.p[i]) ? '?' : s.p[i]);
}

static void add_dims(const struct sh_subject *s, bool text, struct sh_buf *out)
{
	struct sh_span rest = { s->key + s->entity_len, s->key_len - s->entity_len };
	const char *before = text ? " " : ",\"dims\":{";

	if (!rest.len)
		return;
	while (rest.len && *rest.p == '\n') {
		struct sh_span name, value;

		rest.p++;
		rest.len--;
		name = take_part(&rest);
		value = take_part(&rest);
		if (!name.p || !value.p)
			break;
		sh_buf_addstr(out, before);
		before = text ? " " : ",";
		if (text) {
			add_text(out, name);
			sh_buf_addch(out, '=');
			add_text(out, value);
			continue;
		}
		sh_json_add_string(out, name.p, name.len);
		sh_buf_addch(out, ':');
		sh_json_add_string(out, value.p, value.len);
	}
	if (!text)
		sh_buf_addch(out, '}');
}

static void add_json(const struct sh_subject *s, const char *function, const char *time, const char *model,
		     struct sh_buf *out)
{
	sh_buf_addstr(out, "{\"entity\":");
	sh_json_add_string(out, s->key, s->entity_len);
	add_dims(s, false, out);
	sh_buf_addstr(out, ",\"function\":");
	sh_json_add_string(out, function, strlen(function));
	sh_buf_addf(out, ",\"time\":\"%s\",\"model\":{%s}}\n", time, model);
}

/* "mean 30, max 31" of the members of an object. */
static void add_members(const char *model, struct sh_buf *out)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	const char *name, *before = ":";
	json_t *object, *value;

	sh_buf_addf(&text, "{%s}", model);
	object = sh_json_parse(text.data, text.len, &ignored);
	json_object_foreach(object, name, value) {
		sh_buf_addf(out, "%s %s ", before, name);
		sh_json_dump(out, value);
		before = ",";
	}
	json_decref(object);
}

static void add_line(const struct sh_subject *s, const char *function, const char *time, const char *model,
		     struct sh_buf *out)
{
	add_text(out, sh_subject_entity(s));
	add_dims(s, true, out);
	sh_buf_addf(out, "  %s", function);
	add_members(model, out);
	sh_buf_addf(out, "  (%.19sZ)\n", time);
}

static void show_series(const struct sh_detector *d, const struct sh_subject *s, bool text,
			struct sh_buf *out)
{
	for (size_t i = 0; i < s->pasts; i++) {
		const struct sh_recall *r = &d->book.recalls.item[s->past[i].recall];
		SH_CLEANUP_BUF struct sh_buf model = SH_BUF_INIT;
		char time[SH_TIME_TEXT];

		sh_time_format(time, s->past[i].noted);
		if (r->terms.kind->show)
			r->terms.kind->show(s->past[i].state, &r->terms, &model);
		(text ? add_line : add_json)(s, r->shown, time, sh_buf_str(&model), out);
	}
}

size_t sh_models_show(const struct sh_detector *d, const char *entity, bool text, struct sh_buf *out)
{
	struct sh_subject **list = sh_store_sorted(&d->store);
	size_t n = 0;

	for (size_t i = 0; i < d->store.n; i++) {
		if (entity && !sh_span_is(sh_subject_entity(list[i]), entity))
			continue;
		n++;
		show_series(d, list[i], text, out);
	}
	free(list);
	return n;
}

/* The rows to be cut; they are not changed while they are read. */
struct cutting {
	const char *entity;
	struct sh_buf keys; /* length, bytes */
	struct sh_models_forgotten *out;
};

static int look_at_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct cutting *c = arg;
	struct sh_keep_row row;

	if (!sh_keep_read((struct sh_bytes){ value, len }, &row) || row.entity_len > key_len)
		return 0;
	if (c->entity && !sh_span_is((struct sh_span){ key, row.entity_len }, c->entity))
		return 0;
	c->out->series++;
	c->out->functions += row.functions;
	if (!row.functions)
		return 0;
	sh_buf_add(&c->keys, &key_len, sizeof(key_len));
	sh_buf_add(&c->keys, key, key_len);
	return 0;
}

static int cut_row(struct sh_state *state, struct sh_span key, struct sh_error *err)
{
	SH_CLEANUP_FREE void *value = NULL;
	SH_CLEANUP_BUF struct sh_buf cut = SH_BUF_INIT;
	struct sh_keep_row row;
	size_t len = 0;
	int found = sh_state_get(state, SH_KEEP_TABLE, key.p, key.len, &value, &len, err);

	if (found <= 0 || !sh_keep_read((struct sh_bytes){ value, len }, &row))
		return found < 0 ? -1 : 0;
	sh_buf_add(&cut, value, row.learned);
	sh_bytes_put(&cut, 0, 4);
	return sh_state_put(state, SH_KEEP_TABLE, key.p, key.len, cut.data, cut.len, err);
}

static int cut_rows(struct sh_state *state, const struct sh_buf *keys, struct sh_error *err)
{
	size_t len;

	for (size_t at = 0; at + sizeof(len) <= keys->len; at += sizeof(len) + len) {
		memcpy(&len, keys->data + at, sizeof(len));
		if (cut_row(state, (struct sh_span){ keys->data + at + sizeof(len), len }, err) < 0)
			return -1;
	}
	return sh_state_commit(state, err);
}

int sh_models_forget(struct sh_state *state, const char *entity, struct sh_models_forgotten *out,
		     struct sh_error *err)
{
	struct cutting c = { entity, SH_BUF_INIT, out };
	int rc;

	*out = (struct sh_models_forgotten){ 0 };
	rc = sh_state_each(state, SH_KEEP_TABLE, look_at_row, &c, err);
	if (rc >= 0)
		rc = cut_rows(state, &c.keys, err);
	sh_buf_release(&c.keys);
	return rc < 0 ? -1 : 0;
}
