/* SPDX-License-Identifier: MIT */
/*
 * shape - lines that differ in their values only, known again without being scanned
 *
 * A program writes the same names in the same order, line after line. A line that
 * was scanned once is kept as its shape: the pieces of text between its values.
 * Another line that has the same pieces, with valid strings where the first had
 * strings and valid numbers or words where it had those, is valid for the same
 * reasons as the first was, and its members stand where the shape says. All shapes
 * are one tree (a trie of pieces), so that pieces that lines share are compared
 * once.
 *
 * This is a cache: whether a line has a shape changes no answer but the time it
 * takes. The value of "kind" belongs to the shape. Lines with arrays have none.
 */
#ifndef SH_RECORD_SHAPE_H
#define SH_RECORD_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/scan.h"

#define SH_SHAPE_LEAVES 256  /* values of one line */
#define SH_SHAPE_MOST	1024 /* shapes at a time */
#define SH_SHAPE_HEADS	16384 /* heads at a time */
#define SH_SHAPE_ROLES	8
#define SH_SHAPE_PLAIN	3
#define SH_SHAPE_ROOM	32   /* bytes behind a line's newline that are looked at, whatever they are */

/* The number is written plainly: digits, perhaps a '.' among them. */
#define SH_LEAF_ODD UINT16_MAX

/* A value that is no object: a string between its quotes, or a number or word. */
struct sh_leaf {
	const char *p, *end;
	uint8_t type;   /* enum sh_json_type */
	bool escaped;
	uint16_t point; /* of a number: where its '.' is, 0 none; SH_LEAF_ODD: it is written otherwise */
};

/* A string that stands there as it is. */
static inline bool sh_leaf_is_plain(const struct sh_leaf *leaf)
{
	return leaf->type == SH_JSON_STRING && !leaf->escaped;
}

/* A place in the line: so many bytes behind the end of a leaf; leaf 0 ends where the line begins. */
struct sh_shape_place {
	uint32_t leaf, offset;
};

struct sh_shape_member {
	struct sh_shape_place key, value, end;
	uint32_t key_len;
	uint32_t leaf; /* that is the value; 0: what it is belongs to the shape */
	enum sh_json_type type;
	bool key_escaped;
};

struct sh_shape_step;

/*
 * The head of a line: its names, that is all from behind its time to its first number.
 * Lines that have the same head are about the same.
 */
struct sh_shape_head {
	uint64_t low, high; /* digest of its text: the same for the same head of any line */
	uint32_t number;    /* below SH_SHAPE_HEADS */
};

struct sh_shape {
	uint64_t low, high; /* digest of the pieces: the same for the same shape in any tree */
	uint32_t number;    /* below SH_SHAPE_MOST */
	uint32_t leaves;
	struct sh_shape_member *member; /* of the top level; owned */
	uint32_t n;
	int16_t role[SH_SHAPE_ROLES]; /* for who learns it: members that mean something; -1 none */
	int16_t identity;             /* likewise: the last of members that stand together; -1 none */
	int kind;                     /* likewise */
	uint32_t plain[SH_SHAPE_PLAIN]; /* likewise: leaves that mean something; the first is 0 where one lacks */
	uint32_t head;                /* likewise: strings in the head of its lines, behind the first; 0: they have none */
	struct sh_shape_step *step;   /* owned; private */
	const struct sh_shape *next;  /* private: whose line came behind the last one of this; NULL not known */
};

struct sh_shapes;

struct sh_shapes *sh_shapes_new(void);
void sh_shapes_free(struct sh_shapes *s); /* NULL is fine */

/*
 * The shape of a line, its leaves then in *leaf from number 1 on; NULL: not known, or not
 * valid. Behind the line there must be a newline, if not at once, and then SH_SHAPE_ROOM
 * bytes that can be read: where it ends need not be asked for each piece of it. *HEAD is
 * the line's where it was known, or NULL.
 */
const struct sh_shape *sh_shapes_match(struct sh_shapes *s, const char *line, size_t len,
				       const struct sh_leaf **leaf, const struct sh_shape_head **head);
/*
 * Keep the head of the line that was matched last, of SHAPE: where the head is the same, it need
 * not be looked at again. NULL: it is not kept.
 */
const struct sh_shape_head *sh_shapes_learn_head(struct sh_shapes *s, const struct sh_shape *shape);
/* Strings between the first, which comes first of all values, and the first number: shape->head may be that. */
uint32_t sh_shape_names(const struct sh_shape *shape);
/* Keep the shape of a line that was scanned into IX. NULL: it is not kept. */
struct sh_shape *sh_shapes_learn(struct sh_shapes *s, const struct sh_index *ix, const char *line,
				 size_t len);

/* The place of AT in a line of SHAPE. */
struct sh_shape_place sh_shape_place(const struct sh_shape *shape, const struct sh_leaf *leaf, const char *at);

static inline const char *sh_shape_at(const struct sh_leaf *leaf, struct sh_shape_place place)
{
	return leaf[place.leaf].end + place.offset;
}

/* The value of a member in a line. */
static inline struct sh_slice sh_shape_value(const struct sh_shape_member *m, const struct sh_leaf *leaf)
{
	const char *p = sh_shape_at(leaf, m->value);
	struct sh_slice v = { { p, (size_t)(sh_shape_at(leaf, m->end) - p) }, m->type, false };

	if (m->leaf) {
		v.type = (enum sh_json_type)leaf[m->leaf].type;
		v.escaped = leaf[m->leaf].escaped;
	}
	return v;
}

/* The members of a line of SHAPE, as sh_scan_object() would have them. */
void sh_shape_index(const struct sh_shape *shape, const struct sh_leaf *leaf, struct sh_index *ix);

#endif
