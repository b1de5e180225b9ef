/* SPDX-License-Identifier: MIT */
/*
 * text - lines, fields and numbers of kernel text, as spans
 *
 * Nothing is copied and nothing needs a terminating NUL. Numbers are strict:
 * decimal digits to the end of the field.
 */
#ifndef SH_COLLECT_TEXT_H
#define SH_COLLECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/span.h"

/* Cut the next line (without its newline) off *rest; false at the end. */
bool sh_text_line(struct sh_span *rest, struct sh_span *line);
/* Cut the next field off *rest: blanks separate; false when there is none. */
bool sh_text_field(struct sh_span *rest, struct sh_span *field);
/* Drop N fields; false when there were fewer. */
bool sh_text_skip(struct sh_span *rest, size_t n);
bool sh_text_u64(struct sh_span s, uint64_t *out);
bool sh_text_double(struct sh_span s, double *out);
/* Read up to N unsigned fields; returns how many were there before the first that is none. */
size_t sh_text_u64s(struct sh_span *rest, uint64_t *out, size_t n);
/* How many there are in "0-3,8", as the kernel lists processors; 0 when it is no such list. */
uint64_t sh_text_list_length(struct sh_span s);
/* The rest after PREFIX when S starts with it, else absent. */
static inline struct sh_span sh_text_after(struct sh_span s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s.len < n || memcmp(s.p, prefix, n) != 0)
		return SH_SPAN_NONE;
	return (struct sh_span){ s.p + n, s.len - n };
}
/* The same of the first line that starts with it; PREFIX is not empty and has no newline. */
struct sh_span sh_text_line_after(struct sh_span text, const char *prefix);
/* Replace the contents of OUT; octal escapes as in mountinfo ("\040") are decoded. */
void sh_text_unescape(struct sh_span s, struct sh_buf *out);

static inline struct sh_span sh_text_of(const struct sh_buf *b)
{
	return (struct sh_span){ sh_buf_str(b), b->len };
}

#endif
