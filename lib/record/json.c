/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/json.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/number.h"
#include "record/walk.h"

/* Jansson only fails for want of memory here; sh_mem's handler reports that. */
static json_t *checked(json_t *value)
{
	if (!value)
		sh_mem_exhausted();
	return value;
}

static unsigned hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*to++ = (char)(0xE0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	} else {
		*to++ = (char)(0xF0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	}
	return to;
}

/* The escape at *P, which moves past it. */
static char *put_escape(char *to, const char **p)
{
	static const char from[] = "bfnrt", into[] = "\b\f\n\r\t";
	const char *at = *p;
	const char *known;
	unsigned c;

	if (at[1] == 'u') {
		c = hex4(at + 2);
		*p += 6;
		if (c >= 0xD800 && c <= 0xDFFF) {
			c = 0x10000 + ((c & 0x3FF) << 10) + (hex4(at + 8) & 0x3FF);
			*p += 6;
		}
		return put_utf8(to, c);
	}
	known = memchr(from, at[1], sizeof(from) - 1);
	*to++ = known ? into[known - from] : at[1];
	*p += 2;
	return to;
}

void sh_json_decode(struct sh_span text, struct sh_buf *out)
{
	/* An escape is never shorter than what it stands for. */
	char *start = sh_buf_reserve(out, text.len), *to = start;
	const char *p = text.p, *end = text.p + text.len;

	while (p < end) {
		const char *stop = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((stop ? stop : end) - p);

		memcpy(to, p, plain);
		to += plain;
		p += plain;
		if (stop)
			to = put_escape(to, &p);
	}
	out->len += (size_t)(to - start);
	out->data[out->len] = '\0';
}

void sh_json_unescape(struct sh_slice string, struct sh_buf *out)
{
	struct sh_span inner = { string.text.p + 1, string.text.len - 2 };

	if (string.escaped)
		sh_json_decode(inner, out);
	else
		sh_buf_add(out, inner.p, inner.len);
}

/* Whether it is an integer that jansson can hold. */
static inline bool as_integer(const struct sh_number *n, json_int_t *out)
{
	if (!n->integer || n->count > 19 || n->digits > (uint64_t)INT64_MAX + n->negative)
		return false;
	*out = n->negative ? (json_int_t)(0 - n->digits) : (json_int_t)n->digits;
	return true;
}

static json_t *build_value(struct sh_walk *w);

/* NULL for a number beyond a double. */
static inline json_t *build_number(struct sh_walk *w)
{
	const char *start = w->p;
	struct sh_number n;
	json_int_t i;
	double v;

	w->p = sh_number_split(start, w->end, &n);
	if (as_integer(&n, &i))
		return checked(json_integer(i));
	v = sh_number_double(&n, start, (size_t)(w->p - start));
	return isfinite(v) ? checked(json_real(v)) : NULL;
}

static void put_member(json_t *object, struct sh_span key, json_t *value)
{
	if (!value) /* the last member of a name counts, also when it cannot be held */
		json_object_deln(object, key.p, key.len);
	else if (json_object_setn_new_nocheck(object, key.p, key.len, value) < 0)
		sh_mem_exhausted();
}

typedef json_t *build_fn(struct sh_walk *w);

/* A decoded name would be overwritten by the strings within the value. */
static void put_decoded(struct sh_walk *w, json_t *object, struct sh_span key, build_fn *build)
{
	char *copy = sh_strndup(key.p, key.len);

	put_member(object, (struct sh_span){ copy, key.len }, build(w));
	free(copy);
}

/* An object of what BUILD makes of each member; those it makes NULL of are left out. */
static inline json_t *build_members(struct sh_walk *w, build_fn *build)
{
	json_t *object = checked(json_object());

	w->p++;
	sh_walk_blank(w);
	while (*w->p != '}') {
		bool decoded;
		struct sh_span key = sh_walk_string(w, &decoded);

		sh_walk_colon(w);
		if (decoded)
			put_decoded(w, object, key, build);
		else
			put_member(object, key, build(w));
		sh_walk_comma(w);
	}
	w->p++;
	return object;
}

