/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/shape.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/span.h"
#include "record/shape_parts.h"
#include "record/walk.h"

#define FAN	  64   /* pieces that may follow one value */
#define LONGEST	  4096 /* line that is learnt */
#define PAUSE	  UINT64_C(1024) /* lines, at first */
#define PAUSE_MAX (UINT64_C(1) << 20)

struct piece {
	struct sh_span text;
	enum sh_shape_next next;
};

/* A line on its way into pieces. */
struct cut {
	struct sh_walk w;
	struct piece piece[SH_SHAPE_LEAVES + 1];
	uint32_t n;         /* pieces, and leaves so far */
	const char *from;   /* where the next piece begins */
	struct sh_leaf *leaf;
	unsigned depth;
	struct sh_span key; /* the last one */
	bool value;         /* a value comes, not a key */
};

static void end_piece(struct cut *c, const char *end, enum sh_shape_next next)
{
	c->piece[c->n++] = (struct piece){ { c->from, (size_t)(end - c->from) }, next };
}

/* The leaf from START to END, which is not yet a piece's. */
static bool add_leaf(struct cut *c, const char *start, const char *end, enum sh_shape_next next)
{
	if (c->n == SH_SHAPE_LEAVES)
		return false;
	end_piece(c, start, next);
	c->leaf[c->n] = (struct sh_leaf){ .p = start, .end = end };
	c->from = end;
	return true;
}

static bool cut_string(struct cut *c)
{
	const char *start = c->w.p + 1;
	bool escaped = sh_walk_past_string(&c->w);
	struct sh_span text = { start, (size_t)(c->w.p - 1 - start) };

	if (!c->value) {
		c->key = text;
		return true;
	}
	/* There are few kinds, and a member of each means something else. */
	if (c->depth == 1 && !escaped && sh_span_is(c->key, "kind"))
		return true;
	return add_leaf(c, text.p, text.p + text.len, SH_SHAPE_STRING);
}

static bool cut_scalar(struct cut *c)
{
	const char *start = c->w.p;

	sh_walk_skip(&c->w);
	return add_leaf(c, start, c->w.p, SH_SHAPE_SCALAR);
}

/* From one byte that means something to the next; false for what has no shape. */
static bool cut_on(struct cut *c)
{
	switch (*c->w.p) {
	case '"':
		return cut_string(c);
	case '[':
		return false;
	case '{':
		c->depth++;
		c->value = false;
		break;
	case '}':
		c->depth--;
		break;
	case ',':
		c->value = false;
		break;
	case ':':
		c->value = true;
		break;
	default:
		return cut_scalar(c);
	}
	c->w.p++;
	return true;
}

/* A valid line into pieces and leaves. */
static bool cut_line(struct cut *c)
{
	sh_walk_blank(&c->w);
	while (c->w.p < c->w.end) {
		if (!cut_on(c))
			return false;
		sh_walk_blank(&c->w);
	}
	end_piece(c, c->w.end, SH_SHAPE_END);
	return true;
}

static uint32_t common_of(const struct sh_shape_piece *a, const struct sh_shape_piece *b, uint32_t most)
{
	uint32_t i = 0;

	while (i < most && i < a->len && i < b->len && a->text[i] == b->text[i])
		i++;
	return i;
}

static struct sh_shape_node make_node(const struct piece *p)
{
	uint32_t len = (uint32_t)p->text.len, whole = (len - 1) / SH_SHAPE_WIDTH;
	char *text = sh_calloc(whole + 1, SH_SHAPE_WIDTH);

	memcpy(text, p->text.p, len);
	return (struct sh_shape_node){ .piece = { .text = text,
						  .len = len,
						  .whole = (uint16_t)whole,
						  .tail = UINT32_MAX >> (SH_SHAPE_WIDTH - (len - whole * SH_SHAPE_WIDTH)),
						  .next = (uint8_t)p->next },
				       .text = text };
}

static uint32_t new_child(struct sh_shapes *s, struct sh_shape_node *at, const struct piece *p)
{
	uint32_t i = s->nodes++;
	struct sh_shape_node *n = &s->node[i];

	*n = make_node(p);
	n->sibling = at->child;
	at->common = at->child ? common_of(&n->piece, &s->node[at->child].piece, at->common) : n->piece.len;
	at->child = i;
	at->fan++;
	if (at->fan > 2 && !at->guess)
		at->guess = sh_calloc(SH_SHAPE_GUESSES, sizeof(*at->guess));
	else if (at->guess) /* they were made with more in common */
		memset(at->guess, 0, SH_SHAPE_GUESSES * sizeof(*at->guess));
	return i;
}

