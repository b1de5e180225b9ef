/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/untested.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"

#define NOWHERE SIZE_MAX

/* How far to the right stand entries of the section, members of the entry, and the tests that are left out. */
struct columns {
	size_t entry, member, tests; /* NOWHERE: none came yet */
};

static size_t indent_of(struct sh_span line)
{
	size_t n = 0;

	while (n < line.len && line.p[n] == ' ')
		n++;
	return n;
}

/* Whether the line is of the tests that began before it. */
static bool is_test(const struct columns *at, struct sh_span line, size_t indent)
{
	if (at->tests == NOWHERE)
		return false;
	return indent > at->tests ||
	       (indent == at->tests && line.p[indent] == '-' &&
		(indent + 1 == line.len || line.p[indent + 1] == ' '));
}

/* Whether the line is to be left out; neither empty nor a comment. */
static bool is_left_out(struct columns *at, struct sh_span line, size_t indent)
{
	if (is_test(at, line, indent))
		return true;
	at->tests = NOWHERE;
	if (!indent) {
		at->entry = NOWHERE;
	} else if (at->entry == NOWHERE || indent <= at->entry) {
		at->entry = indent;
		at->member = NOWHERE;
	} else if (at->member == NOWHERE) {
		at->member = indent;
	}
	if (at->entry == NOWHERE || indent != at->member ||
	    !sh_span_is((struct sh_span){ line.p + indent, line.len - indent }, "tests:"))
		return false;
	at->tests = indent;
	return true;
}

void sh_untested(const struct sh_buf *text, struct sh_buf *out)
{
	struct columns at = { NOWHERE, NOWHERE, NOWHERE };
	const char *p = text->data, *end = p + text->len;

	sh_buf_reserve(out, text->len + 1);
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		struct sh_span line = { p, (size_t)((newline ? newline : end) - p) };
		size_t indent = indent_of(line);

		/* Empty lines and comments may stand anywhere, and mean something in a text of several lines. */
		if (indent == line.len || line.p[indent] == '#' || !is_left_out(&at, line, indent))
			sh_buf_add(out, line.p, line.len);
		if (newline)
			sh_buf_addch(out, '\n');
		p += line.len + 1;
	}
}
