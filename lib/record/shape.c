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
		free(s->node[i].padded);
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

#ifdef __SSE2__
static inline __m128i vector_at(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* A bit for each of 16 bytes that differs. */
static inline unsigned differs_at(const char *a, const char *b)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(vector_at(a), vector_at(b))) ^ 0xFFFF;
}
#endif

/* Whether the piece stands at P, where there is room. */
static inline bool is_text(const struct sh_shape_node *n, const char *p)
{
#ifdef __SSE2__
	const char *text = n->text;

	for (uint32_t whole = n->whole; whole; whole--) {
		if (differs_at(p, text))
			return false;
		p += SH_SHAPE_PAD;
		text += SH_SHAPE_PAD;
	}
	return !(differs_at(p, text) & n->tail);
#else
	return !memcmp(n->text, p, n->len);
#endif
}

/* The same near the end of the line, beyond which nothing is touched. */
static bool is_last_text(const struct sh_shape_node *n, const char *p, const char *line, const char *end)
{
	size_t left = (size_t)(end - p);

	if (left < n->least || (n->next == SH_SHAPE_END && left != n->len))
		return false;
#ifdef __SSE2__
	if (!n->whole && end - line >= SH_SHAPE_PAD) {
		size_t before = left < SH_SHAPE_PAD ? SH_SHAPE_PAD - left : 0;

		return !(differs_at(p - before, n->text - before) & n->tail << before);
	}
#else
	(void)line;
#endif
	return !memcmp(n->text, p, n->len);
}

/* And that it may have what follows it. */
static inline bool stands_at(const struct sh_shape_node *n, const char *p, const char *line, const char *end)
{
	return (size_t)(end - p) >= n->room ? is_text(n, p) : is_last_text(n, p, line, end);
}

/* A string or an object may stand behind the same piece: they have one of their own. */
static inline bool begins_scalar(char c)
{
	return c != '"' && (c | 0x20) != '{';
}

static inline bool fits(const struct sh_shape_node *n, const char *p, const char *line, const char *end)
{
	return stands_at(n, p, line, end) && (n->next != SH_SHAPE_SCALAR || begins_scalar(p[n->len]));
}

static inline size_t guess_of(const char *p)
{
	return (sh_text_word(p) * UINT64_C(0x9E3779B97F4A7C15)) >> 59;
}

/* The child of AT that stands at P; NULL when none does. */
static const struct sh_shape_node *find_among(struct sh_shapes *s, const struct sh_shape_node *at,
					      const char *p, const char *line, const char *end)
{
	uint32_t *guess = NULL, i;

	if (at->guess && (size_t)(end - p) >= at->common + 8) {
		guess = &at->guess[guess_of(p + at->common)];
		if (*guess && fits(&s->node[*guess], p, line, end))
			return &s->node[*guess];
	}
	for (i = at->child; i && !fits(&s->node[i], p, line, end);)
		i = s->node[i].sibling;
	if (!i)
		return NULL;
	if (guess)
		*guess = i;
	return &s->node[i];
}

static inline const struct sh_shape_node *find_child(struct sh_shapes *s, const struct sh_shape_node *at,
						     const char *p, const char *line, const char *end)
{
	if (at->only)
		return stands_at(at->only, p, line, end) ? at->only : NULL;
	return find_among(s, at, p, line, end);
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
	leaf->p = p;
	leaf->end = q;
	leaf->type = SH_JSON_STRING;
	leaf->escaped = false;
	return q;
}

#ifdef __SSE2__
#define DIGITS 32 /* bytes that are looked at together */

/* A bit for each of 16 bytes that is no digit. */
static inline uint64_t no_digits_at(const char *p)
{
	__m128i v = _mm_sub_epi8(vector_at(p), _mm_set1_epi8('0'));

	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v)) ^ 0xFFFF;
}

/* Of 32 bytes from P. */
static inline uint64_t no_digits(const char *p)
{
	return no_digits_at(p) | no_digits_at(p + 16) << 16;
}

