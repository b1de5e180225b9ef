/* SPDX-License-Identifier: MIT */
/* shape_parts - the tree of pieces; internal to lib/record/shape*.c */
#ifndef SH_RECORD_SHAPE_PARTS_H
#define SH_RECORD_SHAPE_PARTS_H

#include "record/shape.h"

#define SH_SHAPE_NODES	 4096
#define SH_SHAPE_GUESSES 32 /* a power of two */
#define SH_SHAPE_WIDTH	 32 /* bytes that are looked at together */

enum sh_shape_next { SH_SHAPE_STRING, SH_SHAPE_SCALAR, SH_SHAPE_END };

/* A piece of text and what follows it. */
struct sh_shape_piece {
	const char *text; /* with zeros behind it up to a whole width */
	uint32_t len;
	uint32_t tail;    /* a bit for each of the bytes behind whole widths, 1 to 32 */
	uint16_t whole;   /* widths, before those */
	uint8_t next;     /* enum sh_shape_next */
};

struct sh_shape_node {
	struct sh_shape_piece piece;
	char *text;              /* owned; of the piece */
	uint32_t child, sibling; /* 0: none */
	uint32_t fan;            /* number of children */
	uint32_t common;         /* bytes with which all of them begin */
	uint32_t *guess;         /* owned, where many follow: by the bytes behind those, who it was last */
	struct sh_shape *shape;  /* of an END */
};

/* The way through the tree to a shape. */
struct sh_shape_step {
	struct sh_shape_piece piece;
	const struct sh_shape_node *from; /* whose child it is */
};

#define SH_SHAPE_HEAD_MOST   192 /* bytes of a head that is kept */
#define SH_SHAPE_HEAD_LEAVES 8

/* A head that is known. */
struct sh_shape_front {
	struct sh_shape_head head;
	const struct sh_shape *shape;
	struct sh_shape_front *next; /* whose line came behind the last one of this; NULL not known */
	struct sh_shape_piece piece; /* its text, a scalar behind it */
	struct {
		uint16_t at, len;
	} leaf[SH_SHAPE_HEAD_LEAVES];
	char text[SH_SHAPE_HEAD_MOST];
};

/* A line on its way through the tree. */
struct sh_shape_match {
	const struct sh_shape_node *at; /* the last piece */
	const char *p, *end;            /* where it goes on */
	struct sh_leaf *leaf;           /* the last */
	const struct sh_shape_front *front; /* that it is likely to have; NULL when it has not */
};

/*
 * As far as a line is like one of SHAPE. NULL: it is not to its end; m->at is as it was
 * where another kind of value than there stands in it.
 */
typedef const struct sh_shape *sh_shape_follow(struct sh_shape_match *m, const struct sh_shape *shape);

struct sh_shapes {
	struct sh_shape_node node[SH_SHAPE_NODES]; /* the first is the root */
	struct sh_shape *shape[SH_SHAPE_MOST];     /* owned */
	uint32_t nodes, n;
	struct sh_shape *last;   /* of the last line that had one; NULL none */
	sh_shape_follow *follow; /* the best that this processor can do */
	struct sh_shape_front *front;  /* owned; NULL none yet */
	uint16_t *front_slot;          /* owned; by digest: 1 + number, 0 free */
	uint32_t fronts;
	struct sh_shape_front *known, *before; /* of the last line, and the one before it; NULL none */
	uint64_t known_lines, front_pause, front_wait; /* as for shapes, below */
	uint64_t matched;     /* lines, since all was forgotten */
	uint64_t pause, wait; /* lines that are not learnt after that */
	struct sh_leaf leaf[SH_SHAPE_LEAVES + 1];
};

void sh_shapes_clear(struct sh_shapes *s);
void sh_shapes_clear_heads(struct sh_shapes *s);

/* A leaf that is written otherwise than most: the scanner knows. STRING: P is behind its quote. */
const char *sh_shape_odd_leaf(const char *p, const char *end, struct sh_leaf *leaf, bool string);

sh_shape_follow sh_shape_follow_plain;
#ifdef __x86_64__
sh_shape_follow sh_shape_follow_avx2;
#endif

#endif
