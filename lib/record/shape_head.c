/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/shape.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/span.h"
#include "record/shape_parts.h"

#define SLOTS	  (2 * SH_SHAPE_HEADS)
#define PAUSE	  UINT64_C(65536) /* lines, at first */
#define PAUSE_MAX (UINT64_C(1) << 22)

_Static_assert(SH_SHAPE_HEADS < UINT16_MAX, "a slot holds the number of a head");

uint32_t sh_shape_names(const struct sh_shape *shape)
{
	uint32_t i = 1;

	if (shape->leaves < 2 || shape->step[0].piece.next != SH_SHAPE_STRING)
		return 0;
	while (shape->step[i].piece.next == SH_SHAPE_STRING)
		i++;
	return shape->step[i].piece.next == SH_SHAPE_SCALAR && i - 1 <= SH_SHAPE_HEAD_LEAVES ? i - 1 : 0;
}

void sh_shapes_clear_heads(struct sh_shapes *s)
{
	if (s->fronts)
		memset(s->front_slot, 0, SLOTS * sizeof(*s->front_slot));
	s->fronts = 0;
	s->known = s->before = NULL;
}

/* Series that do not come again before there is no room are not worth the work. */
static void begin_again(struct sh_shapes *s)
{
	bool was_of_use = s->known_lines > UINT64_C(4) * SH_SHAPE_HEADS;

	sh_shapes_clear_heads(s);
	s->known_lines = 0;
	if (was_of_use)
		s->front_pause = 0;
	else if (s->front_pause < PAUSE_MAX)
		s->front_pause = s->front_pause ? s->front_pause * 2 : PAUSE;
	s->front_wait = s->front_pause;
}

/* Where a head with the digest is, or would be. */
static uint16_t *slot_of(const struct sh_shapes *s, XXH128_hash_t d)
{
	size_t i = d.low64 % SLOTS;

	while (s->front_slot[i]) {
		const struct sh_shape_head *have = &s->front[s->front_slot[i] - 1].head;

		if (have->low == d.low64 && have->high == d.high64)
			break;
		i = (i + 1) % SLOTS;
	}
	return &s->front_slot[i];
}

static void fill(struct sh_shape_front *front, struct sh_span text, const struct sh_leaf *leaf, uint32_t n)
{
	uint32_t len = (uint32_t)text.len, whole = (len - 1) / SH_SHAPE_WIDTH;

	memcpy(front->text, text.p, len);
	front->piece = (struct sh_shape_piece){ .text = front->text,
						.len = len,
						.whole = (uint16_t)whole,
						.tail = UINT32_MAX >> (SH_SHAPE_WIDTH - (len - whole * SH_SHAPE_WIDTH)),
						.next = SH_SHAPE_SCALAR };
	for (uint32_t i = 0; i < n; i++) {
		front->leaf[i].at = (uint16_t)(leaf[i].p - text.p);
		front->leaf[i].len = (uint16_t)(leaf[i].end - leaf[i].p);
	}
}

/* The head in TEXT, made where it is new. */
static struct sh_shape_front *front_of(struct sh_shapes *s, const struct sh_shape *shape, struct sh_span text)
{
	XXH128_hash_t d = XXH3_128bits(text.p, text.len);
	uint16_t *slot;

	if (!s->front) {
		s->front = sh_calloc(SH_SHAPE_HEADS, sizeof(*s->front));
		s->front_slot = sh_calloc(SLOTS, sizeof(*s->front_slot));
	}
	slot = slot_of(s, d);
	if (!*slot) {
		struct sh_shape_front *front = &s->front[s->fronts];

		*front = (struct sh_shape_front){ .head = { d.low64, d.high64, s->fronts } };
		fill(front, text, s->leaf + 2, shape->head);
		*slot = (uint16_t)++s->fronts;
	}
	return &s->front[*slot - 1];
}

const struct sh_shape_head *sh_shapes_learn_head(struct sh_shapes *s, const struct sh_shape *shape)
{
	const struct sh_leaf *leaf = s->leaf;
	struct sh_span text = { leaf[1].end, (size_t)(leaf[shape->head + 2].p - leaf[1].end) };

	if (s->front_wait) {
		s->front_wait--;
		return NULL;
	}
	if (text.len > SH_SHAPE_HEAD_MOST)
		return NULL;
	for (uint32_t i = 2; i < shape->head + 2; i++)
		if (!sh_leaf_is_plain(&leaf[i]) || leaf[i].point == SH_LEAF_ODD)
			return NULL;
	if (s->fronts == SH_SHAPE_HEADS) {
		begin_again(s);
		return NULL;
	}
	s->known = front_of(s, shape, text);
	s->known->shape = shape;
	if (s->before)
		s->before->next = s->known;
	return &s->known->head;
}
