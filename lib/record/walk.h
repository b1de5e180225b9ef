/* SPDX-License-Identifier: MIT */
/*
 * walk - through text that scan has validated, once, checking nothing again
 *
 * Internal to lib/record. Every function moves P; none goes beyond END when it
 * starts at the value, name or blank that it is for.
 */
#ifndef SH_RECORD_WALK_H
#define SH_RECORD_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"
#include "record/json.h"
#include "record/text.h"

struct sh_walk {
	const char *p, *end;
	struct sh_buf text; /* for strings with escapes */
};

static inline void sh_walk_blank(struct sh_walk *w)
{
	while (w->p < w->end && (unsigned char)*w->p <= ' ')
		w->p++;
}

/* Past a comma, if there is one, and the blanks about it. */
static inline void sh_walk_comma(struct sh_walk *w)
{
	sh_walk_blank(w);
	if (*w->p == ',') {
		w->p++;
		sh_walk_blank(w);
	}
}

/* To the value after a name and its colon. */
static inline void sh_walk_colon(struct sh_walk *w)
{
	sh_walk_blank(w);
	w->p++;
	sh_walk_blank(w);
}

/* Past the string at P. Returns whether it has escapes. */
static inline __attribute__((always_inline)) bool sh_walk_past_string(struct sh_walk *w)
{
	const char *p = sh_text_string_end(w->p + 1, w->end);
	bool escaped = *p == '\\';

	while (*p == '\\')
		p = sh_text_string_end(p + 2, w->end);
	w->p = p + 1;
	return escaped;
}

/* The string at P without its quotes; decoded ones are valid until the next. */
static inline struct sh_span sh_walk_string(struct sh_walk *w, bool *decoded)
{
	struct sh_span raw = { w->p + 1, 0 };

	*decoded = sh_walk_past_string(w);
	raw.len = (size_t)(w->p - 1 - raw.p);
	if (!*decoded)
		return raw;
	sh_buf_clear(&w->text);
	sh_json_decode(raw, &w->text);
	return (struct sh_span){ w->text.data, w->text.len };
}

/* Past the object or array at P. */
static inline void sh_walk_past_nest(struct sh_walk *w)
{
	unsigned depth = 0;

	do {
		w->p = sh_text_structure(w->p, w->end);
		if (*w->p == '"') {
			sh_walk_past_string(w);
			continue;
		}
		depth += (*w->p | 0x20) == '{' ? 1 : -1U;
		w->p++;
	} while (depth);
}

/* Past a value that is not wanted. */
static inline void sh_walk_skip(struct sh_walk *w)
{
	switch (*w->p) {
	case '"':
		sh_walk_past_string(w);
		break;
	case '{':
	case '[':
		sh_walk_past_nest(w);
		break;
	default: /* up to a comma, a bracket or a blank */
		while (w->p < w->end && (unsigned char)*w->p > ' ' && *w->p != ',' &&
		       (*w->p | 0x20) != '}')
			w->p++;
	}
}

#endif
