/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/values.h"

#include <string.h>

static uint64_t newlines(const char *p, const char *end)
{
	uint64_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		n++;
		p++;
	}
	return n;
}

static size_t skip_blanks(struct sh_span text, size_t at)
{
	while (at < text.len && (text.p[at] == ' ' || text.p[at] == '\t' || text.p[at] == '\n' ||
				 text.p[at] == '\r' || text.p[at] == '\x1e'))
		at++;
	return at;
}

static size_t string_end(struct sh_span text, size_t at)
{
	for (at++; at < text.len && text.p[at] != '"'; at++)
		if (text.p[at] == '\\')
			at++;
	return at + 1;
}

/* NUL is none, whatever strchr says. */
static bool is_one_of(const char *these, char ch)
{
	return ch && strchr(these, ch);
}

/* Where the value that begins at AT ends by its brackets, right or not: so a bad one loses no other. */
static size_t value_end(struct sh_span text, size_t at)
{
	size_t depth = 0;

	while (at < text.len) {
		char ch = text.p[at];

		if (ch == '"') {
			at = string_end(text, at);
		} else {
			depth += ch == '{' || ch == '[';
			depth -= depth && (ch == '}' || ch == ']');
			at++;
		}
		if (!depth && (at >= text.len || is_one_of(" \t\r\n{[\"}]", ch) ||
			       is_one_of(" \t\r\n{[\"\x1e", text.p[at])))
			break;
	}
	return at < text.len ? at : text.len;
}

bool sh_values_next(struct sh_values *v, struct sh_span *value)
{
	size_t at = skip_blanks(v->text, v->at);

	if (at >= v->text.len)
		return false;
	v->line += newlines(v->text.p + v->counted, v->text.p + at);
	v->counted = at;
	v->at = value_end(v->text, at);
	*value = (struct sh_span){ v->text.p + at, v->at - at };
	return true;
}
