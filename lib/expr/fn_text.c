/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "expr/builtin.h"
#include "expr/collect.h"
#include "expr/run.h"
#include "expr/utf8.h"

static struct sh_span text_of(const struct sh_call *call, size_t i)
{
	return call->arg[i].u.s;
}

static struct sh_value out_of_range(const struct sh_call *call)
{
	return sh_value_error(call, "%s: the index is outside the text", call->function);
}

static struct sh_value fn_char_at(const struct sh_call *call)
{
	struct sh_span s;
	size_t from, to;

	if (!sh_builtin_are(call, "sn"))
		return sh_builtin_no_types(call);
	s = text_of(call, 0);
	if (sh_builtin_whole(call, 1) < 0 || (size_t)sh_builtin_whole(call, 1) > s.len)
		return out_of_range(call);
	if ((size_t)sh_builtin_whole(call, 1) > sh_utf8_count(s))
		return out_of_range(call);
	from = sh_utf8_offset(s, (size_t)sh_builtin_whole(call, 1));
	to = sh_utf8_offset(s, (size_t)sh_builtin_whole(call, 1) + 1);
	return sh_value_string((struct sh_span){ s.p + from, to - from });
}

static struct sh_value found_at(struct sh_span s, size_t byte)
{
	return sh_value_int((int64_t)sh_utf8_count((struct sh_span){ s.p, byte }));
}

/* Where a search begins, in bytes; false when that is outside. */
static bool search_start(const struct sh_call *call, struct sh_span s, size_t *at)
{
	int64_t n = call->n == 3 ? sh_builtin_whole(call, 2) : 0;

	if (n < 0 || (size_t)n > sh_utf8_count(s))
		return false;
	*at = sh_utf8_offset(s, (size_t)n);
	return true;
}

static struct sh_value fn_index_of(const struct sh_call *call)
{
	struct sh_span s, part;
	const char *hit;
	size_t at;

	if (!sh_builtin_are(call, "ssn"))
		return sh_builtin_no_types(call);
	s = text_of(call, 0);
	part = text_of(call, 1);
	if (!search_start(call, s, &at))
		return out_of_range(call);
	if (!part.len)
		return found_at(s, at);
	hit = s.len ? memmem(s.p + at, s.len - at, part.p, part.len) : NULL;
	return hit ? found_at(s, (size_t)(hit - s.p)) : sh_value_int(-1);
}

static struct sh_value fn_last_index_of(const struct sh_call *call)
{
	struct sh_span s, part;
	size_t at;

	if (!sh_builtin_are(call, "ssn"))
		return sh_builtin_no_types(call);
	s = text_of(call, 0);
	part = text_of(call, 1);
	at = s.len;
	if (call->n == 3 && !search_start(call, s, &at))
		return out_of_range(call);
	if (part.len > s.len)
		return sh_value_int(-1);
	if (!sh_run_charge(call->run, s.len / 8 * (part.len / 64 + 1)))
		return sh_value_error(call, "too much work");
	if (at > s.len - part.len)
		at = s.len - part.len;
	for (size_t i = at + 1; i-- > 0;)
		if (!part.len || !memcmp(s.p + i, part.p, part.len))
			return found_at(s, i);
	return sh_value_int(-1);
}

static struct sh_value fn_substring(const struct sh_call *call)
{
	int64_t count, from, to;
	struct sh_span s;
	size_t a, b;

	if (!sh_builtin_are(call, "snn"))
		return sh_builtin_no_types(call);
	s = text_of(call, 0);
	count = (int64_t)sh_utf8_count(s);
	from = sh_builtin_whole(call, 1);
	to = call->n == 3 ? sh_builtin_whole(call, 2) : count;
	if (from < 0 || to > count || from > to)
		return out_of_range(call);
	a = sh_utf8_offset(s, (size_t)from);
	b = sh_utf8_offset(s, (size_t)to);
	return sh_value_string((struct sh_span){ s.p + a, b - a });
}

static struct sh_value map_ascii(const struct sh_call *call, char from, char to, int add)
{
	struct sh_value v;
	char *p;

	if (!sh_builtin_are(call, "s"))
		return sh_builtin_no_types(call);
	v = sh_builtin_string_copy(call, text_of(call, 0));
	if (v.type == SH_VALUE_ERROR)
		return v;
	p = (char *)(uintptr_t)v.u.s.p; /* our own copy */
	for (size_t i = 0; i < v.u.s.len; i++)
		if (p[i] >= from && p[i] <= to)
			p[i] = (char)(p[i] + add);
	return v;
}

