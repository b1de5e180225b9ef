/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/span.h"
#include "record/shape_parts.h"
#include "record/text.h"

struct sh_shapes *sh_shapes_new(void)
{
	struct sh_shapes *s = sh_calloc(1, sizeof(*s));

	s->nodes = 1;
	s->follow = sh_shape_follow_plain;
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
		s->follow = sh_shape_follow_avx2;
#endif
	return s;
}

void sh_shapes_clear(struct sh_shapes *s)
{
	for (uint32_t i = 0; i < s->nodes; i++) {
		free(s->node[i].text);
		free(s->node[i].guess);
	}
	for (uint32_t i = 0; i < s->n; i++) {
		free(s->shape[i]->member);
		free(s->shape[i]->step);
		free(s->shape[i]);
	}
	memset(s->node, 0, s->nodes * sizeof(s->node[0]));
	s->nodes = 1;
	s->n = 0;
	s->last = NULL;
	sh_shapes_clear_heads(s);
}

void sh_shapes_free(struct sh_shapes *s)
{
	if (!s)
		return;
	sh_shapes_clear(s);
	free(s->front);
	free(s->front_slot);
	free(s);
}

#ifdef __SSE2__
#define SCAN_VECTORS

static inline __m128i vector_at(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint32_t same_16(const char *a, const char *b)
{
	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(vector_at(a), vector_at(b)));
}

static inline uint32_t digits_16(const char *p)
{
	__m128i v = _mm_sub_epi8(vector_at(p), _mm_set1_epi8('0'));

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v));
}

static inline uint32_t scan_same(const char *a, const char *b)
{
	return same_16(a, b) | same_16(a + 16, b + 16) << 16;
}

static inline uint32_t scan_digits(const char *p)
{
	return digits_16(p) | digits_16(p + 16) << 16;
}

static inline const char *scan_plain(const char *p)
{
	return sh_text_plain_before(p);
}
#endif

#include "record/shape_scan.h"

const struct sh_shape *sh_shape_follow_plain(struct sh_shape_match *m, const struct sh_shape *shape)
{
	return follow(m, shape);
}

static inline bool fits(const struct sh_shape_piece *n, const char *p)
{
	return stands_at(n, p) && (n->next != SH_SHAPE_SCALAR || begins_scalar(p[n->len]));
}

static inline size_t guess_of(const char *p)
{
	return (sh_text_word(p) * UINT64_C(0x9E3779B97F4A7C15)) >> 59;
}

/* The child of AT that stands at P; NULL when none does. */
static const struct sh_shape_node *find_child(struct sh_shapes *s, const struct sh_shape_node *at,
					      const char *p, const char *end)
{
	uint32_t *guess = NULL, i;

	if (at->guess && end - p >= (ptrdiff_t)at->common + 8) {
		guess = &at->guess[guess_of(p + at->common)];
		if (*guess && fits(&s->node[*guess].piece, p))
			return &s->node[*guess];
	}
	for (i = at->child; i && !fits(&s->node[i].piece, p);)
		i = s->node[i].sibling;
	if (!i)
		return NULL;
	if (guess)
		*guess = i;
	return &s->node[i];
}

/* A piece may have gone on behind the line. */
const char *sh_shape_odd_leaf(const char *p, const char *end, struct sh_leaf *leaf, bool string)
{
	struct sh_slice v;
	const char *q = p < end ? sh_scan_leaf(p - string, end, &v) : NULL;

	if (!q)
		return NULL;
	*leaf = (struct sh_leaf){ p, q - string, (uint8_t)v.type, v.escaped, SH_LEAF_ODD };
	return leaf->end;
}

/* What is behind a scalar is not known: it may have been cut short. */
static const struct sh_shape_node *find_behind(struct sh_shapes *s, struct sh_shape_match *m)
{
	struct sh_leaf *leaf = m->leaf;
	const char *known = leaf->end;

	if (m->at->piece.next != SH_SHAPE_SCALAR || leaf->type != SH_JSON_NUMBER || leaf->point == SH_LEAF_ODD)
		return NULL;
	m->p = sh_shape_odd_leaf(leaf->p, m->end, leaf, false);
	return m->p && m->p != known ? find_child(s, m->at, m->p, m->end) : NULL;
}

/* From where it is on. */
static const struct sh_shape *seek(struct sh_shapes *s, struct sh_shape_match *m)
{
	while (m->p) {
		const struct sh_shape_node *child = find_child(s, m->at, m->p, m->end);

		m->at = child ? child : find_behind(s, m);
		if (!m->at)
			return NULL;
		m->p += m->at->piece.len;
		if (m->at->piece.next == SH_SHAPE_END)
			return m->p == m->end ? m->at->shape : NULL;
		m->p = take_leaf(m->at->piece.next, m->p, m->end, ++m->leaf);
	}
	return NULL;
}

/* Collectors write in turns, so that series, or shapes at least, follow each other as they did before. */
static inline const struct sh_shape *expected(const struct sh_shapes *s)
{
	if (s->before && s->before->next)
		return s->before->next->shape;
	return s->last ? s->last->next : NULL;
}

const struct sh_shape *sh_shapes_match(struct sh_shapes *s, const char *line, size_t len,
				       const struct sh_leaf **leaf, const struct sh_shape_head **head)
{
	const struct sh_shape_match begun = { &s->node[0], line, line + len, s->leaf, NULL };
	struct sh_shape_match m = begun;
	const struct sh_shape *shape;

	s->before = s->known;
	s->known = s->before ? s->before->next : NULL;
	m.front = s->known;
	s->leaf->end = line;
	*leaf = s->leaf;
	*head = NULL;
	shape = expected(s);
	if (shape)
		shape = s->follow(&m, shape);
	if (!shape && m.at == begun.at)
		m = begun;
	if (!shape)
		shape = seek(s, &m);
	/* A shape that has other names in its head may have them elsewhere too. */
	if (!shape || !m.front || shape->head != s->known->shape->head)
		s->known = NULL;
	if (!shape)
		return NULL;
	if (s->known) {
		s->known->shape = shape;
		s->known_lines++;
		*head = &s->known->head;
	}
	s->matched++;
	if (s->last)
		s->last->next = shape;
	s->last = s->shape[shape->number];
	return shape;
}

struct sh_shape_place sh_shape_place(const struct sh_shape *shape, const struct sh_leaf *leaf, const char *at)
{
	uint32_t i = shape->leaves;

	while (leaf[i].end > at)
		i--;
	return (struct sh_shape_place){ i, (uint32_t)(at - leaf[i].end) };
}

void sh_shape_index(const struct sh_shape *shape, const struct sh_leaf *leaf, struct sh_index *ix)
{
	ix->n = 0;
	for (uint32_t i = 0; i < shape->n; i++) {
		const struct sh_shape_member *m = &shape->member[i];
		struct sh_member *to;

		sh_grow(ix->member, ix->n, ix->cap);
		to = &ix->member[ix->n++];
		to->key = (struct sh_span){ sh_shape_at(leaf, m->key), m->key_len };
		to->key_escaped = m->key_escaped;
		to->value = sh_shape_value(m, leaf);
	}
}
