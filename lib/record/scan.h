/* SPDX-License-Identifier: MIT */
/*
 * scan - a validating index over one line of JSON
 *
 * RFC 8259 to the letter: grammar, UTF-8 (no surrogates, no overlong forms, up
 * to U+10FFFF), escapes (surrogate pairs whole), numbers of any size. Nothing is
 * copied or converted: spans point into the line and die with it. The index is
 * reused from line to line, so nothing is allocated once it has grown to the
 * widest record. Duplicate member names are kept; the last one counts, as in
 * jansson.
 */
#ifndef SH_RECORD_SCAN_H
#define SH_RECORD_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define SH_SCAN_MAX_DEPTH 128

enum sh_json_type {
	SH_JSON_NONE,
	SH_JSON_OBJECT,
	SH_JSON_ARRAY,
	SH_JSON_STRING,
	SH_JSON_NUMBER,
	SH_JSON_TRUE,
	SH_JSON_FALSE,
	SH_JSON_NULL,
};

/* A value in the line: its text, quotes included for strings. */
struct sh_slice {
	struct sh_span text;
	enum sh_json_type type;
	bool escaped; /* a string that holds at least one backslash */
};

struct sh_member {
	struct sh_span key; /* between the quotes, as written */
	bool key_escaped;
	struct sh_slice value;
};

struct sh_index {
	struct sh_member *member; /* owned */
	size_t n, cap;
	const char *reason; /* after a failure: a constant string */
	size_t offset;      /* after a failure: where, in bytes from the start */
};

#define SH_INDEX_INIT { NULL, 0, 0, NULL, 0 }

void sh_index_release(struct sh_index *ix);

/* Validate a whole object and index its members. Returns 0, or -1 with reason and offset set. */
int sh_scan_object(struct sh_index *ix, const char *s, size_t len);

/* Validate any one JSON value, blanks around it allowed; fills *out. Returns as above, into *ix. */
int sh_scan_value(struct sh_index *ix, const char *s, size_t len, struct sh_slice *out);

/*
 * One value that is no object and no array, at P; fills *out. Returns where it
 * ends, or NULL where there is no valid one. What follows it is not looked at.
 */
const char *sh_scan_leaf(const char *p, const char *end, struct sh_slice *out);

/* The last member of that name (escapes in names are decoded to compare), or NULL. */
const struct sh_member *sh_index_find(const struct sh_index *ix, const char *name);

#endif