/*
 * The number that begins at D, behind its sign at P. OTHER has a bit for each byte from D on
 * that is no digit, and two where there is no more to be seen; that byte can be read. A
 * number that goes on there, or with an exponent, has no known piece behind it.
 */
static inline const char *number_at(const char *p, const char *d, uint64_t other, struct sh_leaf *leaf)
{
	unsigned whole = (unsigned)__builtin_ctzll(other), more = (unsigned)__builtin_ctzll(other & (other - 1));
	bool point = d[whole] == '.';

	more = point ? more : whole;
	if (!whole || more - whole == 1 || (*d == '0' && whole > 1))
		return NULL;
	leaf->p = p;
	leaf->end = d + more;
	leaf->type = SH_JSON_NUMBER;
	leaf->escaped = false;
	leaf->point = point ? (uint16_t)(d + whole - p) : 0;
	return d + more;
}

/* A number that is written plainly, in less than so many bytes; NULL: it may be another. */
static inline const char *plain_number(const char *p, const char *line, const char *end,
				       struct sh_leaf *leaf)
{
	const char *d = p + (*p == '-');
	unsigned left = (unsigned)(end - d) - 1;

	if (end - d > DIGITS)
		return number_at(p, d, no_digits(d) | UINT64_C(3) << DIGITS, leaf);
	if (end - line < DIGITS || d == end)
		return NULL;
	/* Near the end of the line its last bytes are looked at: nothing beyond it is touched. */
	return number_at(p, d, no_digits(end - DIGITS) >> (DIGITS - 1 - left) | UINT64_C(3) << left, leaf);
}
#else
static inline const char *plain_number(const char *p, const char *line, const char *end,
				       struct sh_leaf *leaf)
{
	(void)p, (void)line, (void)end, (void)leaf;
	return NULL;
}
#endif

static inline const char *scalar_leaf(const char *p, const char *line, const char *end,
				      struct sh_leaf *leaf)
{
	const char *q = plain_number(p, line, end, leaf);

	if (q)
		return q;
	return begins_scalar(*p) ? odd_leaf(p, end, leaf, false) : NULL;
}

/* What is behind a scalar is not known: it may have been cut short. */
static const struct sh_shape_node *find_behind(struct sh_shapes *s, const struct sh_shape_node *at,
					       struct sh_leaf *leaf, const char **p, const char *line,
					       const char *end)
{
	const char *known = leaf->end;

	if (at->next != SH_SHAPE_SCALAR || leaf->type != SH_JSON_NUMBER || leaf->point == SH_LEAF_ODD)
		return NULL;
	*p = odd_leaf(leaf->p, end, leaf, false);
	return *p && *p != known ? find_child(s, at, *p, line, end) : NULL;
}

const struct sh_shape *sh_shapes_match(struct sh_shapes *s, const char *line, size_t len,
				       const struct sh_leaf **leaf)
{
	const char *p = line, *end = line + len;
	const struct sh_shape_node *at = &s->node[0], *child;
	struct sh_leaf *next = s->leaf;

	next->end = line;
	*leaf = s->leaf;
	for (;;) {
		child = find_child(s, at, p, line, end);
		at = child ? child : find_behind(s, at, next, &p, line, end);
		if (!at)
			return NULL;
		p += at->len;
		if (at->next == SH_SHAPE_END) {
			s->matched++;
			return at->shape;
		}
		p = at->next == SH_SHAPE_STRING ? string_leaf(p, end, ++next)
						 : scalar_leaf(p, line, end, ++next);
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
		struct sh_member *to;

		sh_grow(ix->member, ix->n, ix->cap);
		to = &ix->member[ix->n++];
		to->key = (struct sh_span){ sh_shape_at(leaf, m->key), m->key_len };
		to->key_escaped = m->key_escaped;
		to->value = sh_shape_value(m, leaf);
	}
}