static struct sh_value fn_lower(const struct sh_call *call)
{
	return map_ascii(call, 'A', 'Z', 'a' - 'A');
}

static struct sh_value fn_upper(const struct sh_call *call)
{
	return map_ascii(call, 'a', 'z', 'A' - 'a');
}

/* Bytes of the white space character at the start of S, 0 when there is none (Unicode's White_Space). */
static size_t blank(struct sh_span s)
{
	static const char *const wide[] = { "\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",
					    "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
					    "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f",
					    "\u3000" };

	if (s.len && (*s.p == ' ' || (*s.p >= '\t' && *s.p <= '\r')))
		return 1;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		size_t n = strlen(wide[i]);

		if (s.len >= n && !memcmp(s.p, wide[i], n))
			return n;
	}
	return 0;
}

static struct sh_value fn_trim(const struct sh_call *call)
{
	struct sh_span s, rest;
	size_t n, end = 0;

	if (!sh_builtin_are(call, "s"))
		return sh_builtin_no_types(call);
	s = text_of(call, 0);
	while ((n = blank(s)) > 0) {
		s.p += n;
		s.len -= n;
	}
	for (rest = s; rest.len; rest.p += n, rest.len -= n) {
		n = blank(rest);
		if (!n) {
			n = 1;
			end = s.len - rest.len + 1;
		}
	}
	return sh_value_string((struct sh_span){ s.p, end });
}

static struct sh_value finish_text(const struct sh_call *call, const struct sh_buf *b)
{
	return sh_builtin_string_copy(call, (struct sh_span){ b->data, b->len });
}

/* The next PART at or after P; without text it stands before each character and at the end. */
static const char *next_part(const char *p, const char *end, struct sh_span part, bool first)
{
	if (part.len)
		return p < end ? memmem(p, (size_t)(end - p), part.p, part.len) : NULL;
	if (first)
		return p;
	if (p == end)
		return NULL;
	return p + sh_utf8_offset((struct sh_span){ p, (size_t)(end - p) }, 1);
}

static struct sh_value fn_replace(const struct sh_call *call)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	struct sh_span s, part, by;
	const char *p, *end, *hit;
	int64_t left;

	if (!sh_builtin_are(call, "sssn"))
		return sh_builtin_no_types(call);
	s = text_of(call, 0);
	part = text_of(call, 1);
	by = text_of(call, 2);
	left = call->n == 4 ? sh_builtin_whole(call, 3) : -1;
	p = s.p;
	end = s.p + s.len;
	for (bool first = true; left != 0; first = false, left--) {
		hit = next_part(p, end, part, first);
		if (!hit)
			break;
		sh_buf_add(&out, p, (size_t)(hit - p));
		sh_buf_add(&out, by.p, by.len);
		p = hit + part.len;
		if (out.len > SH_RUN_MAX_STRING)
			return sh_builtin_too_large(call);
	}
	sh_buf_add(&out, p, (size_t)(end - p));
	return finish_text(call, &out);
}

static size_t count_parts(struct sh_span s, struct sh_span by)
{
	const char *p = s.p, *end = s.p + s.len;
	size_t n = 1;

	if (!by.len)
		return sh_utf8_count(s);
	for (; p < end && (p = memmem(p, (size_t)(end - p), by.p, by.len)); p += by.len)
		n++;
	return n;
}

static size_t split_at(struct sh_span s, struct sh_span by)
{
	const char *hit;

	if (!by.len)
		return sh_utf8_offset(s, 1);
	hit = s.len ? memmem(s.p, s.len, by.p, by.len) : NULL;
	return hit ? (size_t)(hit - s.p) : s.len;
}

static struct sh_value fn_split(const struct sh_call *call)
{
	struct sh_value_list *list;
	struct sh_span s, by;
	size_t parts;

	if (!sh_builtin_are(call, "ssn"))
		return sh_builtin_no_types(call);
	s = text_of(call, 0);
	by = text_of(call, 1);
	parts = count_parts(s, by);
	if (call->n == 3 && sh_builtin_whole(call, 2) >= 0 && (size_t)sh_builtin_whole(call, 2) < parts)
		parts = (size_t)sh_builtin_whole(call, 2);
	if (parts > SH_RUN_MAX_ITEMS || !sh_run_charge(call->run, parts) ||
	    !sh_run_alloc(call->run, parts * sizeof(struct sh_value)))
		return sh_builtin_too_large(call);
	list = sh_list_new(call->eval->arena, parts);
	while (list->n < parts) {
		size_t n = list->n + 1 == parts ? s.len : split_at(s, by);

		list->item[list->n++] = sh_value_string((struct sh_span){ s.p, n });
		if (list->n < parts)
			n += by.len;
		s.p += n;
		s.len -= n;
	}
	return sh_list_seal(list);
}