static uint32_t child_of(struct sh_shapes *s, uint32_t number, const struct piece *p)
{
	struct sh_shape_node *at = &s->node[number];

	for (uint32_t i = at->child; i; i = s->node[i].sibling) {
		const struct sh_shape_piece *have = &s->node[i].piece;

		if (have->next == p->next && have->len == p->text.len &&
		    !memcmp(have->text, p->text.p, have->len))
			return i;
	}
	return at->fan < FAN ? new_child(s, at, p) : 0;
}

static void add_member(struct sh_shape *shape, const struct sh_leaf *leaf, const struct sh_member *m)
{
	const char *end = m->value.text.p + m->value.text.len;
	struct sh_shape_member *to = &shape->member[shape->n++];

	*to = (struct sh_shape_member){ .key = sh_shape_place(shape, leaf, m->key.p),
					.value = sh_shape_place(shape, leaf, m->value.text.p),
					.end = sh_shape_place(shape, leaf, end),
					.key_len = (uint32_t)m->key.len,
					.type = m->value.type,
					.key_escaped = m->key_escaped };
	if (m->value.type != SH_JSON_OBJECT && to->end.leaf != to->value.leaf)
		to->leaf = to->end.leaf;
}

/* NODE: those of its pieces, from the root on. */
static struct sh_shape *new_shape(struct sh_shapes *s, const struct cut *c, const uint32_t *node,
				  const struct sh_index *ix)
{
	struct sh_shape *shape = sh_calloc(1, sizeof(*shape));
	XXH128_hash_t d = { 0, 0 };

	for (uint32_t i = 0; i < c->n; i++)
		d = XXH3_128bits_withSeed(c->piece[i].text.p, c->piece[i].text.len,
					  d.low64 * 3 + d.high64 + (uint64_t)c->piece[i].next);
	shape->low = d.low64;
	shape->high = d.high64;
	shape->leaves = c->n - 1;
	shape->number = s->n;
	shape->member = sh_calloc(ix->n + 1, sizeof(*shape->member));
	for (size_t i = 0; i < ix->n; i++)
		add_member(shape, s->leaf, &ix->member[i]);
	shape->step = sh_calloc(c->n, sizeof(*shape->step));
	for (uint32_t i = 0; i < c->n; i++)
		shape->step[i] = (struct sh_shape_step){ s->node[node[i + 1]].piece, &s->node[node[i]] };
	s->shape[s->n++] = shape;
	return shape;
}

/* Lines that are all different are not worth the work. */
static void begin_again(struct sh_shapes *s)
{
	bool was_of_use = s->matched > UINT64_C(16) * SH_SHAPE_MOST;

	sh_shapes_clear(s);
	s->matched = 0;
	if (was_of_use)
		s->pause = 0;
	else if (s->pause < PAUSE_MAX)
		s->pause = s->pause ? s->pause * 2 : PAUSE;
	s->wait = s->pause;
}

struct sh_shape *sh_shapes_learn(struct sh_shapes *s, const struct sh_index *ix, const char *line,
				 size_t len)
{
	struct cut c = { .w = { .p = line, .end = line + len }, .from = line, .leaf = s->leaf };
	uint32_t node[SH_SHAPE_LEAVES + 2] = { 0 }, i;

	if (s->wait) {
		s->wait--;
		return NULL;
	}
	s->leaf[0].end = line;
	/* A piece without a newline ends before the line does. */
	if (len > LONGEST || memchr(line, '\n', len) || !cut_line(&c))
		return NULL;
	if (s->n == SH_SHAPE_MOST || s->nodes + c.n > SH_SHAPE_NODES)
		begin_again(s);
	for (i = 0; i < c.n; i++) {
		node[i + 1] = child_of(s, node[i], &c.piece[i]);
		if (!node[i + 1])
			return NULL;
	}
	if (!s->node[node[i]].shape)
		s->node[node[i]].shape = new_shape(s, &c, node, ix);
	return s->node[node[i]].shape;
}
