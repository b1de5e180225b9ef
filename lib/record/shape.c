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
		free(s->shape[i]);
	}
	memset(s->node, 0, s->nodes * sizeof(s->node[0]));
	s->nodes = 1;
	s->n = 0;
}

void sh_shapes_free(struct sh_shapes *s)
{
	if (s)
		sh_shapes_clear(s);
	free(s);
}

/* Whether the piece stands at P, where at least its length is left. */
static inline bool is_text(const struct sh_shape_node *n, const char *p, const char *end)
{
#ifdef __SSE2__
	const char *text = n->text;
	uint32_t left = n->len;

	while (end - p >= SH_SHAPE_PAD) {
		__m128i here = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i there = _mm_loadu_si128((const __m128i *)(const void *)text);
		unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(here, there));

		if (left <= SH_SHAPE_PAD)
			return !(~same & ((1U << left) - 1));
		if (same != 0xFFFF)
			return false;
		p += SH_SHAPE_PAD;
		text += SH_SHAPE_PAD;
		left -= SH_SHAPE_PAD;
	}
	return !memcmp(text, p, left);
#else
	(void)end;
	return !memcmp(n->text, p, n->len);
#endif
}

static inline bool begins_scalar(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == 't' || c == 'f' || c == 'n';
}

static inline bool fits(const struct sh_shape_node *n, const char *p, const char *end)
{
	size_t left = (size_t)(end - p);

	if (n->next == SH_SHAPE_END ? left != n->len : left <= n->len)
		return false;
	return is_text(n, p, end) && (n->next != SH_SHAPE_SCALAR || begins_scalar(p[n->len]));
}

static inline size_t guess_of(const char *p)
{
	return (sh_text_word(p) * UINT64_C(0x9E3779B97F4A7C15)) >> 59;
}

/* The child of AT that stands at P; NULL when none does. */
static const struct sh_shape_node *find_child(struct sh_shapes *s, const struct sh_shape_node *at, const char *p, const char *end)
{
	uint32_t *guess = NULL;
	uint32_t i;

	if (at->guess && (size_t)(end - p) >= at->common + 8) {
		guess = &at->guess[guess_of(p + at->common)];
		if (*guess && fits(&s->node[*guess], p, end))
			return &s->node[*guess];
	}
	for (i = at->child; i && !fits(&s->node[i], p, end);)
		i = s->node[i].sibling;
	if (!i)
		return NULL;
	if (guess)
		*guess = i;
	return &s->node[i];
}

/* What is written otherwise than most: the scanner knows. */
static const char *odd_leaf(const char *p, const char *end, struct sh_leaf *leaf, bool string)
{
	struct sh_slice v;
	const char *q = sh_scan_leaf(p - string, end, &v);

	if (!q)
		return NULL;
	*leaf = (struct sh_leaf){ p, q - string, (uint8_t)v.type, v.escaped, SH_LEAF_ODD };
	return leaf->end;
}

static inline const char *string_leaf(const char *p, const char *end, struct sh_leaf *leaf)
{
	const char *q = sh_text_plain_end(p, end);

	if (q == end || *q != '"')
		return odd_leaf(p, end, leaf, true);
	*leaf = (struct sh_leaf){ p, q, SH_JSON_STRING, false, 0 };
	return q;
}

#ifdef __SSE2__
/* A bit for each of 16 bytes that is a digit. */
static inline unsigned digits_at(const char *p)
{
	__m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));

	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v));
}

/* A number of which less than 16 bytes are digits and point; NULL: it may be another. */
static inline const char *short_number(const char *p, const char *end, struct sh_leaf *leaf)
{
	const char *d = p + (*p == '-'), *q;
	unsigned not_digit, whole, more;

	if (end - d < 17)
		return NULL;
	not_digit = ~digits_at(d) | 0x10000;
	whole = (unsigned)__builtin_ctz(not_digit);
	if (whole - 1 > 14 || (whole > 1 && *d == '0'))
		return NULL;
	q = d + whole;
	leaf->point = 0;
	if (*q == '.') {
		leaf->point = (uint16_t)(q - p);
		more = (unsigned)__builtin_ctz(not_digit & (not_digit - 1));
		if (more == whole + 1)
			return NULL;
		for (q = d + more; more == 16 && q < end && *q >= '0' && *q <= '9';)
			q++;
	}
	if (q == end || (*q | 0x20) == 'e' || q - p > 32)
		return NULL;
	leaf->p = p;
	leaf->end = q;
	leaf->type = SH_JSON_NUMBER;
	leaf->escaped = false;
	return q;
}
#else
static inline const char *short_number(const char *p, const char *end, struct sh_leaf *leaf)
{
	(void)p, (void)end, (void)leaf;
	return NULL;
}
#endif

static inline const char *scalar_leaf(const char *p, const char *end, struct sh_leaf *leaf)
{
	const char *q = short_number(p, end, leaf);

	return q ? q : odd_leaf(p, end, leaf, false);
}

const struct sh_shape *sh_shapes_match(struct sh_shapes *s, const char *line, size_t len,
				       const struct sh_leaf **leaf)
{
	const char *p = line, *end = line + len;
	const struct sh_shape_node *at = &s->node[0];
	struct sh_leaf *next = s->leaf;

	next->end = line;
	*leaf = s->leaf;
	for (;;) {
		at = find_child(s, at, p, end);
		if (!at)
			return NULL;
		p += at->len;
		if (at->next == SH_SHAPE_END) {
			s->matched++;
			return at->shape;
		}
		p = at->next == SH_SHAPE_STRING ? string_leaf(p, end, ++next) : scalar_leaf(p, end, ++next);
		if (!p)
			return NULL;
	}
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
		const char *value = sh_shape_at(leaf, m->value);
		struct sh_member *to;

		sh_grow(ix->member, ix->n, ix->cap);
		to = &ix->member[ix->n++];
		to->key = (struct sh_span){ sh_shape_at(leaf, m->key), m->key_len };
		to->key_escaped = m->key_escaped;
		to->value.text = (struct sh_span){ value, (size_t)(sh_shape_at(leaf, m->end) - value) };
		to->value.type = m->leaf ? (enum sh_json_type)leaf[m->leaf].type : m->type;
		to->value.escaped = m->leaf && leaf[m->leaf].escaped;
	}
}
