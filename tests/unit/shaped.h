/* SPDX-License-Identifier: MIT */
/* shaped - a line viewed with shapes at hand, and as if there were none: both see the same */
#ifndef SH_TESTS_SHAPED_H
#define SH_TESTS_SHAPED_H

#include <string.h>

#include "base/mem.h"
#include "record/pick.h"
#include "record/record.h"
#include "record/shape_parts.h"

#define SHAPED_HEADS 1024

/* What lines with a head are about. */
struct shaped_head {
	uint64_t low, high;
	struct sh_buf about;
};

/* The same asked of both, before any line. */
struct shaped {
	struct sh_record with, without;
	struct sh_pick with_pick, without_pick;
	sh_shape_follow *best; /* of this processor */
	size_t lines, hits;    /* all, and those of which the shape was known */
	size_t heads;          /* and those of which the head was, or is now */
	struct shaped_head *head; /* owned; the last with such a number */
};

static inline void shaped_init(struct shaped *s)
{
	*s = (struct shaped){ .with = SH_RECORD_INIT,
			      .without = SH_RECORD_INIT,
			      .with_pick = SH_PICK_INIT,
			      .without_pick = SH_PICK_INIT };
	s->with.shapes = sh_shapes_new();
	s->best = s->with.shapes->follow;
	s->head = sh_calloc(SHAPED_HEADS, sizeof(*s->head));
}

static inline void shaped_release(struct shaped *s)
{
	for (size_t i = 0; i < SHAPED_HEADS; i++)
		sh_buf_release(&s->head[i].about);
	free(s->head);
	sh_shapes_free(s->with.shapes);
	sh_record_release(&s->with);
	sh_record_release(&s->without);
	sh_pick_release(&s->with_pick);
	sh_pick_release(&s->without_pick);
}

static inline void shaped_ask(struct shaped *s, const char *path)
{
	sh_pick_ask(&s->with_pick, path);
	sh_pick_ask(&s->without_pick, path);
}

static inline bool shaped_same_span(struct sh_span a, struct sh_span b)
{
	return a.p == b.p && a.len == b.len;
}

/* Of a value that is absent only that counts. */
static inline bool shaped_same_slice(const struct sh_slice *a, const struct sh_slice *b)
{
	return a->type == b->type && (a->type == SH_JSON_NONE ||
				      (shaped_same_span(a->text, b->text) && a->escaped == b->escaped));
}

static inline bool shaped_same_index(const struct sh_index *a, const struct sh_index *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (!shaped_same_span(a->member[i].key, b->member[i].key) ||
		    a->member[i].key_escaped != b->member[i].key_escaped ||
		    !shaped_same_slice(&a->member[i].value, &b->member[i].value))
			return false;
	return a->n == b->n;
}

static inline bool shaped_same_record(const struct sh_record *a, const struct sh_record *b)
{
	return a->kind == b->kind && a->bare == b->bare && a->has_time == b->has_time &&
	       a->time == b->time && sh_span_equal(a->host, b->host) &&
	       sh_span_equal(a->entity, b->entity) && shaped_same_slice(&a->metrics, &b->metrics) &&
	       shaped_same_slice(&a->dims, &b->dims) && shaped_same_slice(&a->labels, &b->labels) &&
	       shaped_same_slice(&a->source, &b->source) && shaped_same_index(sh_record_index(a), sh_record_index(b));
}

static inline bool shaped_same_number(double a, double b)
{
	return a != a ? b != b : !memcmp(&a, &b, sizeof(a));
}

static inline bool shaped_same_pick(const struct sh_pick *a, const struct sh_pick *b)
{
	if (a->n != b->n || a->texts != b->texts)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->found[i] != b->found[i])
			return false;
	for (size_t i = 0; i < a->slots; i++)
		if (!shaped_same_number(a->value[i], b->value[i]) ||
		    !shaped_same_number(a->text[i], b->text[i]))
			return false;
	for (size_t i = 0; i < a->texts; i++)
		if (!shaped_same_span(a->text_of[i].name, b->text_of[i].name) ||
		    !shaped_same_span(a->text_of[i].object, b->text_of[i].object) ||
		    a->text_of[i].escaped != b->text_of[i].escaped)
			return false;
	return true;
}

/* A line as the stream has it, in a piece of memory of its own: what is behind it changes nothing. */
static inline char *shaped_line(const char *line, size_t len)
{
	static unsigned seed;
	static const char noise[] = "\"0}\n\\9,{";
	char *own = sh_malloc(len + 1 + SH_SHAPE_ROOM);

	if (len)
		memcpy(own, line, len);
	own[len] = '\n';
	for (size_t i = 1; i <= SH_SHAPE_ROOM; i++)
		own[len + i] = noise[(seed = seed * 1664525 + 1013904223) >> 29];
	return own;
}

/* Whether all lines with its head are about the same. */
static inline bool shaped_head_is_one(struct shaped *s)
{
	const struct sh_shape_head *head = s->with.head;
	struct shaped_head *of = head ? &s->head[head->number % SHAPED_HEADS] : NULL;
	struct sh_buf about = SH_BUF_INIT, key = SH_BUF_INIT;
	bool same = true;

	if (!of)
		return true;
	s->heads++;
	sh_record_series_key(&s->without, &key);
	sh_buf_add(&about, key.data, key.len);
	sh_buf_addch(&about, '\n');
	sh_buf_add(&about, s->without.host.p, s->without.host.len);
	if (s->without.source.type != SH_JSON_NONE)
		sh_buf_add(&about, s->without.source.text.p, s->without.source.text.len);
	if (of->low == head->low && of->high == head->high)
		same = of->about.len == about.len && !memcmp(of->about.data, about.data, about.len);
	of->low = head->low;
	of->high = head->high;
	sh_buf_clear(&of->about);
	sh_buf_add(&of->about, about.data, about.len);
	sh_buf_release(&about);
	sh_buf_release(&key);
	return same;
}

/* NULL, or what is not the same of LINE, which is from above. */
static inline const char *shaped_differs_in(struct shaped *s, const char *line, size_t len)
{
	struct sh_error with = SH_ERROR_INIT, without = SH_ERROR_INIT;
	int seen = sh_record_view(&s->with, line, len, "here", 1, &with);

	s->hits += s->with.shape != NULL;
	if (seen != sh_record_view(&s->without, line, len, "here", 1, &without))
		return "the verdict";
	if (with.code != without.code || strcmp(with.text, without.text) != 0)
		return "the error";
	if (seen < 0)
		return NULL;
	if (!shaped_same_record(&s->with, &s->without))
		return "the record";
	if (!shaped_head_is_one(s))
		return "what its head is about";
	sh_pick_take(&s->with_pick, &s->with);
	sh_pick_take(&s->without_pick, &s->without);
	return shaped_same_pick(&s->with_pick, &s->without_pick) ? NULL : "what is picked";
}

/* The same of any line, in turns with what every processor can do and with the best. */
static inline const char *shaped_differs(struct shaped *s, const char *line, size_t len)
{
	char *own = shaped_line(line, len);
	const char *differs;

	s->with.shapes->follow = s->lines++ % 2 ? sh_shape_follow_plain : s->best;
	differs = shaped_differs_in(s, own, len);
	free(own);
	return differs;
}

#endif
