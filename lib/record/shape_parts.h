/* SPDX-License-Identifier: MIT */
/* shape_parts - the tree of pieces; internal to lib/record/shape*.c */
#ifndef SH_RECORD_SHAPE_PARTS_H
#define SH_RECORD_SHAPE_PARTS_H

#include "record/shape.h"

#define SH_SHAPE_NODES	 4096
#define SH_SHAPE_GUESSES 32 /* a power of two */
/* The text of a piece has room for a whole vector before and behind it. */
#define SH_SHAPE_PAD	 16

enum sh_shape_next { SH_SHAPE_STRING, SH_SHAPE_SCALAR, SH_SHAPE_END };

/* A piece of text and what follows it. */
struct sh_shape_node {
	const char *text; /* within padding */
	char *padded;     /* owned */
	uint32_t len;
	uint32_t least; /* bytes that have to be left: a value takes one */
	uint32_t room;  /* bytes with which vectors may be loaded and no more be asked; never at the end */
	uint32_t whole; /* vectors, before its tail */
	uint32_t tail;  /* a bit for each of the bytes behind those, 1 to 16 */
	enum sh_shape_next next;
	uint32_t child, sibling; /* 0: none */
	uint32_t fan;            /* number of children */
	const struct sh_shape_node *only; /* the child where it is one */
	uint32_t common;         /* bytes with which all of them begin */
	uint32_t *guess;         /* owned, where many follow: by the bytes behind those, who it was last */
	struct sh_shape *shape;  /* of an END */
};

struct sh_shapes {
	struct sh_shape_node node[SH_SHAPE_NODES]; /* the first is the root */
	struct sh_shape *shape[SH_SHAPE_MOST];     /* owned */
	uint32_t nodes, n;
	uint64_t matched;     /* lines, since all was forgotten */
	uint64_t pause, wait; /* lines that are not learnt after that */
	struct sh_leaf leaf[SH_SHAPE_LEAVES + 1];
};

void sh_shapes_clear(struct sh_shapes *s);

#endif
