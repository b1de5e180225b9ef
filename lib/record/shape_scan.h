/* SPDX-License-Identifier: MIT */
/*
 * shape_scan - a line along the pieces of a shape; internal to lib/record/shape*.c
 *
 * The steps that decide how fast lines are known again, for vectors of whatever kind:
 * who includes this has defined SCAN_VECTORS and, of SH_SHAPE_WIDTH bytes from P,
 *
 *	scan_same(a, b)   a bit for each that is the same
 *	scan_digits(p)    a bit for each that is a digit
 *	scan_plain(p)     the first '"', '\\', control byte or byte from 0x80 up, which there is
 *
 * and SCAN_TARGET for what these need; or neither. What they look at ends at most one
 * width behind the newline that stands behind the line: no piece and no value holds one.
 */
#include <string.h>

#include "record/scan.h"
#include "record/shape_parts.h"
#include "record/text.h"

#ifndef SCAN_TARGET
#define SCAN_TARGET
#endif

/* Whether the piece stands at P. */
static inline SCAN_TARGET bool stands_at(const struct sh_shape_piece *n, const char *p)
{
#ifdef SCAN_VECTORS
	const char *text = n->text;

	for (unsigned whole = n->whole; __builtin_expect(whole != 0, 0); whole--) {
		if (~scan_same(p, text))
			return false;
		p += SH_SHAPE_WIDTH;
		text += SH_SHAPE_WIDTH;
	}
	return !(~scan_same(p, text) & n->tail);
#else
	return !strncmp(n->text, p, n->len);
#endif
}

/* A string or an object may stand behind the same piece: they have one of their own. */
static inline bool begins_scalar(char c)
{
	return c != '"' && (c | 0x20) != '{';
}

static inline SCAN_TARGET const char *string_leaf(const char *p, const char *end, struct sh_leaf *leaf)
{
#ifdef SCAN_VECTORS
	const char *q = scan_plain(p);
#else
	const char *q = p < end ? sh_text_plain_end(p, end) : p;
#endif

	if (*q != '"')
		return sh_shape_odd_leaf(p, end, leaf, true);
	leaf->p = p;
	leaf->end = q;
	leaf->type = SH_JSON_STRING;
	leaf->escaped = false;
	leaf->point = 0;
	return q;
}

#ifdef SCAN_VECTORS
/*
 * A number that is written plainly, in less than so many bytes; NULL: it may be another.
 * One that goes on behind its end, or with an exponent, has no known piece behind it.
 */
static inline SCAN_TARGET const char *plain_number(const char *p, struct sh_leaf *leaf)
{
	const char *d = p + (*p == '-'), *end;
	/* Two ends where there is no more to be seen: that byte can be read. */
	uint64_t other = ~(uint64_t)scan_digits(d);
	unsigned whole = (unsigned)__builtin_ctzll(other);
	bool point = d[whole] == '.';

	end = d + whole;
	if (point)
		end = d + __builtin_ctzll(other & (other - 1));
	if (!whole || end - d == whole + 1 || (*d == '0' && whole > 1))
		return NULL;
	leaf->p = p;
	leaf->end = end;
	leaf->type = SH_JSON_NUMBER;
	leaf->escaped = false;
	leaf->point = point ? (uint16_t)(d + whole - p) : 0;
	return end;
}
#endif

static inline SCAN_TARGET const char *scalar_leaf(const char *p, const char *end, struct sh_leaf *leaf)
{
#ifdef SCAN_VECTORS
	const char *q = plain_number(p, leaf);

	if (q)
		return q;
#endif
	return begins_scalar(*p) ? sh_shape_odd_leaf(p, end, leaf, false) : NULL;
}

static inline SCAN_TARGET const char *take_leaf(unsigned next, const char *p, const char *end,
						struct sh_leaf *leaf)
{
	return next == SH_SHAPE_STRING ? string_leaf(p, end, leaf) : scalar_leaf(p, end, leaf);
}

/* All up to the first number, where the head is that which is expected. */
static inline SCAN_TARGET const struct sh_shape_step *skip_head(struct sh_shape_match *m,
								const struct sh_shape *shape)
{
	const struct sh_shape_front *front = m->front;
	const struct sh_shape_step *step = shape->step;
	struct sh_leaf *leaf = m->leaf;
	const char *p;

	m->front = NULL;
	if (!stands_at(&step->piece, m->p))
		return step;
	p = string_leaf(m->p + step->piece.len, m->end, leaf + 1);
	if (!p || !stands_at(&front->piece, p))
		return step;
	leaf++;
	for (uint32_t i = 0; i < shape->head; i++) {
		leaf++;
		leaf->p = p + front->leaf[i].at;
		leaf->end = leaf->p + front->leaf[i].len;
		leaf->type = SH_JSON_STRING;
		leaf->escaped = false;
		leaf->point = 0;
	}
	p = scalar_leaf(p + front->piece.len, m->end, leaf + 1);
	if (!p)
		return step;
	m->leaf = leaf + 1;
	m->p = p;
	m->front = front;
	return step + shape->head + 2;
}

/* See shape_parts.h. */
static inline SCAN_TARGET const struct sh_shape *follow(struct sh_shape_match *m, const struct sh_shape *shape)
{
	const struct sh_shape_step *step = m->front ? skip_head(m, shape) : shape->step;
	const char *p = m->p, *end = m->end;
	struct sh_leaf *leaf = m->leaf;

	for (; stands_at(&step->piece, p); step++) {
		p += step->piece.len;
		if (step->piece.next == SH_SHAPE_END)
			return p == end ? shape : NULL;
		p = take_leaf(step->piece.next, p, end, ++leaf);
		if (!p)
			return NULL;
	}
	*m = (struct sh_shape_match){ step->from, p, end, leaf, m->front };
	return NULL;
}