static struct sh_value fn_join(const struct sh_call *call)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	const struct sh_value *list = &call->arg[0];
	size_t n;

	if (!sh_builtin_are(call, "ls"))
		return sh_builtin_no_types(call);
	n = sh_value_count(list);
	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(list, i);

		if (item.type != SH_VALUE_STRING)
			return sh_value_error(call, "join: the list has an item that is no string");
		if (i && call->n == 2)
			sh_buf_add(&out, text_of(call, 1).p, text_of(call, 1).len);
		sh_buf_add(&out, item.u.s.p, item.u.s.len);
		if (out.len > SH_RUN_MAX_STRING || !sh_run_charge(call->run, 1 + item.u.s.len / 64))
			return sh_builtin_too_large(call);
	}
	return finish_text(call, &out);
}

static struct sh_value fn_reverse(const struct sh_call *call)
{
	struct sh_value v;
	struct sh_span s;
	char *to;

	if (sh_builtin_has(call, 0, SH_VALUE_LIST))
		return sh_builtin_reverse_list(call);
	if (!sh_builtin_are(call, "s"))
		return sh_builtin_no_types(call);
	v = sh_builtin_string_copy(call, text_of(call, 0));
	if (v.type == SH_VALUE_ERROR)
		return v;
	to = (char *)(uintptr_t)v.u.s.p + v.u.s.len; /* our own copy */
	for (s = text_of(call, 0); s.len;) {
		size_t n = sh_utf8_offset(s, 1);

		to -= n;
		memcpy(to, s.p, n);
		s.p += n;
		s.len -= n;
	}
	return v;
}

static struct sh_value fn_quote(const struct sh_call *call)
{
	static const char letters[] = "abfnrtv\\\"", means[] = "\a\b\f\n\r\t\v\\\"";
	SH_CLEANUP_BUF struct sh_buf clean = SH_BUF_INIT;
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;

	if (!sh_builtin_are(call, "s"))
		return sh_builtin_no_types(call);
	if (text_of(call, 0).len > SH_RUN_MAX_STRING)
		return sh_builtin_too_large(call);
	sh_utf8_repair(text_of(call, 0), &clean);
	sh_buf_addch(&out, '"');
	for (size_t i = 0; i < clean.len; i++) {
		const char *hit = clean.data[i] ? strchr(means, clean.data[i]) : NULL;

		if (hit)
			sh_buf_addf(&out, "\\%c", letters[hit - means]);
		else
			sh_buf_addch(&out, clean.data[i]);
	}
	sh_buf_addch(&out, '"');
	return finish_text(call, &out);
}

const struct sh_builtin sh_builtin_text[] = {
	SH_BUILTIN("charAt", 2, 2, fn_char_at, SH_STYLE_METHOD),
	SH_BUILTIN("indexOf", 2, 3, fn_index_of, SH_STYLE_METHOD),
	SH_BUILTIN("lastIndexOf", 2, 3, fn_last_index_of, SH_STYLE_METHOD),
	SH_BUILTIN("substring", 2, 3, fn_substring, SH_STYLE_METHOD),
	SH_BUILTIN("lowerAscii", 1, 1, fn_lower, SH_STYLE_METHOD),
	SH_BUILTIN("upperAscii", 1, 1, fn_upper, SH_STYLE_METHOD),
	SH_BUILTIN("trim", 1, 1, fn_trim, SH_STYLE_METHOD),
	SH_BUILTIN("replace", 3, 4, fn_replace, SH_STYLE_METHOD),
	SH_BUILTIN("split", 2, 3, fn_split, SH_STYLE_METHOD),
	SH_BUILTIN("join", 1, 2, fn_join, SH_STYLE_METHOD),
	SH_BUILTIN("reverse", 1, 1, fn_reverse, SH_STYLE_METHOD),
	SH_BUILTIN("format", 2, 2, sh_builtin_format, SH_STYLE_METHOD),
	SH_BUILTIN("strings.quote", 1, 1, fn_quote, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};
