/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/num.h"
#include "record/json.h"
#include "record/text.h"

static void add_escape(struct sh_buf *out, unsigned char c)
{
	static const char from[] = "\b\f\n\r\t\"\\", into[] = "bfnrt\"\\";
	const char *known = memchr(from, c, sizeof(from) - 1);

	if (known) {
		sh_buf_addch(out, '\\');
		sh_buf_addch(out, into[known - from]);
	} else {
		sh_buf_addf(out, "\\u%04x", c);
	}
}

/* The end of what can be copied as it is: printable ASCII and well-formed UTF-8. */
static const char *clean_end(const char *p, const char *end)
{
	size_t n;

	for (;;) {
		p = sh_text_plain_end(p, end);
		if (p == end || (unsigned char)*p < 0x80)
			return p;
		n = sh_text_utf8_length(p, end);
		if (!n)
			return p;
		p += n;
	}
}

void sh_json_add_string(struct sh_buf *out, const char *s, size_t len)
{
	const char *end = s + len;

	sh_buf_reserve(out, len + 2);
	sh_buf_addch(out, '"');
	while (s < end) {
		const char *stop = clean_end(s, end);

		sh_buf_add(out, s, (size_t)(stop - s));
		s = stop;
		if (s == end)
			break;
		if ((unsigned char)*s >= 0x80)
			sh_buf_addstr(out, "\xEF\xBF\xBD");
		else
			add_escape(out, (unsigned char)*s);
		s++;
	}
	sh_buf_addch(out, '"');
}

static void add_integer(struct sh_buf *out, int64_t v)
{
	char text[24], *end = text + sizeof(text), *p = end;
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (v < 0)
		*--p = '-';
	sh_buf_add(out, p, (size_t)(end - p));
}

void sh_json_add_number(struct sh_buf *out, double v)
{
	out->len += sh_format_double(sh_buf_reserve(out, SH_DOUBLE_MAX_TEXT), v);
}

static void add_object(struct sh_buf *out, const json_t *object)
{
	/* Jansson iterates without changing the object but takes it without const. */
	json_t *o = (json_t *)(uintptr_t)object;
	bool first = true;

	sh_buf_addch(out, '{');
	for (void *i = json_object_iter(o); i; i = json_object_iter_next(o, i)) {
		if (!first)
			sh_buf_addch(out, ',');
		first = false;
		sh_json_add_string(out, json_object_iter_key(i), json_object_iter_key_len(i));
		sh_buf_addch(out, ':');
		sh_json_dump(out, json_object_iter_value(i));
	}
	sh_buf_addch(out, '}');
}

static void add_array(struct sh_buf *out, const json_t *array)
{
	sh_buf_addch(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i)
			sh_buf_addch(out, ',');
		sh_json_dump(out, json_array_get(array, i));
	}
	sh_buf_addch(out, ']');
}

void sh_json_dump(struct sh_buf *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		add_object(out, value);
		break;
	case JSON_ARRAY:
		add_array(out, value);
		break;
	case JSON_STRING:
		sh_json_add_string(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		add_integer(out, json_integer_value(value));
		break;
	case JSON_REAL:
		sh_json_add_number(out, json_real_value(value));
		break;
	case JSON_TRUE:
		sh_buf_addstr(out, "true");
		break;
	case JSON_FALSE:
		sh_buf_addstr(out, "false");
		break;
	case JSON_NULL:
		sh_buf_addstr(out, "null");
		break;
	}
}