static json_t *build_object(struct sh_walk *w)
{
	return build_members(w, build_value);
}

static json_t *build_array(struct sh_walk *w)
{
	json_t *array = checked(json_array());

	w->p++;
	sh_walk_blank(w);
	while (*w->p != ']') {
		json_t *value = build_value(w);

		if (json_array_append_new(array, value ? value : json_null()) < 0)
			sh_mem_exhausted();
		sh_walk_comma(w);
	}
	w->p++;
	return array;
}

static json_t *build_string(struct sh_walk *w)
{
	bool decoded;
	struct sh_span text = sh_walk_string(w, &decoded);

	return checked(json_stringn_nocheck(text.p, text.len));
}

static json_t *build_value(struct sh_walk *w)
{
	switch (*w->p) {
	case '"':
		return build_string(w);
	case '{':
		return build_object(w);
	case '[':
		return build_array(w);
	case 't':
		w->p += 4;
		return json_true();
	case 'f':
		w->p += 5;
		return json_false();
	case 'n':
		w->p += 4;
		return json_null();
	default:
		return build_number(w);
	}
}

static json_t *build_number_or_skip(struct sh_walk *w)
{
	if (*w->p == '-' || (*w->p >= '0' && *w->p <= '9'))
		return build_number(w);
	sh_walk_skip(w);
	return NULL;
}

/* NULL for a group without numbers. */
static json_t *build_group(struct sh_walk *w)
{
	json_t *group = build_members(w, build_number_or_skip);

	if (json_object_size(group))
		return group;
	json_decref(group);
	return NULL;
}

static json_t *build_group_or_skip(struct sh_walk *w)
{
	if (*w->p == '{')
		return build_group(w);
	sh_walk_skip(w);
	return NULL;
}

static json_t *build_from(struct sh_slice value, build_fn *build)
{
	struct sh_walk w = { .p = value.text.p, .end = value.text.p + value.text.len };
	json_t *v = build(&w);

	sh_buf_release(&w.text);
	return v;
}

json_t *sh_json_build(struct sh_slice value)
{
	json_t *v = build_from(value, build_value);

	return v ? v : json_null();
}

static json_t *build_groups(struct sh_walk *w)
{
	return build_members(w, build_group_or_skip);
}

json_t *sh_json_build_groups(struct sh_slice object)
{
	return build_from(object, build_groups);
}

json_t *sh_json_build_group(struct sh_slice object)
{
	return build_from(object, build_group);
}

json_t *sh_json_parse(const char *s, size_t len, struct sh_error *err)
{
	struct sh_index ix = SH_INDEX_INIT;
	struct sh_slice value;

	if (sh_scan_value(&ix, s, len, &value) < 0) {
		(void)sh_error_set(err, SH_ERRC_INPUT, "byte %zu: %s", ix.offset, ix.reason);
		return NULL;
	}
	return sh_json_build(value);
}

static int add_text(const char *data, size_t len, void *buf)
{
	sh_buf_add(buf, data, len);
	return 0;
}

char *sh_json_text(const json_t *value, size_t flags)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	return json_dump_callback(value, add_text, &text, flags) < 0 ? NULL : sh_buf_take(&text);
}

const char *sh_json_str(const json_t *object, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : fallback;
}

double sh_json_num(const json_t *object, const char *key, double fallback)
{
	const json_t *v = json_object_get(object, key);

	return json_is_number(v) ? json_number_value(v) : fallback;
}

int64_t sh_json_int(const json_t *object, const char *key, int64_t fallback)
{
	const json_t *v = json_object_get(object, key);
	double d;

	if (json_is_integer(v))
		return json_integer_value(v);
	/* 1e3 and 12.0 are integers to whoever wrote them. */
	d = json_is_real(v) ? json_real_value(v) : NAN;
	return d == floor(d) && fabs(d) < 0x1p63 ? (int64_t)d : fallback;
}
